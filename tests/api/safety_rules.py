"""Switches the safety rules off one by one, and sees whether the test of each then fails.

    python -m tests.api.safety_rules [NAME …]

Each rule is switched off by changing its one seam in a fresh process, which then runs the rule's own test. Prints a
line a rule; the exit status is 1 where a rule can be switched off unnoticed, or where a test fails with all rules in
force.
"""

import argparse
import functools
import inspect
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
PATIENCE_S = 300
"""A test that does not end without its rule has noticed too."""
AT_ONCE = 2

API, UNIT = "tests/api", "tests/unit"
FAILED, ALL_WELL = 1, 0
"""Exit statuses of pytest; others mean that the test was not run."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rule, its seam and its test."""

    rule: str
    target: str
    """`module:name` of what is changed, the name with dots where it is an attribute's."""
    off: Any
    """What stands there when the rule is off. A function takes the place of the code of another, so that everybody
    sees it who has the other; the names in it are then looked up in the other's module."""
    test: str
    """File and function."""


def nothing(*_: Any, **__: Any) -> None:
    """Allows everything, where refusing is raising."""


def always(*_: Any, **__: Any) -> bool:
    """Allows everything, where refusing is saying no."""
    return True


# What stands in the place of rules that more is needed of than allowing everything. Names are those of the rule's
# module, which ruff cannot know.
# ruff: noqa: F821


def _below_anything(path, folders):
    return not isinstance(folders, list)  # the program's own data are a list, allowed folders are not


def _below_but_for_own_data(path, folders):
    return not isinstance(folders, list) and any(
        path.startswith(folder + "/") or path == folder for folder in folders
    )


def _look_up_twice(self, address, deadline):
    found = [numeric(one) for one in self._resolve(address.host, address.port)]
    if not all(map(self._permitted, found)):
        raise _refused("is not on the public internet")
    again = [numeric(one) for one in self._resolve(address.host, address.port)]
    return _PinnedConnection(address, again, deadline, None)


def _check_the_first_alone(self, address, deadline):
    found = [numeric(one) for one in self._resolve(address.host, address.port)]
    if not hasattr(deadline, "checked") and not all(map(self._permitted, found)):
        raise _refused("is not on the public internet")
    deadline.checked = True
    return _PinnedConnection(address, found, deadline, None)


def _any_kind_of_file(self, limits):
    data = self if isinstance(self, bytes) else limits
    with Image.open(BytesIO(data)) as image:
        return str(image.format)


