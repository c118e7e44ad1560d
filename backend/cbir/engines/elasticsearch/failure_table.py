"""The one table from what a cluster answers, or does not, to the errors of this program.

A row is a predicate over a `Failure` and the error it stands for; the first row that fits is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from elastic_transport import ConnectionError as NodeError
from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError
from elasticsearch import ApiError, UnsupportedProductError
from elasticsearch.helpers.errors import ScanError

from cbir.errors import (
    AccessRefusedError,
    AlreadyExistsError,
    CbirError,
    ConflictError,
    CorruptDataError,
    NotFoundError,
    ReadOnlyError,
    StorageError,
    StorageFullError,
    UnavailableError,
    WriterBusyError,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """One of the reasons in an answer, which hold one another."""

    type: str
    reason: str
    index: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception of the client, or an item of a bulk answer, as the table looks at it."""

    status: int
    """Of the HTTP answer; 0 where there was none."""
    causes: tuple[Cause, ...]
    """The outermost first."""
    kind: type[BaseException] = ApiError
    """The client's exception."""
    genuine: bool = True
    """Whether it was Elasticsearch that answered."""

    def named(self, *types: str) -> bool:
        """Whether a cause is of one of these types, as Elasticsearch calls them."""
        return any(cause.type in types for cause in self.causes)

    def says(self, *fragments: str) -> bool:
        """Whether a cause's reason has one of these fragments, in capitals or not."""
        text = " ".join(cause.reason for cause in self.causes).lower()
        return any(fragment.lower() in text for fragment in fragments)


