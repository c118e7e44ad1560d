"""POST /search."""

import os
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tests.api.asking import (
    SEARCH,
    answered,
    command_line,
    large_picture,
    part,
    picture,
    problem,
    same_hits,
    upload,
)
from tests.api.web_site import Site, file, serving
from tests.pictures import save

from cbir.api.fetching import Fetcher
from cbir.api.query_pictures import FETCHER
from cbir.describing.local import LocalQueries
from cbir.images.files import file_id
from cbir.ingest import indexing
from cbir.ingest.opening import open_for_indexing
from cbir.ingest.walk import walk
from cbir.metrics import search_metrics
from cbir.progress import Silent
from cbir.records import Identity

METRICS = [metric.name for metric in search_metrics()]
NOBODY = "0" * 64


@pytest.fixture
def printed(settings, capsys):
    """What `cbir search ARGUMENTS --json` prints."""
    return partial(command_line, settings, capsys)


class CountingDescriber:
    """Counts what it passes on."""

    def __init__(self, describer):
        self.describer = describer
        self.calls = []

    def describe(self, image, extractor):
        self.calls.append((extractor.name, image.shape))
        return self.describer.describe(image, extractor)


@pytest.fixture
def describer(library, indexed):
    library.describer = CountingDescriber(library.describer)
    return library.describer


@pytest.fixture
def decoded(monkeypatch):
    """The sizes of the files that were decoded."""
    from cbir.searching import examples

    sizes = []
    decode = examples.decode
    monkeypatch.setattr(examples, "decode", lambda data, *rest: sizes.append(len(data)) or decode(data, *rest))
    return sizes


def index(library, name, folder, extractor="hist-basic"):
    with open_for_indexing(library, name, [extractor], Silent()) as collection:
        indexing.index(collection, walk([str(folder)]), indexing.IndexOptions())


def ids(answer):
    return [hit["id"] for hit in answer["hits"]]


def scores(answer):
    return [hit["score"] for hit in answer["hits"]]


# -- the same hits as the command line -------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
def test_an_uploaded_picture_finds_what_it_finds_on_the_command_line(client, indexed, photos, printed, metric):
    expected = printed(photos / "2.png", "--metric", metric)

    answer = answered(upload(client, (photos / "2.png").read_bytes(), metric=metric))

    assert same_hits(answer, expected, photos)


def test_a_picture_that_is_not_indexed_finds_what_it_finds_on_the_command_line(
    client, indexed, photos, tmp_path, printed
):
    expected = printed(save(tmp_path / "other.png", 77))

    assert same_hits(answered(upload(client, picture(77))), expected, photos)


def test_an_indexed_image_finds_what_it_finds_on_the_command_line(client, indexed, photos, printed):
    expected = printed(f"id:{indexed[1]}")

    assert same_hits(answered(client.post(SEARCH, json={"image_id": indexed[1]})), expected, photos)


@pytest.mark.parametrize(
    "choice",
    [
        (["-k", "2", "--offset", "1"], {"k": 2, "offset": 1}),
        (["--label", "odd"], {"labels": ["odd"]}),
        (["--label", "odd", "--label", "even"], {"labels": ["odd", "even"]}),
        (["--text", "3"], {"text": "3"}),
        (["--exclude-self"], {"exclude_self": True}),
        (["-x", "hist-basic", "-m", "kl", "--strategy", "exact"], {"extractor": "hist-basic", "metric": "kl"}),
    ],
    ids=lambda choice: " ".join(choice[0]),
)
def test_each_choice_means_what_it_means_on_the_command_line(client, indexed, photos, printed, choice):
    flags, fields = choice
    expected = printed(photos / "1.png", *flags)

    by_form = upload(client, (photos / "1.png").read_bytes(), **fields)
    by_json = client.post(SEARCH, json={"image_id": indexed[1], **fields})

    assert same_hits(answered(by_form), expected, photos)
    assert same_hits(answered(by_json), expected, photos)


