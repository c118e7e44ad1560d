from cbir.ingest.labels import Labels
from cbir.ingest.records import is_below, relabelled, united, without_locations
from cbir.records import ImageRecord, Location, in_path_order


def at(*paths):
    return tuple(Location(path, 1, 1) for path in paths)


def record(**changes):
    return ImageRecord(**({"id": "0" * 64, "width": 2, "height": 3, "format": "PNG"} | changes))


def test_below_means_at_a_whole_path_part():
    assert is_below("/a/b.jpg", ["/a"])
    assert is_below("/a", ["/a"])
    assert is_below("/x.jpg", ["/"])
    assert not is_below("/ab/c.jpg", ["/a"])


def test_path_order_is_that_of_the_bytes():
    paths = ["/b", "/a\udcff", "/aé", "/a"]
    assert [one.path for one in in_path_order(at(*paths))] == ["/a", "/aé", "/a\udcff", "/b"]


def test_united_takes_locations_labels_and_keywords_of_all():
    first = record(locations=at("/b"), labels=("x",), keywords=("k", "l"))
    second = record(locations=at("/a", "/b"), labels=("w", "x"), keywords=("m", "k"), caption="c")
    both = united([first, second])
    assert [one.path for one in both.locations] == ["/a", "/b"]
    assert (both.labels, both.keywords, both.caption) == (("w", "x"), ("k", "l", "m"), "c")
    assert (both.width, both.height) == (2, 3)


def test_a_table_that_names_all_files_replaces_the_labels():
    old = record(locations=at("/a", "/b"), labels=("old",))
    table = {"/a": Labels(("one",)), "/b": Labels(("two",), caption="new")}
    new = relabelled(old, table)
    assert (new.labels, new.caption) == (("one", "two"), "new")


def test_a_table_that_names_some_files_adds_to_the_labels():
    old = record(locations=at("/a", "/elsewhere"), labels=("old",))
    assert relabelled(old, {"/a": Labels(("one",))}).labels == ("old", "one")


def test_a_table_that_names_no_file_changes_nothing():
    old = record(locations=at("/a"), labels=("old",))
    assert relabelled(old, {"/b": Labels(("one",))}) == old


def test_without_locations():
    left = without_locations(record(locations=at("/a", "/b")), {"/a"})
    assert [one.path for one in left.locations] == ["/b"]
