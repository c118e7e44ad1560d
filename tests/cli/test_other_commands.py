import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.pictures import save
from typer.main import get_command

from cbir.cli.main import app


def commands(group, *before):
    """Every command below a group, as the words that a person types."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *before, name)
        else:
            yield (*before, name)


def test_help_of_every_command_has_an_example(cbir):
    every = list(commands(get_command(app)))
    assert ("weights", "fetch") in every
    for command in every:
        result = cbir(*command, "--help")
        assert result.code == 0
        assert "Example:" in result.out, command


def test_version(cbir):
    assert cbir("--version").out.startswith("cbir ")


def test_help_is_light():
    """`cbir --help` imports nothing heavy."""
    code = (
        "import sys\nfrom cbir.cli.main import run\n"
        "try:\n    run(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'numpy', 'cv2', 'tensorflow', 'numba', 'PIL'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_an_unknown_command_is_a_usage_error(cbir):
    assert cbir("serach", "x").code == 2


def test_metrics_and_extractors(cbir):
    metrics = {row["name"]: row for row in cbir("metrics", "--json").json["metrics"]}
    assert {"euclidean", "cosine", "chi2", "kl", "bhattacharyya", "intersection"} <= set(metrics)
    assert metrics["cosine"]["better"] == "larger"
    extractors = {row["name"]: row for row in cbir("extractors", "--json").json["extractors"]}
    assert [extractors[name]["dims"] for name in ("hist-basic", "cnn-hist", "cnn-basic", "cnn-conv")] == [
        405, 4416, 4096, 512,
    ]  # fmt: skip
    assert extractors["hist-basic"]["available"]
    assert not extractors["cnn-basic"]["available"]
    for name in ("hist-basic", "cnn-basic"):
        assert name in cbir("extractors").out
    assert "kl" in cbir("metrics").out


def test_weights_list_names_licence_and_state(cbir):
    rows = {row["name"]: row for row in cbir("weights", "list", "--json").json["weights"]}
    assert not rows["vgg16-conv"]["available"]
    assert "CC BY 4.0" in rows["vgg16-conv"]["licence"]
    assert "vgg16-dense" in cbir("weights", "list").out


def test_weights_fetch_offline_names_the_remedy(cbir):
    result = cbir("weights", "fetch", "vgg16-dense")
    assert result.code == 1
    assert "cbir weights import" in result.err


class TestCollections:
    def test_show(self, cbir, indexed):
        shown = cbir("collections", "show", "default", "--json").json
        assert shown["images"] == 5
        assert shown["folders"] == {str(indexed): 5}
        assert shown["labels"] == {"all": 5, "even": 3, "odd": 2}
        assert "5 images" in cbir("collections", "show", "default").out

    def test_delete_asks_and_leaves_the_files(self, cbir, indexed):
        assert cbir("collections", "delete", "default", "--yes").code == 0
        assert cbir("collections", "list", "--json").json == {"collections": []}
        assert len(list(indexed.glob("*.png"))) == 5

    def test_an_unknown_collection(self, cbir, indexed):
        result = cbir("collections", "show", "defalt")
        assert result.code == 1
        assert "Did you mean 'default'?" in result.err

    def test_the_only_extractor_cannot_be_dropped(self, cbir, indexed):
        result = cbir("collections", "drop-extractor", "default", "hist-basic")
        assert result.code == 1
        assert len(cbir("search", indexed / "0.png", "--json").json["hits"]) == 5

    def test_compact_after_remove(self, cbir, indexed):
        cbir("remove", indexed / "0.png", indexed / "1.png")
        assert cbir("collections", "compact", "default").code == 0
        assert len(cbir("search", indexed / "2.png", "--json").json["hits"]) == 3
        assert cbir("doctor", "--quick").code == 0


class TestRemove:
    def test_remove_prints_how_many(self, cbir, indexed):
        assert cbir("remove", indexed / "0.png", "--json").json == {
            "collection": "default", "images": 1, "locations": 1,
        }  # fmt: skip
        assert (indexed / "0.png").exists()

    def test_unknown(self, cbir, indexed):
        assert cbir("remove", "nothing.png").code == 1


class TestTransfer:
    def test_there_and_back(self, cbir, indexed, tmp_path):
        assert cbir("export", tmp_path / "out").code == 0
        matrix = np.load(tmp_path / "out/vectors/hist-basic.npy")
        assert (matrix.shape, matrix.dtype) == ((5, 405), np.float32)
        lines = (tmp_path / "out/records.csv").read_text().splitlines()
        assert lines[0].startswith("id,path,labels")
        assert len(lines) == 6
        assert len(json.loads((tmp_path / "out/records.json").read_text())) == 5
        assert cbir("import", tmp_path / "out", "--collection", "again").code == 0
        first = cbir("search", indexed / "0.png", "--json").json["hits"]
        assert cbir("search", indexed / "0.png", "-c", "again", "--json").json["hits"] == first
        shown = [cbir("collections", "show", name, "--json").json for name in ("default", "again")]
        assert shown[0] == shown[1] | {"name": "default"}

    def test_export_into_a_folder_that_is_used_is_refused(self, cbir, indexed):
        result = cbir("export", indexed)
        assert result.code == 1
        assert "not empty" in result.err

    def test_descriptors_of_another_program(self, cbir, photos, tmp_path):
        folder = tmp_path / "foreign"
        (folder / "vectors").mkdir(parents=True)
        matrix = np.eye(5, 8, dtype=np.float32) + 0.01
        np.save(folder / "vectors/my-net.npy", matrix)
        rows = "".join(f"{photos / f'{n}.png'},label{n}\n" for n in range(5))
        (folder / "records.csv").write_text("path,labels\n" + rows)
        assert cbir("import", folder, "-c", "foreign").code == 0
        shown = cbir("collections", "show", "foreign", "--json").json
        assert shown["extractors"][0]["name"] == "my-net"
        image_id = hashlib.sha256((photos / "0.png").read_bytes()).hexdigest()
        answer = cbir("search", f"id:{image_id}", "-c", "foreign", "--json").json
        assert answer["hits"][0]["id"] == image_id
        assert answer["metric"] == "cosine"
        by_file = cbir("search", photos / "0.png", "-c", "foreign")
        assert by_file.code == 1
        assert "my-net" in by_file.err
        assert cbir("doctor", "--quick").code == 0

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda folder: _spoil_matrix(folder, np.nan), "row 3"),
            (lambda folder: _spoil_matrix(folder, np.inf), "row 3"),
            (lambda folder: (folder / "vectors/hist-basic.npy").write_bytes(b"junk"), "hist-basic.npy"),
            (lambda folder: (folder / "vectors/hist-basic.npy").unlink(), "hist-basic.npy"),
            (lambda folder: np.save(folder / "vectors/hist-basic.npy", np.zeros((4, 405), np.float32)), "(5, 405)"),
            (lambda folder: (folder / "collection.json").write_text("{"), "collection.json"),
            (lambda folder: (folder / "records.json").write_text("[1"), "records.json"),
        ],
    )
    def test_a_fault_is_named_and_nothing_is_imported(self, cbir, indexed, tmp_path, spoil, message):
        cbir("export", tmp_path / "out")
        spoil(tmp_path / "out")
        result = cbir("import", tmp_path / "out", "-c", "again")
        assert result.code == 1
        assert message in result.err
        assert [row["name"] for row in cbir("collections", "list", "--json").json["collections"]] == ["default"]

    def test_import_over_a_collection_that_is_there_is_refused_and_leaves_it(self, cbir, indexed, tmp_path):
        cbir("export", tmp_path / "out")
        assert cbir("import", tmp_path / "out", "-c", "default").code == 1
        assert len(cbir("search", indexed / "0.png", "--json").json["hits"]) == 5


def _spoil_matrix(folder, value):
    matrix = np.load(folder / "vectors/hist-basic.npy")
    matrix[3, 7] = value
    np.save(folder / "vectors/hist-basic.npy", matrix)


class TestDoctor:
    def test_a_healthy_installation(self, cbir, indexed):
        result = cbir("doctor")
        assert result.code == 0
        assert "default" in result.out
        report = cbir("doctor", "--json").json
        assert report["healthy"]
        assert any(row["severity"] == "warning" and "vgg16-conv" in row["message"] for row in report["findings"])

    def test_missing_and_changed_files_are_warnings(self, cbir, indexed):
        (indexed / "0.png").unlink()
        save(indexed / "1.png", 90)
        result = cbir("doctor", "--json")
        assert result.code == 0
        messages = [row["message"] for row in result.json["findings"] if row["subject"] == "default"]
        assert any("0.png" in message and "cannot be reached" in message for message in messages)
        assert any("1.png" in message and "changed" in message for message in messages)

    def test_bytes_that_rotted_are_a_fault(self, cbir, indexed, tmp_path):
        (segment,) = [path for path in (tmp_path / "data").rglob("*") if path.suffix == ".f32"]
        data = bytearray(segment.read_bytes())
        data[1000] ^= 0xFF
        segment.write_bytes(data)
        result = cbir("doctor", "--quick")
        assert result.code == 1
        assert "FAULT" in result.out

    def test_descriptors_that_drifted_are_a_fault(self, cbir, indexed, monkeypatch):
        assert cbir("doctor").code == 0
        from cbir.ingest import describing

        original = describing.describe_records

        def drifted(*arguments, **options):
            for part in original(*arguments, **options):
                part.descriptors["hist-basic"] = part.descriptors["hist-basic"][:, ::-1].copy()
                yield part

        monkeypatch.setattr("cbir.doctor.describe_records", drifted)
        result = cbir("doctor")
        assert result.code == 1
        assert "differ" in result.out


def test_settings_from_a_file_and_a_typo(cbir, tmp_path, indexed):
    good = tmp_path / "good.toml"
    good.write_text("batch_size = 2\n")
    assert cbir("--config", good, "collections", "list").code == 0
    bad = tmp_path / "bad.toml"
    bad.write_text("bach_size = 2\n")
    result = cbir("--config", bad, "collections", "list")
    assert result.code == 1
    assert "Did you mean 'batch_size'?" in result.err
    assert cbir("--config", tmp_path / "none.toml", "collections", "list").code == 1


def test_evaluate_json_has_the_fields_of_the_contract(cbir, photos, tmp_path):
    dataset = tmp_path / "dataset"
    (dataset).mkdir()
    Path(photos).rename(dataset / "images")
    (dataset / "images/labels.csv").unlink()
    rows = "".join(f"images/{n}.png,{'even' if n % 2 == 0 else 'odd'}\n" for n in range(5))
    (dataset / "labels.csv").write_text("path,labels\n" + rows)
    result = cbir("evaluate", dataset, "--extractors", "hist-basic", "--metrics", "chi2,cosine", "--json")
    assert result.code == 0, result.err
    report = result.json
    assert (report["images"], report["queries"]) == (5, 5)
    assert [(row["extractor"], row["metric"], row["strategy"]) for row in report["results"]] == [
        ("hist-basic", "chi2", "exact"),
        ("hist-basic", "cosine", "exact"),
    ]
    for row in report["results"]:
        assert 0 < row["map"] <= 1
        assert {"map_at_100", "map_at_100_trec", "precision_at_10"} <= set(row)
