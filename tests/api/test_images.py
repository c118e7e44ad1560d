"""Images of a collection over HTTP: listed, found by words, uploaded, deleted, and their descriptors."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.pictures import noise
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from cbir.api.picture_links import shown_image
from cbir.jobs.base import JobState
from cbir.jobs.kinds import JOB_KINDS, Work
from cbir.progress import Silent
from cbir.records import ImageRecord, Location

IMAGES = "/api/v1/collections/default/images"
KEYWORDS = "/api/v1/collections/default/keywords"
MISSING = "0" * 64


def problem(answer, status):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    return answer.json


def photo(seed, format="PNG"):
    file = io.BytesIO()
    noise(seed).save(file, format)
    return file.getvalue()


def upload(client, *files, labels=(), address=IMAGES):
    images = [FileStorage(io.BytesIO(data), name) for name, data in files]
    boundary, body = encode_multipart({"images": images, "labels": list(labels)})
    return client.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def ids(answer):
    return [image["id"] for image in answer.json["images"]]


@pytest.fixture
def made(app):
    return app.extensions["cbir.services"]


# -- lists -----------------------------------------------------------------------------------------------------


def test_images_come_in_pages_in_order_of_their_ids(client, indexed):
    first, second = client.get(f"{IMAGES}?limit=3"), client.get(f"{IMAGES}?limit=3&offset=3")
    assert ids(first) + ids(second) == sorted(indexed)
    assert [(one.json["total"], one.json["offset"], one.json["limit"]) for one in (first, second)] == [
        (5, 0, 3),
        (5, 3, 3),
    ]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("labels=odd", [1, 3]),
        ("labels=odd&labels=even", [0, 1, 2, 3, 4]),
        ("labels=nothing", []),
        ("text=ev", [0, 2, 4]),
        ("labels=all&text=odd", [1, 3]),
    ],
)
def test_a_page_is_of_what_the_filters_leave(client, indexed, query, numbers):
    answer = client.get(f"{IMAGES}?{query}")
    assert ids(answer) == sorted(indexed[number] for number in numbers)
    assert answer.json["total"] == len(numbers)


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("query", ["limit=1001", "limit=0", "offset=-1", "labels=", "x=1"])
def test_lists_that_cannot_be_are_refused_by_field(client, query):
    assert query.split("=")[0] in problem(client.get(f"{IMAGES}?{query}"), 422)["fields"][0]["field"]


def test_one_image_is_described_without_a_path_of_the_server(client, indexed, photos, tmp_path):
    answer = client.get(f"{IMAGES}/{indexed[3]}")
    image, file = answer.json, photos / "3.png"
    assert image["id"] == indexed[3] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (image["width"], image["height"], image["format"]) == (48, 32, "PNG")
    assert image["labels"] == ["all", "odd"]
    (location,) = image["locations"]
    assert image["path"] == location["path"] == "3.png"
    assert (location["folder"], location["size"], location["uploaded"]) == ("photos", file.stat().st_size, False)
    assert image["thumbnail"] == f"{IMAGES}/{indexed[3]}/thumbnail"
    assert str(tmp_path) not in answer.get_data(as_text=True)


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("address", [MISSING, f"{MISSING}/vectors/hist-basic"])
def test_an_image_that_is_not_there_is_not_found(client, address):
    problem(client.get(f"{IMAGES}/{address}"), 404)


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("image_id", ["x", "A" * 64, "0" * 63, f"{MISSING}0", "..%2F..%2Fetc"])
def test_what_is_no_id_is_refused(client, image_id):
    assert client.get(f"{IMAGES}/{image_id}").status_code in {404, 422}


def test_a_random_choice_comes_again_with_its_seed(client, indexed):
    answer = client.get(f"{IMAGES}/random?size=3")
    again = client.get(f"{IMAGES}/random?size=3&seed={answer.json['seed']}")
    assert ids(again) == ids(answer)
    assert len(set(ids(answer))) == 3
    assert set(ids(answer)) <= set(indexed)
    assert answer.json["total"] == 5


def test_a_random_choice_is_of_what_the_filters_leave(client, indexed):
    answer = client.get(f"{IMAGES}/random?labels=odd")
    assert sorted(ids(answer)) == sorted([indexed[1], indexed[3]])
    assert answer.json["total"] == 2


def test_words_find_images(client, indexed):
    assert sorted(ids(client.get(f"{KEYWORDS}?text=even"))) == sorted(indexed[::2])
    assert len(ids(client.get(f"{KEYWORDS}?text=even&limit=2"))) == 2
    assert ids(client.get(f"{KEYWORDS}?text=nothing")) == []
    problem(client.get(KEYWORDS), 422)


# -- descriptors -----------------------------------------------------------------------------------------------


def test_a_descriptor_comes_as_json_and_as_bytes(client, indexed, library):
    with library.open("default") as opened:
        stored = opened.stored.vectors("hist-basic", [indexed[2]])[0]
    address = f"{IMAGES}/{indexed[2]}/vectors/hist-basic"
    answer = client.get(address)
    assert (answer.json["id"], answer.json["extractor"], answer.json["dims"]) == (indexed[2], "hist-basic", 405)
    assert np.array_equal(np.array(answer.json["vector"], np.float32), stored)
    raw = client.get(address, headers={"Accept": "application/octet-stream"})
    assert raw.content_type == "application/octet-stream"
    assert np.array_equal(np.frombuffer(raw.data, "<f4"), stored)
    assert raw.headers["Vary"] == "Accept"


def test_a_descriptor_that_the_collection_has_not_is_not_found(client, indexed):
    problem(client.get(f"{IMAGES}/{indexed[0]}/vectors/cnn-conv"), 404)
    problem(client.get(f"{IMAGES}/{indexed[0]}/vectors/nothing"), 404)


# -- upload ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("indexed")
def test_each_file_of_an_upload_is_answered(client, photos, made):
    new, old, broken = photo(20), (photos / "1.png").read_bytes(), photo(21)[:100]
    answer = upload(client, ("new.png", new), ("old.png", old), ("new again.png", new), ("broken.png", broken))
    assert answer.status_code == 202
    files = answer.json["files"]
    assert [(one["name"], one["state"]) for one in files] == [
        ("new.png", "stored"),
        ("old.png", "duplicate"),
        ("new again.png", "duplicate"),
        ("broken.png", "refused"),
    ]
    assert files[0]["id"] == hashlib.sha256(new).hexdigest()
    assert files[3]["reason"]
    assert files[3]["remedy"]
    (path,) = made.uploads.paths("default")
    assert Path(path).read_bytes() == new
    job = made.jobs.get(answer.json["job"]["id"])
    assert (job.kind, job.state) == ("upload", JobState.QUEUED)
    assert job.arguments == {"uploads": [{"path": path, "name": "new.png"}], "labels": []}


@pytest.mark.usefixtures("indexed")
def test_an_uploaded_picture_is_found_after_its_job_by_its_name_and_labels(client, made, library):
    data = photo(22, "JPEG")
    answer = upload(client, ("Summer in Kiruna.jpg", data), labels=["2019", "snow"])
    run(made, library)
    (image,) = client.get(f"{KEYWORDS}?text=kiruna").json["images"]
    assert image["id"] == answer.json["files"][0]["id"]
    assert image["labels"] == ["2019", "snow"]
    (location,) = image["locations"]
    assert (location["folder"], location["uploaded"]) == ("uploads", True)


def run(made, library):
    """Do the job that waits, in this process."""

    class Watched(Silent):
        def hide(self, folders):
            del folders

        def fail(self, failure):
            raise AssertionError(failure)

    job = made.jobs.claim()
    work = Work(library, made.uploads, job.collection, job.arguments, Watched())
    made.jobs.finish(job.id, JOB_KINDS.get(job.kind).run(work))


@pytest.mark.usefixtures("indexed")
def test_nothing_is_left_to_do_where_all_is_there_already(client, photos, made):
    answer = upload(client, ("a.png", (photos / "0.png").read_bytes()))
    assert (answer.status_code, answer.json["job"]) == (200, None)
    assert made.uploads.paths("default") == []
    assert made.jobs.count() == 0


@pytest.mark.usefixtures("indexed")
def test_a_picture_whose_file_was_lost_is_taken_in_again(client, photos):
    data = (photos / "0.png").read_bytes()
    (photos / "0.png").unlink()
    assert upload(client, ("a.png", data)).json["files"][0]["state"] == "stored"


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("data", [b"", b"text", SVG, b"\xff\xd8\xff\xe0", b"%PDF-1.7"])
def test_an_upload_of_no_pictures_is_refused_and_leaves_nothing(client, made, settings, data):
    document = problem(upload(client, ("a.jpg", data), ("b.jpg", data)), 422)
    assert [one["field"] for one in document["fields"]] == ["images.0", "images.1"]
    assert document["remedy"]
    assert made.jobs.count() == 0
    assert [path for path in settings.data_dir.glob("uploads/**/*") if path.is_file()] == []


@pytest.mark.usefixtures("indexed")
def test_a_label_that_cannot_be_is_refused_before_anything_is_stored(client, made):
    problem(upload(client, ("a.png", photo(23)), labels=["x" * 300]), 422)
    problem(upload(client, ("a.png", photo(23)), labels=["line\nbreak"]), 422)
    assert made.uploads.paths("default") == []


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("name", ["../../etc/passwd.png", "/etc/passwd.png", "a\0b.png", "C:\\x.png", "<b>.png"])
def test_the_clients_names_are_never_names_of_files(client, made, name):
    data = photo(24)
    upload(client, (name, data))
    (path,) = made.uploads.paths("default")
    assert Path(path).name == f"{hashlib.sha256(data).hexdigest()}.png"


@pytest.mark.usefixtures("indexed")
def test_a_picture_over_the_limit_of_bytes_is_refused_and_the_others_stored(make_app, settings):
    noisy = np.random.default_rng(0).integers(0, 256, (700, 700, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noisy).save(file, "PNG")
    assert len(file.getvalue()) > 1 << 20
    client = make_app(replace(settings, server_upload_mb=1)).test_client()
    answer = upload(client, ("large.png", file.getvalue()), ("small.png", photo(25)))
    assert [one["state"] for one in answer.json["files"]] == ["refused", "stored"]
    assert "1 MiB" in answer.json["files"][0]["reason"]


@pytest.mark.usefixtures("indexed")
def test_an_upload_without_pictures_or_of_another_type_is_refused(client):
    empty = client.post(IMAGES, data={"labels": ["a"]}, content_type="multipart/form-data")
    assert problem(empty, 422)["fields"][0]["field"] == "images"
    problem(client.post(IMAGES, json={"images": []}), 415)
    problem(upload(client, ("a.png", photo(26)), address="/api/v1/collections/nothing/images"), 404)


# -- deletion --------------------------------------------------------------------------------------------------


def test_deleting_an_image_leaves_the_persons_file(client, indexed, photos):
    answer = client.delete(f"{IMAGES}/{indexed[0]}").json
    assert (answer["id"], answer["trash"], answer["files"]) == (indexed[0], None, 1)
    assert (photos / "0.png").exists()
    problem(client.get(f"{IMAGES}/{indexed[0]}"), 404)
    problem(client.delete(f"{IMAGES}/{indexed[0]}"), 404)
    assert client.get(IMAGES).json["total"] == 4


@pytest.mark.usefixtures("indexed")
def test_deleting_an_uploaded_image_puts_its_copy_into_the_trash(client, made, library):
    image_id = upload(client, ("a.png", photo(27))).json["files"][0]["id"]
    run(made, library)
    answer = client.delete(f"{IMAGES}/{image_id}").json
    assert (answer["trash"]["files"], answer["files"]) == (1, 0)
    assert made.uploads.paths("default") == []


def test_an_image_of_a_collection_that_is_being_written_to_is_busy(client, indexed, library):
    with library.open("default", write=True):
        problem(client.delete(f"{IMAGES}/{indexed[0]}"), 409)


def test_a_time_that_no_calendar_has_costs_nobody_the_image():
    record = ImageRecord("a" * 64, 1, 1, "PNG", (Location("/photos/x.png", 1, 10**30, "/photos"),))
    assert shown_image("default", record, "/uploads").locations[0].modified_at is None
