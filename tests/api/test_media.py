"""Pictures of images over HTTP: small, shown, original; cached, verified, without metadata, safe to open."""

import hashlib
import io
import os
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image
from tests.pictures import noise
from tests.unit.images.making import EXIF_ORIENTATION, encoded

from cbir.api.rendition_cache import RenditionCache
from cbir.ingest import indexing
from cbir.ingest.opening import open_for_indexing
from cbir.ingest.walk import walk
from cbir.progress import Silent

IMAGES = "/api/v1/collections/default/images"
SECRET = "My house at 59.3293 N"
WEBP = {"Accept": "image/webp"}


def problem(answer, status):
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    return answer.json


def exif(orientation=1):
    block = Image.Exif()
    block[0x010E] = SECRET
    block[EXIF_ORIENTATION] = orientation
    return block.tobytes()


@pytest.fixture
def keep(library, tmp_path):
    """Indexes one file of these bytes under this name; gives its id."""

    def keep(data, name="photo.jpg"):
        path = tmp_path / "kept" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        with open_for_indexing(library, "default", ["hist-basic"], Silent()) as collection:
            report = indexing.index(collection, walk([str(path.parent)]), indexing.IndexOptions())
        assert report.failed == []
        return hashlib.sha256(data).hexdigest()

    return keep


@pytest.fixture
def photo(keep):
    """An upright photograph of 1,200 x 900 pixels that says where it was made."""
    return keep(encoded(noise(1, 1200, 900), "JPEG", exif=exif(), quality=90))


def get(client, image_id, part, **headers):
    return client.get(
        f"{IMAGES}/{image_id}/{part}", headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


def opened(answer):
    return Image.open(io.BytesIO(answer.data))


# -- thumbnails ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "shape"), [(160, (160, 120)), (320, (320, 240)), (640, (640, 480))])
def test_thumbnails_come_in_three_sizes(client, photo, size, shape):
    answer = get(client, photo, f"thumbnail?size={size}")
    with opened(answer) as image:
        assert (image.size, image.format) == (shape, "JPEG")
        known = np.asarray(noise(1, 1200, 900).resize(shape, Image.Resampling.BOX)).astype(int)
        assert np.abs(np.asarray(image).astype(int) - known).mean() < 3


@pytest.mark.parametrize("size", ["0", "161", "-160", "160.5", "x", "", "1e9"])
def test_other_sizes_are_refused(client, photo, size):
    assert problem(get(client, photo, f"thumbnail?size={size}"), 422)["fields"][0]["field"] == "size"


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("image/avif,image/webp,image/apng,image/*,*/*;q=0.8", "WEBP"),
        ("image/webp", "WEBP"),
        ("*/*", "JPEG"),
        ("image/jpeg,image/webp;q=0.5", "JPEG"),
        ("text/html", "JPEG"),
    ],
)
def test_the_format_is_what_the_client_likes_best(client, photo, accept, format):
    answer = get(client, photo, "thumbnail", Accept=accept)
    with opened(answer) as image:
        assert image.format == format
    assert answer.content_type == f"image/{format.lower()}"
    assert answer.headers["Vary"] == "Accept"


def test_a_thumbnail_is_upright_and_says_nothing_of_the_person(client, keep):
    data = encoded(noise(2, 600, 400), "JPEG", exif=exif(6))
    answer = get(client, keep(data), "thumbnail?size=160")
    with opened(answer) as image:
        assert image.size == (107, 160)
        assert not image.getexif()
    assert SECRET.encode() not in answer.data


def test_a_small_picture_is_not_enlarged(client, keep):
    with opened(get(client, keep(encoded(noise(3), "PNG"), "x.png"), "thumbnail?size=640")) as image:
        assert image.size == noise(3).size