# -- what an answer says ---------------------------------------------------------------------------------------


def test_an_answer_says_what_served_it_and_how_long_each_step_took(client, indexed):
    response = client.post(SEARCH, json={"image_id": indexed[0]})
    answer = answered(response)

    assert {
        name: answer[name] for name in ("collection", "engine", "index", "exact", "total", "offset", "query")
    } == {
        "collection": "default",
        "engine": "embedded",
        "index": "default",
        "exact": True,
        "total": 5,
        "offset": 0,
        "query": None,
    }
    assert set(answer["steps_ms"]) == {"decode", "extract", "search", "closeness"}
    assert answer["took_ms"] == pytest.approx(sum(answer["steps_ms"].values()), abs=0.01)
    timing = dict(re.findall(r"(\w+);dur=([\d.]+)", response.headers["Server-Timing"]))
    assert {name: float(timing[name]) for name in answer["steps_ms"]} == pytest.approx(answer["steps_ms"], abs=0.06)


def test_a_hit_leads_to_its_picture_and_tells_no_folder_of_the_server(client, indexed, photos):
    response = client.post(SEARCH, json={"image_id": indexed[3], "k": 1})
    (hit,) = answered(response)["hits"]

    assert hit["path"] == "3.png"
    assert (hit["width"], hit["height"], hit["labels"]) == (48, 32, ["all", "odd"])
    assert hit["original"] == f"/api/v1/collections/default/images/{indexed[3]}/original"
    assert client.get(hit["original"]).data == (photos / "3.png").read_bytes()
    assert client.get(hit["thumbnail"]).content_type.startswith("image/")
    assert str(photos.parent) not in response.text


@pytest.fixture
def many(library, tmp_path):
    """Ids of 25 images of a collection of that name: so many that all are sampled."""
    for number in range(25):
        save(tmp_path / f"many/{number}.png", number)
    index(library, "many", tmp_path / "many")
    with library.open("many") as collection:
        return [record.id for record in collection.stored.page(0, 25)]


def test_closeness_is_the_share_of_random_pairs_that_are_farther_apart(client, library, many):
    """Of 25 images all ordered pairs are the sample; their distances are computed here from the stored vectors."""
    names = many
    with library.open("many") as collection:
        vectors = collection.stored.vectors("hist-basic", names).astype(np.float64)
    distances = np.sqrt(((vectors[:, None] - vectors[None]) ** 2).sum(axis=2))[~np.eye(25, dtype=bool)]

    answer = answered(
        client.post(SEARCH, json={"image_id": names[0], "collection": "many", "metric": "euclidean", "k": 25})
    )

    for hit in answer["hits"]:
        assert hit["closeness"] == pytest.approx((distances > hit["score"] + 1e-9).mean(), abs=2 / len(distances))
    assert answer["nothing_similar"] in {True, False}
    silent = client.post(SEARCH, json={"image_id": names[0], "collection": "many", "closeness": False})
    assert {hit["closeness"] for hit in answered(silent)["hits"]} == {None}


def test_a_threshold_is_a_native_score(client, indexed):
    everything = answered(client.post(SEARCH, json={"image_id": indexed[0], "metric": "euclidean"}))
    limit = scores(everything)[2]

    few = answered(client.post(SEARCH, json={"image_id": indexed[0], "metric": "euclidean", "threshold": limit}))

    assert scores(few) == scores(everything)[:3]


def test_a_centred_query_is_half_the_mean_away_and_its_metric_has_to_allow_it(client, library, many):
    names = many
    with library.open("many") as collection:
        rows = collection.stored.vectors("hist-basic", names).astype(np.float64)
    query = rows[0] - rows.mean(axis=0) / 2
    expected = np.sort(np.linalg.norm(rows - query, axis=1))[:5]
    wanted = {"collection": "many", "image_id": names[0], "k": 5, "centred": True}

    found = answered(client.post(SEARCH, json={**wanted, "metric": "euclidean"}))
    refused = client.post(SEARCH, json={**wanted, "metric": "chi2"})

    assert scores(found) == pytest.approx(expected, abs=1e-5)
    _, said = problem(refused, 422)
    assert "cosine or euclidean" in said["remedy"]


