"""What each kind of job takes: everything else is refused when it is asked for, and named."""

import pytest

from cbir.errors import InvalidRequestError, UnknownNameError
from cbir.jobs.kinds import JOB_KINDS
from cbir.jobs.store import JobStore

UPLOAD = {"path": "/data/x.png", "name": "x.png"}


def test_the_kinds_that_come_with_the_program():
    assert JOB_KINDS.names() == ["index", "upload", "add-extractor", "compact", "check", "rebuild"]


@pytest.mark.parametrize(
    ("kind", "arguments", "named"),
    [
        ("index", {}, "paths"),
        ("index", {"paths": None}, "paths"),
        ("index", {"paths": []}, "paths"),
        ("index", {"paths": "/photos"}, "paths"),
        ("index", {"paths": [""]}, "paths"),
        ("index", {"paths": ["photos"]}, "paths"),
        ("index", {"paths": ["../photos"]}, "paths"),
        ("index", {"paths": ["/a\0b"]}, "paths"),
        ("index", {"paths": [7]}, "paths"),
        ("index", {"paths": ["/p"], "extractors": "hist-basic"}, "extractors"),
        ("index", {"paths": ["/p"], "extractors": ["hist-basic", "hist-basic"]}, "extractors"),
        ("index", {"paths": ["/p"], "extractors": [3]}, "extractors"),
        ("index", {"paths": ["/p"], "labels": "labels.csv"}, "labels"),
        ("index", {"paths": ["/p"], "labels": ["a"]}, "labels"),
        ("index", {"paths": ["/p"], "remove_missing": "yes"}, "remove_missing"),
        ("index", {"paths": ["/p"], "replace_changed": 1}, "replace_changed"),
        ("upload", {}, "uploads"),
        ("upload", {"uploads": []}, "uploads"),
        ("upload", {"uploads": ["/data/x.png"]}, "uploads"),
        ("upload", {"uploads": [{"path": "/data/x.png"}]}, "uploads"),
        ("upload", {"uploads": [{**UPLOAD, "mode": "x"}]}, "uploads"),
        ("upload", {"uploads": [{**UPLOAD, "name": None}]}, "uploads"),
        ("upload", {"uploads": [{**UPLOAD, "path": "x.png"}]}, "uploads"),
        ("upload", {"uploads": [UPLOAD], "labels": "a"}, "labels"),
        ("upload", {"uploads": [UPLOAD], "labels": [1]}, "labels"),
        ("upload", {"uploads": [UPLOAD], "labels": ["x" * 201]}, "labels"),
        ("upload", {"uploads": [UPLOAD], "labels": ["a\nb"]}, "labels"),
        ("add-extractor", {}, "extractor"),
        ("add-extractor", {"extractor": ["hist-basic"]}, "extractor"),
    ],
)
def test_an_argument_that_cannot_be_is_named_with_what_may_be(store, kind, arguments, named):
    with pytest.raises(InvalidRequestError, match=f"'{named}'") as caught:
        store.add(kind, "c", arguments)
    assert caught.value.remedy
    assert store.count() == 0


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        ("indx", {}, ["'indx'", "'index'"]),
        ("compact", {"force": True}, ["'force'"]),
        ("check", {"x": 1}, ["'x'"]),
        ("rebuild", {"x": None}, ["'x'"]),
        ("index", {"path": "/p"}, ["'path'", "'paths'"]),
        ("index", {"paths": ["/p"], "extractors": ["hist-basik"]}, ["'extractors'", "'hist-basic'"]),
        ("add-extractor", {"extractor": "hist-basik"}, ["'extractor'", "'hist-basic'"]),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_one(store, kind, arguments, words):
    with pytest.raises(UnknownNameError) as caught:
        store.add(kind, "c", arguments)
    assert [word for word in words if word not in str(caught.value)] == []
    assert store.count() == 0


@pytest.mark.parametrize(
    ("kind", "arguments", "kept"),
    [
        (
            "index",
            {"paths": ("/p", "/q"), "extractors": ["hist-basic"], "labels": "/p/l.csv", "replace_changed": True},
            {
                "paths": ["/p", "/q"],
                "extractors": ["hist-basic"],
                "labels": "/p/l.csv",
                "remove_missing": False,
                "replace_changed": True,
            },
        ),
        ("upload", {"uploads": [UPLOAD]}, {"uploads": [UPLOAD], "labels": []}),
        (
            "upload",
            {"uploads": [UPLOAD], "labels": [" b ", "a", "", "b"]},
            {"uploads": [UPLOAD], "labels": ["b", "a"]},
        ),
        ("add-extractor", {"extractor": "vgg16:fc1"}, {"extractor": "vgg16:fc1"}),
        ("compact", {}, {}),
    ],
)
def test_what_is_kept_has_every_argument(store, settings, kind, arguments, kept):
    job = store.add(kind, "c", arguments)
    assert JobStore(settings.data_dir / "jobs.sqlite").get(job.id).arguments == kept
