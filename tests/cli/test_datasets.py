"""`cbir datasets`: what is there, fetched from a person's own files, and checked."""

import io
import tarfile

import pytest
from tests.pictures import save


@pytest.fixture
def oxford(tmp_path):
    """The two archives of Oxford under their published names, with one picture and one query."""
    save(tmp_path / "all_souls_000001.jpg")
    for name, files in {
        "oxbuild_images-v1.tgz": ["all_souls_000001.jpg"],
        "gt_files_170407.tgz": ["all_souls_1_query.txt"],
    }.items():
        (tmp_path / "given").mkdir(exist_ok=True)
        with tarfile.open(tmp_path / "given" / name, "w:gz") as archive:
            for file in files:
                path = tmp_path / file
                content = path.read_bytes() if path.exists() else b"oxc1_all_souls_000001 0 0 9 9"
                entry = tarfile.TarInfo(file)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return tmp_path / "given"


def test_the_list_names_terms_and_addresses(cbir):
    rows = {row["name"]: row for row in cbir("datasets", "list", "--json").json["datasets"]}
    assert rows["oxford5k"]["fetched"] is False
    assert rows["oxford5k"]["addresses"][0].startswith("https://www.robots.ox.ac.uk/")
    assert rows["mirflickr25k"]["bytes"] > 3e9
    shown = cbir("datasets", "list").out
    assert all(name in shown for name in rows)


def test_fetching_from_a_folder_prints_the_datasets_folder_and_says_what_is_missing(cbir, oxford):
    result = cbir("datasets", "fetch", "oxford5k", "--from", oxford)
    assert result.code == 0
    assert result.out.strip().endswith("data/datasets/oxford5k")
    assert "It holds 1 pictures, 5,062 were expected." in result.err
    checked = cbir("datasets", "check", "oxford5k", "--json")
    assert checked.code == 1
    assert (checked.json["images"], checked.json["missing"], checked.json["changed"]) == (1, [], [])
    assert cbir("datasets", "remove", "oxford5k").code == 0
    assert cbir("datasets", "check", "oxford5k").code == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [("oxford5k", "--from FOLDER"), ("holidays", "by FTP only"), ("oxfrd5k", "Did you mean 'oxford5k'")],
)
def test_what_cannot_be_fetched_here_says_what_to_do(cbir, name, says):
    result = cbir("datasets", "fetch", name)
    assert result.code == 1
    assert says in result.err


def test_a_folder_of_ones_own_is_checked_as_it_would_be_evaluated(cbir, photos):
    """Five pictures, labels odd, even and all, so that every one is a query; then a row too much."""
    found = cbir("datasets", "check", photos, "--json")
    assert found.code == 0
    assert (found.json["images"], found.json["queries"], found.json["missing"]) == (5, 5, [])
    with (photos / "labels.csv").open("a") as table:
        table.write("gone.png,odd\n")
    found = cbir("datasets", "check", photos)
    assert found.code == 1
    assert "gone.png" in found.out