def test_near_duplicates_stand_in_the_hit_that_they_are_like(client, library, tmp_path):
    """A PNG and a BMP of the same pixels have one descriptor."""
    for number in range(4):
        save(tmp_path / f"twice/{number}.png", number)
        save(tmp_path / f"twice/{number}.bmp", number)
    index(library, "twice", tmp_path / "twice")
    twin = {file_id((tmp_path / f"twice/{n}.{end}").read_bytes()): n for n in range(4) for end in ("png", "bmp")}
    query = {"collection": "twice", "image_id": next(iter(twin)), "k": 10}

    collapsed = answered(client.post(SEARCH, json={**query, "collapse": True}))["hits"]

    assert len(collapsed) == 4
    assert all([twin[other] for other in hit["collapsed"]] == [twin[hit["id"]]] for hit in collapsed)
    assert len(answered(client.post(SEARCH, json=query))["hits"]) == 8


# -- tokens ----------------------------------------------------------------------------------------------------


def test_a_token_pages_and_changes_the_metric_without_decoding_or_describing_again(
    client, describer, decoded, photos
):
    first = answered(upload(client, (photos / "0.png").read_bytes(), k=2))
    token = first["query"]
    assert (len(describer.calls), len(decoded)) == (1, 1)

    second = answered(client.post(SEARCH, json={"query": token, "k": 3, "offset": 2}))
    other = answered(client.post(SEARCH, json={"query": token, "metric": "euclidean"}))
    as_form = answered(client.post(SEARCH, data={"query": token}, content_type="multipart/form-data"))

    assert (len(describer.calls), len(decoded)) == (1, 1)
    assert ids(first) + ids(second) == ids(as_form)
    assert [hit["rank"] for hit in second["hits"]] == [3, 4, 5]
    assert ids(other) == ids(answered(upload(client, (photos / "0.png").read_bytes(), metric="euclidean")))
    assert {second["query"], other["query"], as_form["query"]} == {token}


def test_a_token_works_in_another_collection_and_for_a_crop_of_its_picture(client, library, describer, tmp_path):
    save(tmp_path / "others/9.png", 9)
    index(library, "others", tmp_path / "others")
    describer.calls.clear()
    token = answered(upload(client, picture(0)))["query"]

    elsewhere = answered(client.post(SEARCH, json={"query": token, "collection": "others"}))
    assert len(describer.calls) == 1
    cropped = answered(client.post(SEARCH, json={"query": token, "crop": "8,4,30,20"}))

    assert ids(elsewhere) == [file_id((tmp_path / "others/9.png").read_bytes())]
    assert [shape for _, shape in describer.calls] == [(32, 48, 3), (20, 30, 3)]
    assert scores(cropped) == scores(answered(upload(client, picture(0, box=(8, 4, 38, 24)))))


def test_a_token_leaves_its_own_picture_out_where_that_is_indexed(client, indexed, photos):
    token = answered(upload(client, (photos / "4.png").read_bytes()))["query"]

    answer = answered(client.post(SEARCH, json={"query": token, "exclude_self": True}))

    assert sorted(ids(answer)) == sorted(indexed[:4])


def test_a_token_says_when_it_ends_and_is_unknown_then(make_app, indexed):
    now = [0.0]
    client = make_app(queries=LocalQueries(lifetime_s=60, clock=lambda: now[0])).test_client()
    answer = answered(upload(client, picture(0)))
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["query_expires_at"])

    now[0] = 59.0
    answered(client.post(SEARCH, json={"query": answer["query"]}))
    now[0] = 59.0 + 61.0
    fields, document = problem(client.post(SEARCH, json={"query": answer["query"]}), 404)

    assert fields == ["query"]
    assert "Send the picture again" in document["remedy"]


