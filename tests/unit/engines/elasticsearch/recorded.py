"""Errors as Elasticsearch 9.4.3 answered them, without the scripts' stacks."""

from __future__ import annotations

from typing import Any


def body(status: int, *root: dict[str, Any], **error: Any) -> dict[str, Any]:
    """The body of an answer whose error is its only root cause, or has these."""
    return {"error": {"root_cause": list(root) or [error], **error}, "status": status}


def of_search(status: int, reason: dict[str, Any], index: str = "cbir-photos+000001", **more: Any) -> dict[str, Any]:
    """The body of a search that failed on its only shard."""
    shard = {"shard": 0, "index": index, "node": "T8UEG8sPSYOnIv4Zz4KPtQ", "reason": reason}
    error = {"type": "search_phase_execution_exception", "reason": "all shards failed", "phase": "query"}
    return body(status, reason, **error, grouped=True, failed_shards=[shard], **more)


def not_authorized(action: str, on: str, granted: str) -> dict[str, Any]:
    """The body for a key that may not do something."""
    who = "API key id [eF9uAqIBf48oI4NlSUah] of user [tester]"
    reason = f"action [{action}] is unauthorized for {who}{on}, this action is granted by the {granted}"
    return body(403, type="security_exception", reason=reason)


def blocked(status: int, block: str) -> dict[str, Any]:
    """The body for an index that is blocked."""
    reason = f"index [cbir-photos+000001] blocked by: [{block}];"
    return body(status, type="cluster_block_exception", reason=reason)


MISSING_SCRIPT = {
    "type": "resource_not_found_exception",
    "reason": "unable to find script [cbir-dot-v1] in cluster state",
}
MISSING_FIELD = {"type": "illegal_argument_exception", "reason": "No field found for [x0.sum] in mapping"}
NO_SUCH_INDEX = {
    "type": "index_not_found_exception",
    "reason": "no such index [cbir-photos]",
    "resource.type": "index_or_alias",
    "resource.id": "cbir-photos",
    "index_uuid": "_na_",
    "index": "cbir-photos",
}
NO_ALIAS = {
    "type": "index_not_found_exception",
    "reason": "no such index [cbir-+myphotos] and [require_alias] request flag is [true] and [cbir-+myphotos] is not "
    "an alias",
    "index_uuid": "_na_",
    "index": "cbir-+myphotos",
}
UNKNOWN_FIELD = {
    "type": "strict_dynamic_mapping_exception",
    "reason": "[1:6] mapping set to strict, dynamic introduction of [words] within [_doc] is not allowed",
}
WRONG_VALUE = {
    "type": "document_parsing_exception",
    "reason": "[1:6] failed to parse field [width] of type [integer] in document with id '2'. "
    "Preview of field's value: 'xx'",
    "caused_by": {"type": "number_format_exception", "reason": 'For input string: "xx"'},
}
WRONG_DIMS = {
    "type": "document_parsing_exception",
    "reason": "[1:10] failed to parse: The [dense_vector] field [x0.values_0] in doc [document with id '2'] has a "
    "different number of dimensions [2] than defined in the mapping [3]",
    "caused_by": {
        "type": "illegal_argument_exception",
        "reason": "The [dense_vector] field [x0.values_0] in doc [document with id '2'] has a different number of "
        "dimensions [2] than defined in the mapping [3]",
    },
}
FLOOD = (
    "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block; "
    "for more information, see https://www.elastic.co/docs/troubleshoot/elasticsearch/fix-watermark-errors?version=9.4"
)
UNAVAILABLE_SHARD = {
    "type": "unavailable_shards_exception",
    "reason": "[cbir-photos+000001][0] primary shard is not active Timeout: [1s], request: [BulkShardRequest "
    "[[cbir-photos+000001][0]] containing [index {[cbir-photos][x], source[{}]}]]",
}
MISSING_SHARDS = {
    "error": {
        "root_cause": [],
        "type": "search_phase_execution_exception",
        "reason": "",
        "phase": "query",
        "grouped": True,
        "failed_shards": [],
        "caused_by": {
            "type": "search_phase_execution_exception",
            "reason": "Search rejected due to missing shards [[cbir-photos+000001][0]]. Consider using "
            "`allow_partial_search_results` setting to bypass this error.",
            "phase": "query",
            "grouped": True,
            "failed_shards": [],
        },
    },
    "status": 503,
}
NO_SHARD = of_search(503, {"type": "no_shard_available_action_exception", "reason": None})
WRONG_KEY = body(
    401,
    type="security_exception",
    reason="unable to authenticate with provided credentials and anonymous access is not allowed for this request",
    additional_unsuccessful_credentials="API key: unable to find apikey with id abc",
    header={"WWW-Authenticate": ["ApiKey"]},
)
EXPIRED_KEY = body(
    401,
    type="security_exception",
    reason="unable to authenticate with provided credentials and anonymous access is not allowed for this request",
    additional_unsuccessful_credentials="API key: api key is expired",
    header={"WWW-Authenticate": ["ApiKey"]},
)
WRONG_PASSWORD = body(
    401, type="security_exception", reason="unable to authenticate user [tester] for REST request [/]"
)
NOBODY = body(401, type="security_exception", reason="missing authentication credentials for REST request [/]")
SEARCH_TIMEOUT = of_search(429, {"type": "search_timeout_exception", "reason": "Time exceeded", "timed_out": True})
