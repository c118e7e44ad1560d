import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.pictures import save

from cbir.collection import LocalDescriber


def sha(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_index_json_has_the_fields_of_the_contract(cbir, photos):
    (photos / "bad.jpg").write_text("no picture")
    (photos / "notes.txt").write_text("text")
    result = cbir("index", photos, "--extractors", "hist-basic", "--json")
    assert result.code == 0
    report = result.json
    assert report["collection"] == "default"
    assert (report["added"], report["unchanged"], report["passed_over"]) == (5, 0, 2)
    (failure,) = report["failed"]
    assert failure["path"] == str(photos / "bad.jpg")
    assert failure["reason"]
    assert failure["remedy"]


def test_failures_are_told_on_stderr_with_reason_and_remedy(cbir, photos):
    (photos / "bad.jpg").write_text("no picture")
    result = cbir("index", photos, "--extractors", "hist-basic")
    assert result.code == 0
    (line,) = [line for line in result.err.splitlines() if "bad.jpg" in line]
    assert line.count(".") >= 2
    assert "5 images added" in result.out


def test_search_json_has_the_fields_of_the_contract(cbir, indexed):
    result = cbir("search", indexed / "2.png", "--json", "-k", 3)
    answer = result.json
    assert {key: answer[key] for key in ("collection", "extractor", "metric", "strategy", "exact")} == {
        "collection": "default",
        "extractor": "hist-basic",
        "metric": "chi2",
        "strategy": "exact",
        "exact": True,
    }
    assert answer["took_ms"] > 0
    assert [hit["rank"] for hit in answer["hits"]] == [1, 2, 3]
    first = answer["hits"][0]
    assert first == {
        "rank": 1,
        "id": sha(indexed / "2.png"),
        "path": str(indexed / "2.png"),
        "score": 0.0,
        "labels": ["all", "even"],
    }


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "chi2", "kl", "bhattacharyya", "intersection"])
def test_an_indexed_image_finds_itself_under_every_metric(cbir, indexed, metric):
    for name in ("0.png", "4.png"):
        answer = cbir("search", indexed / name, "--metric", metric, "--json").json
        assert answer["hits"][0]["id"] == sha(indexed / name)
        assert len(answer["hits"]) == 5


def test_by_id_and_by_file_give_the_same_ranking(cbir, indexed):
    by_file = cbir("search", indexed / "1.png", "--json").json["hits"]
    by_id = cbir("search", f"id:{sha(indexed / '1.png')}", "--json").json["hits"]
    assert by_file == by_id


def test_exclude_self(cbir, indexed):
    hits = cbir("search", indexed / "1.png", "--exclude-self", "--json").json["hits"]
    assert len(hits) == 4
    assert sha(indexed / "1.png") not in {hit["id"] for hit in hits}


def test_a_centred_query_wants_a_metric_and_a_collection_that_allow_it(cbir, indexed):
    refused = cbir("search", indexed / "1.png", "--centred", "--metric", "chi2")
    assert (refused.code, "cosine or euclidean" in refused.err) == (1, True)
    small = cbir("search", indexed / "1.png", "--centred", "--metric", "cosine")
    assert (small.code, "too few images" in small.err) == (1, True)


def test_offset_goes_on_where_the_first_page_ended(cbir, indexed):
    whole = cbir("search", indexed / "1.png", "--json").json["hits"]
    page = cbir("search", indexed / "1.png", "--json", "-k", 2, "--offset", 2).json["hits"]
    assert page == whole[2:4]


def test_label_and_text_filters(cbir, indexed):
    odd = cbir("search", indexed / "0.png", "--label", "odd", "--json").json["hits"]
    assert {Path(hit["path"]).name for hit in odd} == {"1.png", "3.png"}
    text = cbir("search", indexed / "0.png", "--text", "even", "--json").json["hits"]
    assert {Path(hit["path"]).name for hit in text} == {"0.png", "2.png", "4.png"}


def test_plain_output_is_a_line_a_hit_with_nothing_cut_off(cbir, photos):
    long = save(photos / ("a" * 200 + ".png"), 40)
    cbir("index", photos, "--extractors", "hist-basic")
    lines = cbir("search", long).out.splitlines()
    assert len(lines) == 6
    rank, score, path = lines[0].split("\t")
    assert (rank, float(score), path) == ("1", 0.0, long)


def test_contact_sheet_is_a_picture(cbir, indexed, tmp_path):
    sheet = tmp_path / "sheet.png"
    assert cbir("search", indexed / "0.png", "--contact-sheet", sheet).code == 0
    with Image.open(sheet) as image:
        assert image.width > 300
        assert len(image.convert("RGB").resize((64, 64)).getcolors(4096)) > 50


def test_contact_sheet_that_cannot_be_written_is_an_error(cbir, indexed, tmp_path):
    result = cbir("search", indexed / "0.png", "--contact-sheet", tmp_path / "no/such/folder/sheet.png")
    assert result.code == 1
    assert "sheet.png" in result.err


@pytest.mark.parametrize("target", ["0.png", "3.png"])
def test_a_contact_sheet_never_takes_the_place_of_a_picture(cbir, indexed, target):
    before = (indexed / target).read_bytes()
    result = cbir("search", indexed / "0.png", "--contact-sheet", indexed / target)
    assert result.code == 1
    assert "one of your pictures" in result.err
    assert (indexed / target).read_bytes() == before


def test_a_contact_sheet_may_take_the_place_of_an_older_one(cbir, indexed, tmp_path):
    for _ in range(2):
        assert cbir("search", indexed / "0.png", "--contact-sheet", tmp_path / "sheet.png").code == 0