def test_a_picture_that_is_searched_with_is_written_nowhere(client, indexed, tmp_path):
    data = picture(55)

    answered(upload(client, data))

    files = [Path(folder) / name for folder, _, names in os.walk(tmp_path) for name in names]
    assert files
    assert not any(data[100:200] in one.read_bytes() for one in files)


# -- crops and examples ----------------------------------------------------------------------------------------


def test_a_crop_of_an_upload_is_the_part_of_it(client, indexed):
    whole = answered(upload(client, picture(3, box=(4, 2, 24, 12))))

    assert scores(answered(upload(client, picture(3), crop="4,2,20,10"))) == scores(whole)


def test_a_crop_of_an_indexed_image_is_the_part_of_its_file(client, indexed):
    whole = answered(upload(client, picture(3, box=(4, 2, 24, 12))))

    assert scores(answered(client.post(SEARCH, json={"image_id": indexed[3], "crop": "4,2,20,10"}))) == scores(whole)


def test_several_examples_search_by_rocchios_formula(client, library, indexed):
    """mean(positives) − 0.2·mean(negatives), below 0 clipped, scaled to the L1 norm that hist-basic has."""
    with library.open("default") as collection:
        vectors = collection.stored.vectors("hist-basic", indexed).astype(np.float64)
    query = np.maximum((vectors[0] + vectors[1]) / 2 - 0.15 / 0.75 * vectors[2], 0)
    query *= vectors.sum(axis=1).mean() / query.sum()
    expected = np.sqrt(((query - vectors) ** 2).sum(axis=1))

    answer = answered(
        client.post(
            SEARCH,
            json={"positive": indexed[:2], "negative": [{"id": indexed[2]}], "metric": "euclidean"},
        )
    )

    assert {hit["id"]: hit["score"] for hit in answer["hits"]} == pytest.approx(
        dict(zip(indexed, expected, strict=True)), rel=1e-5
    )


def test_examples_may_be_ids_tokens_and_crops_of_both(client, indexed):
    token = answered(upload(client, picture(60)))["query"]
    whole = answered(upload(client, picture(60, box=(0, 0, 20, 20))))

    one = answered(client.post(SEARCH, json={"positive": [{"query": token, "crop": "0,0,20,20"}]}))
    both = answered(client.post(SEARCH, json={"positive": [indexed[0], {"id": indexed[0], "crop": "0,0,48,32"}]}))

    assert scores(one) == scores(whole)
    assert scores(both) == pytest.approx(
        scores(answered(client.post(SEARCH, json={"image_id": indexed[0]}))), abs=1e-6
    )
    assert one["query"] is None


def test_examples_in_a_form_are_ids_and_all_are_left_out_where_wanted(client, indexed):
    form = {"positive": indexed[:2], "negative": indexed[2:3], "exclude_self": "true"}

    answer = answered(client.post(SEARCH, data=form, content_type="multipart/form-data"))

    assert sorted(ids(answer)) == sorted(indexed[3:])


# -- pictures from the web -------------------------------------------------------------------------------------


def test_web_addresses_are_refused_unless_they_were_switched_on(client, indexed):
    fields, document = problem(client.post(SEARCH, json={"url": "https://photos.example/a.jpg"}), 403)

    assert fields == ["url"]
    assert "CBIR_SERVER_URL_QUERIES" in document["remedy"]


@pytest.fixture
def web(make_app, settings, indexed):
    """(site, client) where web addresses are switched on and the site is all there is of the web."""
    from dataclasses import replace

    app = make_app(settings=replace(settings, server_url_queries=True, offline=False))
    with serving(Site()) as site:
        app.extensions[FETCHER] = Fetcher(
            resolve=lambda *_: ["127.0.0.1"], permitted=lambda _: True, ports=frozenset({site.port})
        )
        yield site, app.test_client()


