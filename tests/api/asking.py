"""Searches over HTTP and on the command line, in few words."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.pictures import noise
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from cbir.cli.main import run

SEARCH = "/api/v1/search"


def picture(seed=0, box=None, form="PNG"):
    """The bytes of a picture of `tests.pictures.noise`, whole or the part in ``box`` (left, top, right, bottom)."""
    file = BytesIO()
    image = noise(seed)
    (image.crop(box) if box else image).save(file, form)
    return file.getvalue()


def large_picture(side):
    """A PNG of random pixels, which do not compress: more than 3·side² bytes."""
    file = BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def part(data, name="picture.png", kind="image/png"):
    """A file as a part of a form."""
    return FileStorage(BytesIO(data), name, content_type=kind)


def upload(client, data, address=SEARCH, kind="image/png", **fields):
    """POST a picture as a form."""
    boundary, body = encode_multipart({"image": part(data, kind=kind), **fields})
    return client.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def answered(response, status=200):
    """The JSON of an answer with this status."""
    assert response.status_code == status, response.text
    return response.json


def problem(response, status):
    """(fields, document) of a problem with this status."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    document = response.json
    assert document["detail"]
    return [one["field"] for one in document.get("fields", [])], document


def command_line(settings, capsys, *arguments):
    """What `cbir search … --json` prints on the data folder of ``settings``."""
    environment = {
        "CBIR_DATA_DIR": str(settings.data_dir),
        "CBIR_WEIGHTS_DIR": str(settings.weights_dir),
        "CBIR_CACHE_DIR": str(settings.cache_dir),
        "CBIR_CONFIG": "",
        "CBIR_OFFLINE": "1",
    }
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        run(["search", *map(str, arguments), "--json"], environment)
    assert not ended.value.code
    return json.loads(capsys.readouterr().out)


def same_hits(answer, printed, folder):
    """Whether hits over HTTP are those of the command line, which shows absolute paths."""
    over_http = [(hit["rank"], hit["id"], hit["score"], hit["labels"], hit["path"]) for hit in answer["hits"]]
    on_command_line = [
        (hit["rank"], hit["id"], hit["score"], hit["labels"], hit["path"].removeprefix(f"{folder}/"))
        for hit in printed["hits"]
    ]
    assert over_http == on_command_line
    assert over_http
    for name in ("collection", "extractor", "metric", "strategy", "exact"):
        assert answer[name] == printed[name]
    return True