def test_removed_files_are_listed_and_not_offered_for_removal(cbir, indexed):
    (indexed / "2.png").unlink()
    assert "--remove-missing" in cbir("index", indexed).err
    result = cbir("index", indexed, "--remove-missing")
    assert "1 removed" in result.out
    assert "2.png" in result.err
    assert "--remove-missing" not in result.err


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_an_output_that_cannot_be_written_is_no_traceback(indexed, tmp_path, redirection):
    code = "from cbir.cli.main import run; run()"
    command = f"'{sys.executable}' -c '{code}' search '{indexed / '0.png'}' --json {redirection}"
    environment = os.environ | {"CBIR_DATA_DIR": str(tmp_path / "data"), "CBIR_CONFIG": ""}
    done = subprocess.run(["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if "full" in redirection else 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--extractor", "hist-basik"], "Did you mean 'hist-basic'?"),
        (["--extractor", "cnn-conv"], "cbir collections add-extractor default cnn-conv"),
        (["--metric", "chi"], "Did you mean 'chi2'?"),
        (["--metric", "kl-literal"], "evaluation only"),
        (["--collection", "defualt"], "Did you mean 'default'?"),
        (["--strategy", "exakt"], "Did you mean 'exact'?"),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest_one(cbir, indexed, arguments, message):
    result = cbir("search", indexed / "0.png", *arguments)
    assert result.code == 1
    assert result.out == ""
    (line,) = result.err.splitlines()
    assert line.startswith("Error: ")
    assert message in line


@pytest.mark.parametrize("k", ["0", "-1", "10001", "ten"])
def test_k_that_cannot_be_is_a_usage_error(cbir, indexed, k):
    result = cbir("search", indexed / "0.png", "-k", k)
    assert result.code == 2
    assert "-k" in result.err


def test_k_beyond_the_collection_returns_all_of_it(cbir, indexed):
    assert len(cbir("search", indexed / "0.png", "-k", "10000", "--json").json["hits"]) == 5


@pytest.mark.parametrize("target", ["no/such/file.jpg", "id:" + "0" * 64, "id:xyz"])
def test_a_query_that_is_not_there(cbir, indexed, target):
    result = cbir("search", target)
    assert result.code == 1
    assert target.removeprefix("id:") in result.err


def test_a_query_that_is_no_picture(cbir, indexed, tmp_path):
    (tmp_path / "x.jpg").write_text("no picture")
    result = cbir("search", tmp_path / "x.jpg")
    assert result.code == 1
    assert "x.jpg" in result.err
    assert "Traceback" not in result.err


def test_other_extractors_than_the_collections_are_an_error(cbir, indexed):
    result = cbir("index", indexed, "--extractors", "hist-basic,cnn-conv")
    assert result.code == 1
    assert "add-extractor default cnn-conv" in result.err


def test_an_unknown_extractor_makes_no_collection(cbir, photos):
    assert cbir("index", photos, "--extractors", "hist-bassic").code == 1
    assert cbir("collections", "list", "--json").json == {"collections": []}


def test_a_path_that_is_not_there_makes_no_collection(cbir, tmp_path):
    result = cbir("index", tmp_path / "gone", "--extractors", "hist-basic")
    assert result.code == 1
    assert "gone" in result.err
    assert cbir("collections", "list", "--json").json == {"collections": []}


def test_without_a_network_the_default_goes_on_with_colours_and_says_so(cbir, photos):
    result = cbir("index", photos)
    assert result.code == 0
    assert "hist-basic" in result.err
    assert "cbir weights import" in result.err
    assert cbir("collections", "list", "--json").json["collections"][0]["extractors"] == ["hist-basic"]


def test_shards(cbir, photos):
    added = [
        cbir("index", photos, "--extractors", "hist-basic", "--shard", f"{number}/2", "--json").json["added"]
        for number in (1, 2)
    ]
    assert sum(added) == 5
    assert cbir("index", photos, "--shard", "3/2").code == 2


def test_names_that_are_not_utf8_come_back_from_json(cbir, tmp_path):
    save(tmp_path / "f/a.png", 1)
    raw = os.fsencode(tmp_path) + b"/f/\xe9\n.png"
    os.rename(tmp_path / "f/a.png", raw)
    cbir("index", tmp_path / "f", "--extractors", "hist-basic")
    result = cbir("search", os.fsdecode(raw), "--json")
    assert os.fsencode(result.json["hits"][0]["path"]) == raw
    plain = cbir("search", os.fsdecode(raw)).out
    assert plain.splitlines()[0].endswith("\\xe9\\n.png")


def test_a_search_with_colours_imports_neither_tensorflow_nor_numba(tmp_path, indexed):
    """Both take most of a second or more, and a small collection needs neither."""
    code = (
        "import sys, os\nfrom cbir.cli.main import run\n"
        "try:\n    run(['search', sys.argv[1], '--json'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'tensorflow', 'numba', 'keras', 'onnx', 'h5py'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = os.environ | {"CBIR_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", code, indexed / "0.png"], env=environment, capture_output=True, text=True, check=True
    )
    assert len(json.loads(done.stdout)["hits"]) == 5
    assert done.stderr.strip() == "[]"


def test_a_query_is_described_by_the_chosen_extractor_only(cbir, indexed, monkeypatch):
    seen = []
    real = LocalDescriber.describe
    monkeypatch.setattr(
        LocalDescriber,
        "describe",
        lambda self, image, extractor: (seen.append(extractor.name), real(self, image, extractor))[1],
    )
    cbir("search", indexed / "0.png")
    assert seen == ["hist-basic"]
