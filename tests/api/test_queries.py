"""Pictures to search with: POST /queries and GET /queries/{query}/thumbnail."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.api.asking import SEARCH, answered, picture, problem, upload

from cbir.describing.local import LocalQueries
from cbir.images.files import file_id

QUERIES = "/api/v1/queries"


def rotated():
    """A JPEG of 60 x 40 pixels whose EXIF data say that it is to be turned upright, which makes it 40 x 60."""
    exif = Image.Exif()
    exif[0x0112] = 6
    file = BytesIO()
    Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_a_picture_is_kept_and_searched_with_later(client, indexed):
    data = picture(2)

    kept = answered(upload(client, data, QUERIES), 201)
    answer = answered(client.post(SEARCH, json={"query": kept["query"], "k": 1}))

    assert (kept["id"], kept["width"], kept["height"]) == (file_id(data), 48, 32)
    assert answer["query"] == kept["query"]
    assert [hit["id"] for hit in answer["hits"]] == [indexed[2]]


def test_width_and_height_are_those_of_the_upright_picture(client):
    kept = answered(upload(client, rotated(), QUERIES, kind="image/jpeg"), 201)

    assert (kept["width"], kept["height"]) == (40, 60)


def test_two_tokens_of_one_picture_differ_so_that_none_can_be_guessed(client):
    first, second = (answered(upload(client, picture(2), QUERIES), 201)["query"] for _ in range(2))

    assert first != second
    assert min(len(first), len(second)) >= 32


@pytest.mark.parametrize(("size", "expected"), [(160, (160, 80)), (320, (320, 160)), (640, (400, 200))])
def test_a_picture_is_shown_small_and_never_larger_than_it_is(client, size, expected):
    file = BytesIO()
    Image.fromarray(np.zeros((200, 400, 3), np.uint8)).save(file, "PNG")
    token = answered(upload(client, file.getvalue(), QUERIES), 201)["query"]

    response = client.get(f"{QUERIES}/{token}/thumbnail?size={size}")

    shown = Image.open(BytesIO(response.data))
    assert (response.status_code, response.content_type, shown.format) == (200, "image/jpeg", "JPEG")
    assert shown.size == expected


def test_a_picture_is_shown_upright_without_its_metadata_and_kept_by_no_browser(client):
    token = answered(upload(client, rotated(), QUERIES, kind="image/jpeg"), 201)["query"]

    response = client.get(f"{QUERIES}/{token}/thumbnail")

    shown = Image.open(BytesIO(response.data))
    assert shown.size == (40, 60)
    assert not shown.getexif()
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("size", ["0", "161", "big", "1e2", ""])
def test_only_some_sizes_are_made(client, size):
    token = answered(upload(client, picture(0), QUERIES), 201)["query"]

    fields, _ = problem(client.get(f"{QUERIES}/{token}/thumbnail?size={size}"), 422)

    assert fields == ["size"]


def test_a_picture_that_is_not_known_or_not_any_more_is_not_found(make_app):
    now = [0.0]
    client = make_app(queries=LocalQueries(lifetime_s=60, clock=lambda: now[0])).test_client()
    token = answered(upload(client, picture(0), QUERIES), 201)["query"]
    assert client.get(f"{QUERIES}/{token}/thumbnail").status_code == 200

    now[0] = 61.0

    for name in (token, "x" * 32):
        problem(client.get(f"{QUERIES}/{name}/thumbnail"), 404)


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"text", "image/png", 422),
        (b"text", "text/plain", 415),
        (b"<svg/>", "image/svg+xml", 415),
        (picture(0)[:-60], "image/png", 422),
    ],
    ids=["text", "declared text", "svg", "cut short"],
)
def test_what_is_no_picture_is_not_kept(make_app, data, kind, status):
    queries = LocalQueries()
    client = make_app(queries=queries).test_client()

    fields, _ = problem(upload(client, data, QUERIES, kind=kind), status)

    assert fields == ["image"]
    assert not queries._entries


def test_a_form_without_a_picture_and_json_without_an_address_are_refused(client):
    form = client.post(QUERIES, data={}, content_type="multipart/form-data; boundary=x")
    json = client.post(QUERIES, json={})

    assert problem(form, 422)[0] == ["image"]
    assert problem(json, 422)[0] == ["url"]


def test_a_web_address_is_refused_unless_that_was_switched_on(client):
    fields, _ = problem(client.post(QUERIES, json={"url": "https://photos.example/a.jpg"}), 403)

    assert fields == ["url"]