def test_a_picture_on_the_web_is_searched_with_and_kept(web):
    site, client = web
    site.pages["/a.png"] = file(picture(70))

    answer = answered(client.post(SEARCH, json={"url": site.url("/a.png")}))

    assert scores(answer) == scores(answered(upload(client, picture(70))))
    assert ids(answered(client.post(SEARCH, json={"query": answer["query"]}))) == ids(answer)
    assert len(site.requests) == 1


def test_what_is_no_picture_on_the_web_is_refused_by_its_field(web):
    site, client = web
    site.pages["/a.png"] = file(b"<html>no picture</html>", Content_Type="image/png")

    fields, document = problem(client.post(SEARCH, json={"url": site.url("/a.png")}), 422)

    assert fields == ["url"]
    assert "web page" in document["detail"]


def test_without_an_own_fetcher_the_inside_is_out_of_reach(make_app, settings, indexed):
    from dataclasses import replace

    client = make_app(settings=replace(settings, server_url_queries=True, offline=False)).test_client()

    fields, document = problem(client.post(SEARCH, json={"url": "http://127.0.0.1/"}), 422)

    assert fields == ["url"]
    assert "not on the public internet" in document["detail"]


# -- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["image", "image_id", "query", "url", "positive"]),
        ({"positive": []}, ["image", "image_id", "query", "url", "positive"]),
        ({"image_id": None}, ["image", "image_id", "query", "url", "positive"]),
        ({"image_id": NOBODY, "query": "x"}, ["image_id", "query"]),
        ({"image_id": NOBODY, "positive": [NOBODY]}, ["image_id", "positive"]),
        ({"query": "x", "url": "https://photos.example/a.jpg"}, ["query", "url"]),
        ({"image_id": NOBODY, "negative": [NOBODY]}, ["negative"]),
        ({"positive": [NOBODY], "crop": "0,0,1,1"}, ["crop"]),
    ],
)
def test_exactly_one_kind_of_query_is_taken(client, indexed, body, fields):
    found, document = problem(client.post(SEARCH, json=body), 422)

    assert found == fields
    assert document["remedy"]