Predicate = Callable[[Failure], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """Failures that `fits` accepts are this error; texts may name the values that `failures` takes from it."""

    fits: Predicate
    error: type[CbirError]
    message: str
    remedy: str


def _raised(*kinds: type[BaseException]) -> Predicate:
    return lambda failure: issubclass(failure.kind, kinds)


def _status(*codes: int) -> Predicate:
    return lambda failure: failure.status in codes


def _named(*types: str) -> Predicate:
    return lambda failure: failure.named(*types)


def _says(*fragments: str) -> Predicate:
    return lambda failure: failure.says(*fragments)


def _all(*predicates: Predicate) -> Predicate:
    return lambda failure: all(predicate(failure) for predicate in predicates)


def _either(*predicates: Predicate) -> Predicate:
    return lambda failure: any(predicate(failure) for predicate in predicates)


def _foreign(failure: Failure) -> bool:
    return not failure.genuine


def _any(_: Failure) -> bool:
    return True


_TLS = _raised(TlsError)
_LOST = _raised(NodeError)
_BLOCK = _named("cluster_block_exception")
_SETUP = "Run: cbir elasticsearch setup"
_LIST = "See: cbir collections list --engine elasticsearch"
_STATUS = "See: cbir elasticsearch status"
_URL = "Is it running? Check 'elasticsearch_url' (CBIR_ELASTICSEARCH_URL)."
_NOT_ELASTICSEARCH = "{about}: what answers at {urls} is not Elasticsearch."

TABLE: tuple[Row, ...] = (
    # -- no connection -----------------------------------------------------------------------------------
    Row(
        _all(_TLS, _says("has expired")),
        AccessRefusedError,
        "{about}: the certificate of the cluster at {urls} has expired.",
        "Renew it on the cluster; check this machine's clock.",
    ),
    Row(
        _all(_TLS, _says("not yet valid")),
        AccessRefusedError,
        "{about}: the certificate of the cluster at {urls} is not valid yet.",
        "Check the clocks of this machine and of the cluster.",
    ),
    Row(
        _all(_TLS, _says("hostname mismatch", "ip address mismatch", "doesn't match", "not valid for")),
        AccessRefusedError,
        "{about}: the certificate of the cluster at {urls} is for another host name ({last}).",
        "Write a name that it holds in 'elasticsearch_url', or set 'elasticsearch_fingerprint'.",
    ),
    Row(
        _all(_TLS, _says("fingerprint")),
        AccessRefusedError,
        "{about}: the certificate of the cluster at {urls} is not the one of 'elasticsearch_fingerprint'.",
        "If it is the right cluster, set 'elasticsearch_fingerprint' to the SHA-256 of its certificate or authority.",
    ),
    Row(
        _all(_TLS, _says("self-signed", "self signed", "local issuer", "verify failed")),
        AccessRefusedError,
        "{about}: the certificate of the cluster at {urls} is signed by an authority that is not trusted here.",
        "Set 'elasticsearch_ca' to that authority's PEM file, or 'elasticsearch_fingerprint'.",
    ),
    Row(
        _all(_TLS, _says("wrong version number", "record layer", "unknown protocol", "http request")),
        UnavailableError,
        "{about}: what listens at {urls} does not speak TLS.",
        "If the cluster has no TLS, write http:// in 'elasticsearch_url'.",
    ),
    Row(_TLS, UnavailableError, "{about}: no TLS connection to the cluster at {urls}: {last}.", _URL),
    Row(
        _raised(ConnectionTimeout, TimeoutError),
        UnavailableError,
        "{about}: the cluster at {urls} did not answer within {timeout:g} s.",
        "See `cbir elasticsearch status`, or allow more with 'elasticsearch_timeout'.",
    ),
    Row(
        _all(_LOST, _says("refused")),
        UnavailableError,
        "{about}: nothing listens at {urls} (connection refused).",
        _URL,
    ),
    Row(
        _all(_LOST, _says("resolve", "name or service", "nodename", "getaddrinfo")),
        UnavailableError,
        "{about}: a host in {urls} has no address.",
        "Check 'elasticsearch_url' (CBIR_ELASTICSEARCH_URL), and this machine's network.",
    ),
    Row(
        _all(_LOST, _says("without response", "aborted", "reset by peer", "broken pipe", "bad status line")),
        UnavailableError,
        "{about}: {urls} closed the connection without an answer.",
        "If the cluster has TLS, write https:// in 'elasticsearch_url'; else see the cluster's log.",
    ),
    Row(_LOST, UnavailableError, "{about}: the cluster at {urls} cannot be reached: {last}.", _URL),
    Row(_raised(UnsupportedProductError, SerializationError), UnavailableError, _NOT_ELASTICSEARCH, _URL),
    Row(
        _raised(ScanError),
        UnavailableError,
        "{about}: the cluster at {urls} gave a part of the answer only: {last}.",
        _STATUS,
    ),
    Row(_raised(TransportError), UnavailableError, "{about}: no answer from {urls}: {last}.", _URL),
    # -- who we are, and who they are --------------------------------------------------------------------
    Row(
        _named("media_type_header_exception"),
        ConflictError,
        "{about}: the cluster at {urls} is of another major version than this program can talk to.",
        "Use Elasticsearch 9.3 or a later 9.x.",
    ),
    Row(
        _all(_foreign, _status(502, 503, 504)),
        UnavailableError,
        "{about}: a proxy at {urls} does not reach the cluster (HTTP {status}).",
        "Is it running? See the proxy's log.",
    ),
    Row(
        _all(_status(401), _says("missing authentication")),
        AccessRefusedError,
        "{about}: the cluster at {urls} wants to know who asks.",
        "Set 'elasticsearch_api_key', or 'elasticsearch_user' and 'elasticsearch_password'.",
    ),
    Row(
        _all(_status(401), _says("expired", "invalidated")),
        AccessRefusedError,
        "{about}: the API key has expired or was taken back by the cluster at {urls}.",
        "Make another one and set 'elasticsearch_api_key'.",
    ),
    Row(
        _status(401),
        AccessRefusedError,
        "{about}: the cluster at {urls} does not accept the API key, or the user and password ({last}).",
        "Check 'elasticsearch_api_key', or 'elasticsearch_user' and 'elasticsearch_password'.",
    ),
    Row(
        _all(_foreign, _status(403, 407)),
        AccessRefusedError,
        "{about}: a proxy at {urls} does not let us through (HTTP {status}).",
        "Ask whoever runs it.",
    ),
    Row(_foreign, UnavailableError, _NOT_ELASTICSEARCH, _URL),
    Row(
        _named("security_exception"),
        AccessRefusedError,
        "{about}: the user or API key lacks a privilege on the cluster at {urls}: {privilege}.",
        "Use one that has it: docs/elasticsearch.md has ready roles.",
    ),
    # -- what may not be written -------------------------------------------------------------------------
    Row(
        _all(_BLOCK, _says("flood-stage", "read-only-allow-delete", "read-only / allow delete")),
        StorageFullError,
        "{about}: a disk of the cluster is nearly full, so that it takes nothing more (flood stage; {whose}).",
        "Free or add disk space on its nodes; it writes again by itself then.",
    ),
    Row(
        _says("no space left on device"),
        StorageFullError,
        "{about}: a disk of the cluster is full ({last}).",
        "Free or add disk space on its nodes.",
    ),
    Row(
        _all(_BLOCK, _says("index write (api)")),
        WriterBusyError,
        "{about}: the {whose} takes no writes: it is being rebuilt.",
        "Try again when `cbir collections rebuild` has ended. If none runs, run it again.",
    ),
    Row(
        _all(_BLOCK, _says("state not recovered", "no master", "not recovered", "initialized")),
        UnavailableError,
        "{about}: the cluster at {urls} is starting, or without a master.",
        _STATUS,
    ),
    Row(
        _BLOCK,
        ReadOnlyError,
        "{about}: the cluster does not allow it: {last}.",
        "Take the block off in the settings of the index or of the cluster.",
    ),
    Row(
        _says("maximum normal shards open", "maximum shards open"),
        StorageFullError,
        "{about}: the cluster has as many shards as its nodes may hold.",
        "Delete indices, add a node, or raise `cluster.max_shards_per_node`.",
    ),
    Row(
        _status(413),
        StorageError,
        "{about}: the cluster at {urls} takes no request of this size (HTTP 413).",
        "Raise `http.max_content_length`, or the limit of the proxy before it.",
    ),
    # -- too busy, or not whole --------------------------------------------------------------------------
    Row(
        _named("circuit_breaking_exception"),
        UnavailableError,
        "{about}: a node of the cluster has too little memory for it now ({last}).",
        "Try again; give its nodes more heap if it stays so.",
    ),
    Row(
        _named("es_rejected_execution_exception", "too_many_requests_exception"),
        UnavailableError,
        "{about}: the cluster at {urls} is too busy.",
        "Try again later.",
    ),
    Row(
        _named("master_not_discovered_exception", "not_master_exception", "failed_to_commit_cluster_state_exception"),
        UnavailableError,
        "{about}: the cluster at {urls} has no master.",
        "Are enough of its nodes running? " + _STATUS,
    ),
    Row(
        _either(
            _named(
                "no_shard_available_action_exception",
                "unavailable_shards_exception",
                "node_not_connected_exception",
                "node_disconnected_exception",
                "node_closed_exception",
            ),
            _says("missing shards"),
        ),
        UnavailableError,
        "{about}: a part of the data at {urls} is not reachable: the cluster is red.",
        "Are all of its nodes running? " + _STATUS,
    ),
    Row(
        _named(
            "search_timeout_exception",
            "process_cluster_event_timeout_exception",
            "receive_timeout_transport_exception",
            "timeout_exception",
        ),
        UnavailableError,
        "{about}: the cluster at {urls} did not get it done in time ({last}).",
        _STATUS,
    ),
    Row(
        _status(502, 503, 504),
        UnavailableError,
        "{about}: the cluster at {urls} cannot answer now: {last}.",
        _STATUS,
    ),
    # -- what is there does not fit ----------------------------------------------------------------------
    Row(
        _says("unable to find script"),
        ConflictError,
        "{about}: the cluster lacks the stored script '{script}'.",
        _SETUP,
    ),
    Row(
        _either(_named("index_not_found_exception"), _all(_status(404), _says("] missing"))),
        NotFoundError,
        "{about}: the cluster has no {whose}.",
        _LIST,
    ),
    Row(_status(404), NotFoundError, "{about}: it is not there.", _LIST),
    Row(
        _named("index_closed_exception"),
        ConflictError,
        "{about}: the {whose} is closed.",
        "Open its index on the cluster.",
    ),
    Row(
        _either(
            _named("resource_already_exists_exception", "invalid_alias_name_exception"),
            _says("already exists as alias"),
        ),
        AlreadyExistsError,
        "{about}: it is there already ({last}).",
        "Choose another name, or delete it first.",
    ),
    Row(
        _named("version_conflict_engine_exception"),
        ConflictError,
        "{about}: another process changed the same image meanwhile.",
        "Run the command again.",
    ),
    Row(
        _named("strict_dynamic_mapping_exception"),
        CorruptDataError,
        "{about}: the mapping of the {whose} was changed, it has no field '{field}'.",
        "Run `cbir collections rebuild`, or restore a snapshot.",
    ),
    Row(
        _named("mapper_parsing_exception", "document_parsing_exception", "mapper_exception"),
        CorruptDataError,
        "{about}: the mapping of the {whose} was changed, field '{field}' does not take what it should: {last}.",
        "Run `cbir collections rebuild`, or restore a snapshot.",
    ),
    Row(
        _named("script_exception", "general_script_exception"),
        StorageError,
        "{about}: a stored script failed: {last}.",
        "Was a script or a mapping changed by hand? Run `cbir elasticsearch setup`, then `cbir doctor`.",
    ),
    Row(
        _any,
        StorageError,
        "{about}: the cluster refused it (HTTP {status}): {last}.",
        "Was something changed on the cluster by hand? Run `cbir doctor`.",
    ),
)
"""What a failure is called here. Order matters: the first row that fits."""