def _store_under_the_clients_name(self, collection, name, data):
    image = decode(data, self._limits)
    path = os.path.join(self.folder(collection), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return Stored(path, file_id(data), image.width, image.height, image.format, name)


def _last_two_parts(self, path):
    return tuple(path.rsplit("/", 2)[-2:])


def _name_as_it_is(record, *, download):
    return f'{"attachment" if download else "inline"}; filename="{os.path.basename(record.path)}"'


def _send_all(self, response):
    return response.read()


def _anything_but_decoded(data, limits):
    from types import SimpleNamespace

    import numpy as np

    return SimpleNamespace(width=1, height=1, format="PNG", pixels=np.zeros((1, 1, 3), np.uint8))


def _unsigned(self, value, *_, **__):
    from datetime import UTC, datetime

    return self.load_payload(value.split(".")[0].encode()), datetime.now(UTC)


def _traceback_and_all(error):
    import traceback

    return response(ProblemError("internal", "".join(traceback.format_exception(error))))


def _the_link_itself(path, *, strict=False):
    return os.path.abspath(path)


def _switched_on(url, settings):
    return _checked(_fetcher(settings).fetch(url), "url", settings)


IN_FORCE: dict[str, str] = {
    "sizes": "test_too_much_json_is_refused",
    "proxies": "test_a_client_cannot_forge_its_address_or_the_scheme_through_a_proxy",
    "headers": "test_browsers_are_told_to_guess_nothing_and_load_nothing",
    "hosts": "test_a_name_that_was_bound_to_this_machine_is_refused",
    "cors": "test_an_origin_that_is_named_is_let_in_without_cookies",
    "origins": "test_a_page_of_another_origin_changes_nothing",
    "forgery": "test_a_change_with_a_cookie_has_to_say_its_page",
    "rates": "test_an_address_has_so_many_requests_a_minute",
    "keys": "test_on_another_address_than_loopback_everybody_needs_a_key",
    "roles": "test_a_key_for_reading_changes_nothing",
}
"""Rules of `cbir.api.security.RULES`, each with its test in `test_security.py`; the seam is its place there."""

ROWS: tuple[Row, ...] = (
    *(
        Row(name, f"cbir.api.security:RULES[{name}]", None, f"{API}/test_security.py::{test}")
        for name, test in IN_FORCE.items()
    ),
    # who asks
    Row(
        "forwarded headers of strangers",
        "cbir.api.security.proxies:Forwarded._is_ours",
        always,
        f"{API}/test_security.py::test_nobody_else_is_believed",
    ),
    Row(
        "pages of strangers",
        "cbir.api.security.cors:_is_allowed",
        always,
        f"{API}/test_security.py::test_others_are_not",
    ),
    Row(
        "signed cookies",
        "itsdangerous:URLSafeTimedSerializer.loads",
        _unsigned,
        f"{API}/test_session.py::test_a_forged_cookie_is_none",
    ),
    Row(
        "keys kept as hashes",
        "cbir.api.keys:hash_of",
        lambda secret: secret,
        f"{API}/test_security.py::test_a_key_is_kept_as_a_hash_that_only_the_owner_may_read",
    ),
    # how much
    Row(
        "bytes of an upload",
        "cbir.images.files:require_size",
        nothing,
        f"{API}/test_images.py::test_a_picture_over_the_limit_of_bytes_is_refused_and_the_others_stored",
    ),
    Row(
        "bytes of an upload kept",
        "cbir.images.files:require_size",
        nothing,
        f"{UNIT}/uploads/test_store.py::test_what_is_over_the_limit_of_bytes_leaves_nothing",
    ),
    Row(
        "bytes of a query",
        "cbir.api.query_pictures:_checked",
        lambda data, field, settings: data,
        f"{API}/test_search.py::test_a_picture_over_the_limit_is_refused",
    ),
    Row(
        "pixels",
        "cbir.images.decode:_require_pixels",
        nothing,
        f"{UNIT}/images/test_decode_hostile.py::test_pixels_are_limited_exactly",
    ),
    Row(
        "pixels of a query",
        "cbir.images.decode:_require_pixels",
        nothing,
        f"{API}/test_search.py::test_a_picture_of_too_many_pixels_is_refused_by_its_header",
    ),
    Row(
        "text in a form",
        "cbir.api.security.sizes:TEXT_BYTES",
        1 << 40,
        f"{API}/test_security.py::test_a_form_with_a_long_text_is_refused",
    ),
    Row(
        "parts of a form",
        "cbir.api.security.sizes:FORM_PARTS",
        10**9,
        f"{API}/test_security.py::test_too_large_a_form_is_refused",
    ),
    Row(
        "k", "cbir.engines.borders:MAX_K", 10**9, f"{API}/test_search.py::test_what_cannot_be_is_refused_by_its_field"
    ),
    Row(
        "event streams",
        "cbir.api.resources.jobs:threading.BoundedSemaphore.acquire",
        always,
        f"{API}/test_jobs.py::test_streams_leave_threads_for_requests",
    ),
    # what is taken in
    Row(
        "allowed formats",
        "cbir.images.decode:_require_format",
        _any_kind_of_file,
        f"{UNIT}/images/test_decode_hostile.py::test_formats_that_pillow_knows_and_the_allow_list_does_not_are_refused",
    ),
    Row(
        "decoded before it is stored",
        "cbir.uploads.store:examine",
        _anything_but_decoded,
        f"{UNIT}/uploads/test_store.py::test_what_does_not_decode_leaves_nothing",
    ),
    Row(
        "decoded before it is taken in",
        "cbir.uploads.store:examine",
        _anything_but_decoded,
        f"{API}/test_images.py::test_an_upload_of_no_pictures_is_refused_and_leaves_nothing",
    ),
    Row(
        "SVG refused",
        "cbir.api.query_pictures:_SVG",
        "image/none",
        f"{API}/test_queries.py::test_what_is_no_picture_is_not_kept",
    ),
    Row(
        "generated names",
        "cbir.uploads.store:Uploads.store",
        _store_under_the_clients_name,
        f"{UNIT}/uploads/test_store.py::test_a_clients_name_is_never_used_on_disk",
    ),
    Row(
        "names of collections",
        "cbir.uploads.store:require_name",
        nothing,
        f"{UNIT}/uploads/test_store.py::test_a_collection_that_cannot_be_called_so_is_refused",
    ),
    Row(
        "no links among uploads",
        "cbir.uploads.folders:_ENTER",
        0o200000,
        f"{UNIT}/uploads/test_store.py::test_a_linked_folder_is_not_followed_out",
    ),
    Row(
        "our own copies alone",
        "cbir.uploads.store:Uploads._parts",
        _last_two_parts,
        f"{UNIT}/uploads/test_trash.py::test_the_persons_own_files_are_never_moved_or_deleted",
    ),
    Row(
        "regular files alone",
        "cbir.images.files:_require_regular",
        nothing,
        f"{UNIT}/images/test_files.py::test_what_is_no_readable_file_is_refused_with_reason_and_remedy",
    ),
    Row(
        "no document types in XML",
        "cbir.images.xmp:_refuse",
        nothing,
        f"{UNIT}/images/test_metadata.py::test_hostile_xml_is_refused_and_costs_nothing_else",
    ),
    Row(
        "few scans",
        "cbir.images.scans:require_few_scans",
        nothing,
        f"{UNIT}/images/test_scans.py::test_as_many_scans_as_allowed_are_decoded_and_one_more_is_refused",
    ),
    Row(
        "few parts of a picture",
        "cbir.images.derived:require_bounded_parts",
        nothing,
        f"{UNIT}/images/test_derived.py::test_tiles_that_nobody_sees_count",
    ),
    # folders
    Row(
        "allowed folders shown",
        "cbir.api.server_folders:is_below",
        _below_anything,
        f"{API}/test_folders.py::test_nothing_outside_is_shown",
    ),
    Row(
        "allowed folders indexed",
        "cbir.api.server_folders:is_below",
        _below_anything,
        f"{API}/test_collections.py::test_folders_outside_are_refused_whether_they_are_there_or_not",
    ),
    Row(
        "links out of folders",
        "cbir.api.server_folders:os.path.realpath",
        _the_link_itself,
        f"{API}/test_collections.py::test_a_link_that_leads_out_is_refused",
    ),
    Row(
        "own data not indexed",
        "cbir.api.server_folders:is_below",
        _below_but_for_own_data,
        f"{API}/test_collections.py::test_the_programs_own_data_are_never_indexed",
    ),
    # what is given out
    Row(
        "metadata taken out",
        "cbir.api.resources.media:_stripped",
        lambda data: data,
        f"{API}/test_media.py::test_an_original_is_the_file_without_what_it_says_of_a_person",
    ),
    Row(
        "metadata for writers alone",
        "cbir.api.resources.media:_require_write",
        nothing,
        f"{API}/test_media.py::test_whoever_may_only_read_does_not",
    ),
    Row(
        "changed files not sent",
        "cbir.api.renditions:_is_untouched",
        always,
        f"{API}/test_media.py::test_a_file_that_has_changed_is_not_sent_under_the_old_id",
    ),
    Row(
        "drawings not sent",
        "cbir.api.renditions:_is_untouched",
        always,
        f"{API}/test_media.py::test_a_drawing_that_took_a_pictures_place_is_never_sent",
    ),
    Row(
        "changed files of reports not shown",
        "cbir.api.renditions:_is_untouched",
        always,
        f"{API}/test_evaluations.py::test_a_file_that_has_changed_is_not_shown",
    ),
    Row(
        "pages of reports saved, not shown",
        "cbir.api.resources.evaluations:_disposition",
        lambda report: "inline",
        f"{API}/test_evaluations.py::test_the_page_of_a_report_is_saved_and_runs_nothing_here",
    ),
    Row(
        "safe disposition",
        "cbir.api.resources.media:_disposition",
        _name_as_it_is,
        f"{API}/test_media.py::test_a_name_cannot_break_out_of_its_header",
    ),
    Row(
        "data run nowhere",
        "cbir.api.security.headers:HEADERS",
        {},
        f"{API}/test_media.py::test_an_original_cannot_run_anything_in_a_browser",
    ),
    Row(
        "no paths in problems",
        "cbir.api.scrubbing:Scrubber.__call__",
        lambda self, text: text,
        f"{API}/test_problems.py::test_no_engine_failure_tells_a_path",
    ),
    Row(
        "no paths in hits",
        "cbir.searching.exports:path_below_folder",
        lambda record: record.path,
        f"{API}/test_search.py::test_a_hit_leads_to_its_picture_and_tells_no_folder_of_the_server",
    ),
    Row(
        "no traces in faults",
        "cbir.api.problems:_from_fault",
        _traceback_and_all,
        f"{API}/test_problems.py::test_a_fault_tells_nothing_but_the_id_under_which_the_log_has_it",
    ),
    # pictures from the web
    Row(
        "web addresses off by default",
        "cbir.api.query_pictures:fetched",
        _switched_on,
        f"{API}/test_queries.py::test_a_web_address_is_refused_unless_that_was_switched_on",
    ),
    Row(
        "public addresses alone",
        "cbir.api.web_addresses:is_public",
        always,
        f"{API}/test_fetching.py::test_the_systems_own_look_up_leads_nowhere_inside",
    ),
    Row(
        "addresses that lead inside",
        "cbir.api.web_addresses:_REFUSED",
        (),
        f"{API}/test_fetching.py::test_addresses_that_are_not_of_the_public_internet",
    ),
    Row(
        "plain web addresses",
        "cbir.api.web_addresses:_host",
        lambda host: host,
        f"{API}/test_fetching.py::test_a_web_address_that_is_not_plain_is_refused_before_anything_is_looked_up",
    ),
    Row(
        "looked up once",
        "cbir.api.fetching:Fetcher._connect",
        _look_up_twice,
        f"{API}/test_fetching.py::test_a_name_that_changes_after_the_check_changes_nothing",
    ),
    Row(
        "redirects checked",
        "cbir.api.fetching:Fetcher._connect",
        _check_the_first_alone,
        f"{API}/test_fetching.py::test_a_redirect_to_the_inside_is_refused",
    ),
    Row(
        "bytes from the web",
        "cbir.api.fetching:Fetcher._body",
        _send_all,
        f"{API}/test_fetching.py::test_a_file_of_exactly_the_limit_is_fetched_and_one_byte_more_is_not",
    ),
    Row(
        "seconds for the web",
        "cbir.api.fetching:_Deadline.remaining",
        lambda self: 3600.0,
        f"{API}/test_fetching.py::test_a_web_site_that_drips_is_given_up",
    ),
)


def switch_off(row: Row) -> None:
    """Change the rule's seam in this process."""
    module, _, name = row.target.partition(":")
    if name.startswith("RULES["):
        from cbir.api import security

        assert any(rule.name == row.rule for rule in security.RULES)
        security.RULES = tuple(rule for rule in security.RULES if rule.name != row.rule)
        return
    *owners, last = name.split(".")
    owner = functools.reduce(getattr, owners, import_module(module))
    current = getattr(owner, last)
    if inspect.isfunction(current) and inspect.isfunction(row.off):
        current.__code__ = row.off.__code__
    else:
        setattr(owner, last, row.off)


def ask(*arguments: str) -> tuple[int | None, str]:
    """Pytest's exit status in a process of its own, None where it did not end, and what it printed."""
    command = [sys.executable, "-m", "tests.api.safety_rules", *arguments]
    try:
        ended = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return ended.returncode, ended.stdout + ended.stderr


def judged(row: Row) -> tuple[bool, str]:
    """Whether the rule's test fails without it, and the line that says so."""
    status, printed = ask("--without", row.rule)
    if status in {FAILED, None}:
        reason = next(iter(_REASON.findall(printed)), "it did not end" if status is None else "?")
        return True, f"noticed   {row.rule:30} {row.target}\n          {row.test}: {reason}"
    return False, f"UNNOTICED {row.rule}: {row.target}, {row.test}\n{printed[-1500:] if status else ''}"


_REASON = re.compile(r"^E +(.*)$", re.MULTILINE)


def tested(tests: Sequence[str]) -> int:
    """Run tests in this process."""
    import pytest

    return int(pytest.main([*tests, "-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=short"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="rules; all of them by default")
    parser.add_argument("--without", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.without:
        row = next(row for row in ROWS if row.rule == given.without)
        switch_off(row)
        return tested([row.test])
    rows = [row for row in ROWS if not given.names or row.rule in given.names]
    if tested(sorted({row.test for row in rows})) != ALL_WELL:
        sys.stdout.write("A test fails with all rules in force.\n")
        return 1
    noticed = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for well, line in pool.map(judged, rows):
            noticed += well
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    sys.stdout.write(f"{noticed} of {len(rows)} rules are guarded\n")
    return 0 if noticed == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