def test_a_form_with_a_picture_and_an_id_is_refused(client, indexed):
    fields, _ = problem(upload(client, picture(0), image_id=indexed[0]), 422)

    assert fields == ["image", "image_id"]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"collection": "nowhere"}, 404, "collection"),
        ({"collection": "../default"}, 422, "collection"),
        ({"image_id": NOBODY}, 404, "image_id"),
        ({"extractor": "hist-basics"}, 422, "extractor"),
        ({"extractor": "cnn-conv"}, 422, "extractor"),
        ({"metric": "chi3"}, 422, "metric"),
        ({"metric": "kl-literal"}, 422, "metric"),
        ({"strategy": "guess"}, 422, "strategy"),
        ({"crop": "0,0,49,10"}, 422, "crop"),
        ({"crop": "0,0,0,10"}, 422, "crop"),
        ({"crop": "a,b,c,d"}, 422, "crop"),
        ({"crop": {"x": 0, "y": 0, "width": 1, "height": 1}}, 422, "crop"),
        ({"k": 0}, 422, "k"),
        ({"k": 10_001}, 422, "k"),
        ({"k": "10"}, 422, "k"),
        ({"k": 1.5}, 422, "k"),
        ({"k": True}, 422, "k"),
        ({"offset": -1}, 422, "offset"),
        ({"offset": 10**9}, 422, "offset"),
        ({"labels": "odd"}, 422, "labels"),
        ({"labels": [1]}, 422, "labels.0"),
        ({"exclude_self": "yes"}, 422, "exclude_self"),
        ({"threshold": "1"}, 422, "threshold"),
        ({"image_id": "../../etc/passwd"}, 422, "image_id"),
        ({"image_id": NOBODY.replace("0", "A")}, 422, "image_id"),
        ({"unheard_of": 1}, 422, "unheard_of"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_its_field(client, indexed, change, status, field):
    fields, _ = problem(client.post(SEARCH, json={"image_id": indexed[0], **change}), status)

    assert fields == [field]


@pytest.mark.parametrize(
    ("examples", "status", "field"),
    [
        ({"positive": ["0"]}, 422, "positive.0"),
        ({"positive": [7]}, 422, "positive.0"),
        ({"positive": ["KNOWN", {"id": "KNOWN", "crop": 1}]}, 422, "positive.1.indexed.crop"),
        ({"positive": ["KNOWN", {"id": "KNOWN", "query": "x"}]}, 422, "positive.1.searched.id"),
        ({"positive": [{"id": NOBODY}]}, 404, "positive.0"),
        ({"positive": [{"query": "unknown"}]}, 404, "positive.0"),
        ({"positive": ["KNOWN"], "negative": ["KNOWN", NOBODY]}, 404, "negative.1"),
        ({"positive": ["KNOWN", {"id": "KNOWN", "crop": "0,0,900,900"}]}, 422, "positive.1.crop"),
    ],
    ids=str,
)
def test_a_wrong_example_is_named_by_its_place(client, indexed, examples, status, field):
    def known(value):
        if isinstance(value, dict):
            return {name: known(one) for name, one in value.items()}
        return indexed[0] if value == "KNOWN" else value

    body = {name: list(map(known, values)) for name, values in examples.items()}

    fields, _ = problem(client.post(SEARCH, json=body), status)

    assert all(one.startswith(field) for one in fields)
    assert fields


@pytest.mark.parametrize("fields", [{"k": "ten"}, {"k": "10.5"}, {"exclude_self": "perhaps"}, {"threshold": "nan"}])
def test_form_fields_are_checked_as_json_is(client, indexed, fields):
    found, _ = problem(upload(client, picture(0), **fields), 422)

    assert found == list(fields)


def test_a_form_field_stays_the_text_that_it_is(client, library, tmp_path):
    """A label `2019` is no number, and the text `true` no truth value."""
    save(tmp_path / "years/a.png", 1)
    (tmp_path / "years/labels.csv").write_text("path,labels\na.png,2019;true\n")
    with open_for_indexing(library, "years", ["hist-basic"], Silent()) as collection:
        from cbir.ingest.opening import labels_for

        folder = str(tmp_path / "years")
        options = indexing.IndexOptions(labels=labels_for([folder], None, Silent()))
        indexing.index(collection, walk([folder]), options)

    for label in ("2019", "true"):
        answer = answered(upload(client, picture(0), collection="years", labels=label, text=label))
        assert len(answer["hits"]) == 1


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"just some text", "image/png", 422),
        (b"just some text", "application/octet-stream", 422),
        (b"just some text", "text/plain", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", 422),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 415),
        (b"", "image/png", 422),
        (picture(0)[:300], "image/png", 422),
        (picture(0)[:20], "image/png", 422),
        (b"%PDF-1.7", "application/pdf", 415),
    ],
    ids=["text", "unknown type", "declared text", "svg", "declared svg", "empty", "half", "header only", "pdf"],
)
def test_what_is_no_picture_is_refused_by_its_field(client, indexed, data, kind, status):
    fields, document = problem(upload(client, data, kind=kind), status)

    assert fields == ["image"]
    assert document["remedy"]


def test_a_picture_without_a_declared_type_is_looked_at(client, indexed):
    assert answered(upload(client, picture(0), kind="application/octet-stream"))["hits"]


def test_text_in_the_place_of_a_file_is_refused(client, indexed):
    fields, _ = problem(client.post(SEARCH, data={"image": "0.png"}, content_type="multipart/form-data"), 422)

    assert fields == ["image"]


def test_several_pictures_are_refused(client, indexed):
    fields, _ = problem(upload(client, picture(0), image=[part(picture(0)), part(picture(1))]), 422)

    assert fields == ["image"]


