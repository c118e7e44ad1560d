"""Settings, read once and passed on: flags first, then `CBIR_*` variables, then a TOML file, then defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path, user_config_path, user_data_path

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.records import shown_path
from cbir.registry import did_you_mean

PREFIX = "CBIR_"
_ANOTHER_FILE = "Name a TOML file with --config or CBIR_CONFIG."


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that changes how the program runs. Each field is also the variable `CBIR_<FIELD>`."""

    data_dir: Path = field(default_factory=lambda: user_data_path("cbir"))
    """Where the embedded engine keeps its collections."""
    weights_dir: Path = field(default_factory=lambda: user_cache_path("cbir") / "weights")
    """Where fetched and imported weights are kept, for all collections of this user."""
    cache_dir: Path = field(default_factory=lambda: user_cache_path("cbir"))
    """What can be made again: descriptors of evaluated datasets, thumbnails."""
    engine: str = "embedded"
    """Which engine stores and searches."""
    offline: bool = False
    """Never open a network connection, not even for a first-use fetch of weights."""
    batch_size: int = 16
    """Images a forward pass, and a commit."""
    elasticsearch_url: str = "http://localhost:9200"
    """Where the cluster listens; several nodes separated by commas."""
    elasticsearch_api_key: str = field(default="", repr=False)
    """An API key in the encoded form that Elasticsearch gives out."""
    elasticsearch_user: str = ""
    """A user, where there is no API key."""
    elasticsearch_password: str = field(default="", repr=False)
    """The user's password."""
    elasticsearch_ca: str = ""
    """A PEM file with the authority that signed the cluster's certificate."""
    elasticsearch_fingerprint: str = ""
    """SHA-256 of that certificate as hex digits, in place of the file."""
    elasticsearch_timeout: int = 60
    """Seconds that one answer of the cluster may take."""
    elasticsearch_shards: int = 1
    """Shards of a new collection: one for each 25 GB that it will hold, or each node that is to share in a search."""
    elasticsearch_namespace: str = ""
    """Lowercase letters and digits that keep several installations on one cluster apart."""
    server_host: str = "127.0.0.1"
    """The address that `cbir serve` listens on."""
    server_port: int = 8000
    """Its port."""
    server_read_keys: str = field(default="", repr=False)
    """API keys that may search, split by commas, besides those that `cbir keys create` makes."""
    server_write_keys: str = field(default="", repr=False)
    """API keys that may search and change everything, split by commas."""
    server_public: bool = False
    """Whoever reaches the server may search without a key; changing anything still needs one."""
    server_hosts: str = ""
    """Names by which the server may be addressed, split by commas, besides loopback and the address it listens on."""
    server_origins: str = ""
    """Web pages of other origins (https://example.org) that may call the API, split by commas."""
    server_proxies: str = ""
    """Addresses of proxies, split by commas, whose X-Forwarded headers are believed."""
    server_roots: str = ""
    """Folders, split by colons, that may be indexed over HTTP, besides those given to `cbir serve`."""
    server_url_queries: bool = False
    """Pictures may be searched by their web address, which the server then opens."""
    server_workers: int = 2
    """Web processes."""
    server_threads: int = 8
    """Requests that a web process answers at the same time."""
    server_upload_mb: int = 50
    """MiB of one uploaded picture; a request with several may have ten times as many."""
    server_rate: int = 6000
    """Requests a minute from one key or address; further ones are refused for a while."""

    @property
    def collections_dir(self) -> Path:
        """The folder of the embedded engine's collections."""
        return self.data_dir / "collections"


def read_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str],
    config_file: Path | None = None,
) -> Settings:
    """The settings in force.

    Args:
        flags: values given on the command line; None values count as not given.
        environment: usually `os.environ`; read by nobody else.
        config_file: a TOML file with the fields as keys; by default `CBIR_CONFIG`, else `config.toml` in the
            user's configuration folder where there is one.

    Raises:
        InvalidRequestError: an unknown key in the file, a value of the wrong kind, or a file that cannot be read.
        NotFoundError: a configuration file that was named is not there.
    """
    values = {**_from_file(environment, config_file), **_from_environment(environment)}
    values |= {name: value for name, value in (flags or {}).items() if value is not None}
    known = {f.name for f in fields(Settings)}
    for name in values:
        if name not in known:
            raise InvalidRequestError(f"No setting is called '{name}'.", remedy=did_you_mean(name, sorted(known)))
    return Settings(**{name: _converted(name, value) for name, value in values.items()})


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = {PREFIX + f.name.upper(): f.name for f in fields(Settings)}
    return {names[key]: value for key, value in environment.items() if key in names and value != ""}


def _from_file(environment: Mapping[str, str], config_file: Path | None) -> dict[str, Any]:
    named = config_file or (Path(environment[PREFIX + "CONFIG"]) if environment.get(PREFIX + "CONFIG") else None)
    path = named or user_config_path("cbir") / "config.toml"
    shown = shown_path(str(path))
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if named:
            raise NotFoundError(f"No configuration file at {shown}.", remedy=_ANOTHER_FILE) from None
        return {}
    except OSError as error:
        raise InvalidRequestError(f"{shown} cannot be read: {error.strerror}.", remedy=_ANOTHER_FILE) from None
    except UnicodeDecodeError:
        raise InvalidRequestError(f"{shown} is not UTF-8, as TOML has to be.", remedy="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidRequestError(f"{shown} is not valid TOML: {error}.", remedy="Correct the file.") from None


def _converted(name: str, value: Any) -> Any:
    default = getattr(Settings(), name)
    convert, wanted = next(form for kind, form in _FORMS.items() if isinstance(default, kind))
    try:
        return convert(value)
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise InvalidRequestError(f"The setting '{name}' cannot be {value!r}.", remedy=f"Give {wanted}.") from None


def _path(value: Any) -> Path:
    return Path(value).expanduser().absolute()


def _switch(value: Any) -> bool:
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[str(value).lower()]


def _count(value: Any) -> int:
    number = int(str(value))
    if isinstance(value, bool) or number < 1:
        raise ValueError(value)
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


_FORMS: dict[type, tuple[Callable[[Any], Any], str]] = {
    Path: (_path, "the path of a folder"),
    bool: (_switch, "yes or no"),
    int: (_count, "a whole number of 1 or more"),
    str: (_text, "text"),
}
"""By the type of a setting: how its value is read, and what may be given. A bool is an int too, so it comes first."""