def test_a_thumbnail_is_cached_by_browsers_and_not_sent_twice(client, photo):
    answer = get(client, photo, "thumbnail")
    assert {"private", "immutable"} <= set(answer.headers["Cache-Control"].split(", "))
    assert not answer.headers["ETag"].startswith("W/")
    again = get(client, photo, "thumbnail", If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    other = get(client, photo, "thumbnail", If_None_Match=answer.headers["ETag"], **WEBP)
    assert other.status_code == 200


def test_a_thumbnail_is_made_once_and_kept_on_disk(client, photo, settings, tmp_path):
    first = get(client, photo, "thumbnail?size=160")
    (kept,) = [path for path in (settings.cache_dir / "thumbnails").rglob("*") if path.is_file()]
    assert kept.read_bytes() == first.data
    (tmp_path / "kept" / "photo.jpg").unlink()
    assert get(client, photo, "thumbnail?size=160").data == first.data
    assert get(client, photo, "thumbnail?size=320").status_code == 404


def test_a_thumbnail_comes_also_where_the_cache_cannot_be_written(make_app, photo, settings):
    settings.cache_dir.mkdir(exist_ok=True)
    (settings.cache_dir / "thumbnails").write_text("a file in the folder's place")
    assert get(make_app().test_client(), photo, "thumbnail").status_code == 200


# -- files that are gone or others ------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["thumbnail", "original"])
def test_a_file_that_is_gone_is_not_found_and_the_remedy_is_named(client, photo, tmp_path, part):
    (tmp_path / "kept" / "photo.jpg").unlink()
    document = problem(get(client, photo, part), 404)
    assert "Index" in document["remedy"]
    assert str(tmp_path) not in str(document)


@pytest.mark.parametrize("part", ["thumbnail", "original"])
def test_a_file_that_has_changed_is_not_sent_under_the_old_id(client, photo, tmp_path, part):
    (tmp_path / "kept" / "photo.jpg").write_bytes(encoded(noise(4), "JPEG"))
    assert "changed" in problem(get(client, photo, part), 404)["detail"]


def test_a_file_that_was_only_touched_is_still_sent(client, photo, tmp_path):
    os.utime(tmp_path / "kept" / "photo.jpg", (1, 1))
    assert get(client, photo, "original").status_code == 200


def test_another_copy_stands_in_for_one_that_is_gone(client, keep, tmp_path):
    data = encoded(noise(5), "JPEG")
    keep(data, "a.jpg")
    image_id = keep(data, "b.jpg")
    (tmp_path / "kept" / "a.jpg").unlink()
    assert get(client, image_id, "original").data == data


def test_a_pipe_in_the_place_of_a_file_hangs_nobody(client, photo, tmp_path):
    path = tmp_path / "kept" / "photo.jpg"
    path.unlink()
    os.mkfifo(path)
    problem(get(client, photo, "original"), 404)


@pytest.mark.usefixtures("photo")
@pytest.mark.parametrize("part", ["thumbnail", "display", "original"])
def test_nothing_is_sent_of_an_image_that_is_not_there(client, part):
    problem(get(client, "0" * 64, part), 404)
    problem(client.get(f"/api/v1/collections/nothing/images/{'0' * 64}/{part}"), 404)


# -- display ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["HEIF", "TIFF", "AVIF"])
def test_what_browsers_lack_is_shown_as_a_picture_that_they_know(client, keep, format):
    name = {"HEIF": "x.heic", "TIFF": "x.tif", "AVIF": "x.avif"}[format]
    answer = get(client, keep(encoded(noise(6, 2080, 520), format), name), "display", **WEBP)
    with opened(answer) as image:
        assert (image.format, image.size) == ("WEBP", (2048, 512))


@pytest.mark.parametrize(("format", "name"), [("JPEG", "x.jpg"), ("PNG", "x.png"), ("GIF", "x.gif")])
def test_what_browsers_know_is_shown_as_it_is(client, keep, format, name):
    data = encoded(noise(7), format)
    answer = get(client, keep(data, name), "display")
    assert answer.status_code == 307
    assert answer.headers["Location"].startswith(IMAGES)
    assert client.get(answer.headers["Location"]).data == data


# -- originals -------------------------------------------------------------------------------------------------


def test_an_original_is_the_file_without_what_it_says_of_a_person(client, photo, tmp_path):
    answer = get(client, photo, "original")
    file = (tmp_path / "kept" / "photo.jpg").read_bytes()
    assert SECRET.encode() in file
    assert SECRET.encode() not in answer.data
    assert answer.content_type == "image/jpeg"
    with opened(answer) as shown, Image.open(io.BytesIO(file)) as known:
        assert shown.tobytes() == known.tobytes()


def test_whoever_may_write_gets_it_with_its_metadata(client, photo, tmp_path):
    answer = get(client, photo, "original?metadata=keep")
    assert answer.data == (tmp_path / "kept" / "photo.jpg").read_bytes()
    assert answer.headers["ETag"] != get(client, photo, "original").headers["ETag"]


def test_whoever_may_only_read_does_not(make_app, photo, settings):
    public = replace(settings, server_public=True, server_read_keys="r" * 40, server_hosts="photos.example")
    client = make_app(public, address="192.0.2.1").test_client()
    base = {"Host": "photos.example"}
    address = f"{IMAGES}/{photo}/original"
    assert SECRET.encode() not in client.get(address, headers=base).data
    problem(client.get(f"{address}?metadata=keep", headers=base), 401)
    problem(client.get(f"{address}?metadata=keep", headers={**base, "X-API-Key": "r" * 40}), 403)


def test_a_file_whose_metadata_cannot_be_taken_out_is_kept_back(client, keep):
    data = encoded(noise(8), "TIFF")
    image_id = keep(data, "x.tif")
    assert "display" in problem(get(client, image_id, "original"), 409)["remedy"]
    assert get(client, image_id, "original?metadata=keep").data == data


def test_an_original_cannot_run_anything_in_a_browser(client, photo):
    headers = get(client, photo, "original").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name",
    ['quote".jpg', "semi;colon.jpg", "line\r\nSet-Cookie: a=b.jpg", "ö 日本.jpg", "per%cent.jpg", "tab\t\x7f.jpg"],
)
def test_a_name_cannot_break_out_of_its_header(client, keep, name):
    answer = get(client, keep(encoded(noise(9), "JPEG"), name), "original?download=true")
    value = answer.headers["Content-Disposition"]
    kind, _, written = value.partition("; filename*=UTF-8''")
    assert kind == "attachment"
    assert written.isascii()
    assert not set(written) & set('"; \r\n\t\x7f')
    assert unquote(written) == (name if name.isprintable() else name.encode("unicode_escape").decode())
    assert "Set-Cookie" not in answer.headers