def test_a_picture_over_the_limit_is_refused(make_app, settings, indexed):
    from dataclasses import replace

    client = make_app(settings=replace(settings, server_upload_mb=1)).test_client()
    data = large_picture(700)
    assert len(data) > 1 << 20

    fields, _ = problem(upload(client, data), 413)

    assert fields == ["image"]


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(client, indexed):
    """A PNG whose header says 20,000 x 20,000, with nothing behind it."""
    import struct
    import zlib

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(header))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + b"\0\0\0\0IDAT5\xaf\x06\x1e"
    )

    fields, document = problem(upload(client, data), 422)

    assert fields == ["image"]
    assert "20,000 x 20,000 pixels" in document["detail"]


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b"null", "application/json", 422),
        (b"image_id=1", "application/x-www-form-urlencoded", 415),
        (b"x", "text/plain", 415),
        (b"x", "multipart/form-data", 400),
    ],
)
def test_a_body_that_is_none_is_refused(client, indexed, data, kind, status):
    problem(client.post(SEARCH, data=data, content_type=kind), status)


# -- what the collection does not allow ------------------------------------------------------------------------


def test_a_metric_that_the_descriptor_does_not_allow_is_refused_with_the_reason(client, library, indexed):
    library.engine.create("codes", [Identity("codes", 1, 8, non_negative=False)])

    fields, document = problem(
        client.post(SEARCH, json={"collection": "codes", "image_id": NOBODY, "metric": "chi2"}), 422
    )

    assert fields == ["metric"]
    assert "negative" in document["detail"]


def test_an_extractor_that_is_not_complete_is_a_conflict(client, library, indexed):
    with library.open("default", write=True) as collection:
        collection.stored.add_extractor(Identity("later", 1, 8, non_negative=True))

    fields, document = problem(client.post(SEARCH, json={"image_id": indexed[0], "extractor": "later"}), 409)

    assert fields == ["extractor"]
    assert "'later' is not complete: 5 images" in document["detail"]


def test_weights_that_are_missing_are_the_servers_fault_and_say_how_to_get_them(client, library, indexed):
    library.engine.create("deep", [Identity("cnn-conv", 1, 512, non_negative=True, weights="ab" * 32)])

    _, document = problem(upload(client, picture(0), collection="deep"), 503)

    assert "cbir weights" in document["remedy"]


# -- the schema ------------------------------------------------------------------------------------------------


def test_the_schema_declares_both_kinds_of_body(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]

    for name in ("search", "search/export", "compare", "queries"):
        content = paths[f"/api/v1/{name}"]["post"]["requestBody"]["content"]
        assert set(content) == {"application/json", "multipart/form-data"}
        assert "image/jpeg" in content["multipart/form-data"]["encoding"]["image"]["contentType"]


@pytest.mark.parametrize(
    "body",
    [
        {"image_id": NOBODY},
        {"image_id": NOBODY, "query": None, "positive": [], "crop": "0,0,1,1"},
        {"positive": [NOBODY, {"id": NOBODY, "crop": "0,0,1,1"}, {"query": "x"}], "negative": [NOBODY]},
        {},
        {"image_id": None},
        {"image_id": NOBODY, "query": "x"},
        {"positive": [NOBODY], "query": "x"},
        {"positive": []},
        {"positive": [NOBODY], "crop": "0,0,1,1"},
        {"image_id": NOBODY, "negative": [NOBODY]},
        {"image_id": NOBODY, "k": 0},
    ],
    ids=str,
)
def test_the_schema_takes_what_the_server_takes(client, indexed, body):
    """422 is for what the schema refuses; what it takes may still not be there (404)."""
    from jsonschema import Draft202012Validator

    schema = client.get("/api/v1/openapi.json").json
    validator = Draft202012Validator({"$ref": "#/components/schemas/SearchBody", **schema})

    assert validator.is_valid(body) == (client.post(SEARCH, json=body).status_code != 422)


def test_an_upload_is_a_part_of_the_form_that_the_schema_names(client, indexed):
    fields, _ = problem(
        client.post(SEARCH, data={"picture": part(picture(0))}, content_type="multipart/form-data"), 422
    )

    assert fields == ["picture"]