def test_a_name_that_is_not_text_is_shown_escaped(client, keep):
    image_id = keep(encoded(noise(9), "JPEG"), "caf\udce9.jpg")
    assert client.get(f"{IMAGES}/{image_id}").json["path"] == "caf\\xe9.jpg"
    assert get(client, image_id, "original").headers["Content-Disposition"].endswith("''caf%5Cxe9.jpg")


def test_an_original_is_shown_unless_it_is_to_be_saved(client, photo):
    assert get(client, photo, "original").headers["Content-Disposition"].startswith("inline;")


def test_parts_of_an_original_are_sent(client, photo):
    whole = get(client, photo, "original")
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = get(client, photo, "original", Range="bytes=100-199")
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.data)}"
    assert get(client, photo, "original", Range="bytes=-50").data == whole.data[-50:]
    assert "bytes=" in problem(get(client, photo, "original", Range=f"bytes={len(whole.data)}-"), 416)["remedy"]


def test_an_original_that_the_client_has_is_not_sent_again(client, photo):
    etag = get(client, photo, "original").headers["ETag"]
    assert get(client, photo, "original", If_None_Match=etag).status_code == 304


def test_the_content_decides_what_a_file_is_and_not_its_name(client, keep):
    assert get(client, keep(encoded(noise(10), "PNG"), "looks.jpg"), "original").content_type == "image/png"


def test_a_drawing_that_took_a_pictures_place_is_never_sent(client, photo, tmp_path):
    (tmp_path / "kept" / "photo.jpg").write_bytes(b"<svg onload='alert(1)'/>")
    for part in ("original", "original?metadata=keep", "thumbnail"):
        problem(get(client, photo, part), 404)


# -- the cache -------------------------------------------------------------------------------------------------


def test_the_least_recently_used_go_first(tmp_path):
    cache = RenditionCache(tmp_path, max_bytes=1000)
    for age, name in enumerate(["aa", "bb", "cc", "dd"]):
        cache.put(name, bytes(300))
        os.utime(tmp_path / name / name, (1_000_000 - age, 1_000_000 - age))
    assert cache.get("dd") == bytes(300)
    cache.sweep()
    assert [name for name in ("aa", "bb", "cc", "dd") if cache.get(name) is not None] == ["aa", "bb", "dd"]


def test_a_cache_stays_within_its_limit(tmp_path):
    cache = RenditionCache(tmp_path, max_bytes=10_000)
    for number in range(100):
        cache.put(f"{number:04}", bytes(1000))
    kept = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert kept <= 10_000 * 21 / 20


def test_what_was_never_finished_is_removed_and_what_is_being_written_stays(tmp_path):
    cache = RenditionCache(tmp_path, max_bytes=1000)
    cache.put("aa", b"1")
    old, new = tmp_path / "aa" / "old.part", tmp_path / "aa" / "new.part"
    old.write_bytes(b"")
    new.write_bytes(b"")
    os.utime(old, (1, 1))
    cache.sweep()
    assert (old.exists(), new.exists(), cache.get("aa")) == (False, True, b"1")


def test_an_empty_file_that_a_power_cut_left_is_made_again(client, photo, settings):
    first = get(client, photo, "thumbnail").data
    (kept,) = (settings.cache_dir / "thumbnails").rglob("*.jpeg")
    kept.write_bytes(b"")
    assert get(client, photo, "thumbnail").data == first


def test_a_file_that_is_swept_meanwhile_is_made_again(client, photo, settings):
    first = get(client, photo, "thumbnail").data
    for path in (settings.cache_dir / "thumbnails").rglob("*.jpeg"):
        path.unlink()
    assert get(client, photo, "thumbnail").data == first
