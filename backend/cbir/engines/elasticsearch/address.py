"""The settings of a connection, checked before anything is sent."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cbir.errors import InvalidRequestError
from cbir.records import shown_path
from cbir.settings import Settings

_EXAMPLE = "Write it out, as in https://localhost:9200; several nodes are separated by commas."
_TOKEN = re.compile(r"[!-~]+")
_FINGERPRINT_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Address:
    """Where a cluster listens, and how it and we prove who we are."""

    urls: tuple[str, ...]
    """One a node, without a slash at the end."""
    login: Mapping[str, Any] = field(repr=False)
    """Of the client's arguments those that say who we are."""
    trust: Mapping[str, Any]
    """Those that say which certificate is the cluster's."""

    @property
    def shown(self) -> str:
        """The nodes as text."""
        return ", ".join(self.urls)


def address_of(settings: Settings) -> Address:
    """The address that the settings give.

    Raises:
        InvalidRequestError: they have no meaning, or contradict each other; names the setting and the remedy.
    """
    urls = tuple(dict.fromkeys(_url(part.strip()) for part in settings.elasticsearch_url.split(",")))
    return Address(urls, _login(settings), _trust(settings, urls))


def _wrong(setting: str, problem: str, remedy: str) -> InvalidRequestError:
    return InvalidRequestError(f"The setting 'elasticsearch_{setting}' {problem}.", remedy=remedy)


def _url(text: str) -> str:
    parts = _split(text)
    if parts.username is not None or parts.password is not None:
        remedy = "Take them out of the URL and set 'elasticsearch_user' and 'elasticsearch_password'."
        raise _wrong("url", "holds a user or a password", remedy)
    missing = {
        "no http:// or https://": parts.scheme not in {"http", "https"},
        "no host": not parts.hostname,
        "no port": parts.port is None,
        "something behind the address": bool(parts.query or parts.fragment),
        "a character that no URL has": not _TOKEN.fullmatch(text),
    }
    for problem, found in missing.items():
        if found:
            raise _wrong("url", f"has {problem}: {text!a}", _EXAMPLE)
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise _wrong("url", f"is no URL: {text!a} ({error})", _EXAMPLE) from None
    return parts


def _login(settings: Settings) -> Mapping[str, Any]:
    key, user, password = (
        settings.elasticsearch_api_key,
        settings.elasticsearch_user,
        settings.elasticsearch_password,
    )
    if key and (user or password):
        raise _wrong("api_key", "is given, and a user or password too", "Give one of them.")
    if bool(user) != bool(password):
        given, missing = ("user", "password") if user else ("password", "user")
        remedy = f"Set 'elasticsearch_{missing}' too, or an API key in place of both."
        raise _wrong(given, f"is given without a {missing}", remedy)
    if key and (":" in key or not _TOKEN.fullmatch(key)):
        remedy = "Give the value of `encoded` in the cluster's answer, or the base64 of id:key."
        raise _wrong("api_key", "is not in the encoded form", remedy)
    if key:
        return {"api_key": key}
    return {"basic_auth": (user, password)} if user else {}


def _trust(settings: Settings, urls: tuple[str, ...]) -> Mapping[str, Any]:
    ca, fingerprint = settings.elasticsearch_ca, settings.elasticsearch_fingerprint
    if ca and fingerprint:
        raise _wrong("ca", "is given, and a fingerprint too", "Give one of them.")
    for name, value in (("ca", ca), ("fingerprint", fingerprint)):
        plain = [url for url in urls if not url.startswith("https://")]
        if value and plain:
            remedy = "Write https:// in 'elasticsearch_url', or leave this setting out."
            raise _wrong(name, f"is given, and {plain[0]} would not be encrypted", remedy)
    if ca:
        return {"ca_certs": _ca_file(ca)}
    return {"ssl_assert_fingerprint": _fingerprint(fingerprint)} if fingerprint else {}


def _ca_file(text: str) -> str:
    path = os.path.expanduser(text)
    remedy = "Name the PEM file of the authority that signed the cluster's certificate (often http_ca.crt)."
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise _wrong("ca", f"names a file without a PEM certificate: {shown_path(path)}", remedy) from None
    except OSError as error:
        raise _wrong("ca", f"names {shown_path(path)}, which cannot be read: {error.strerror}", remedy) from None
    return path


def _fingerprint(text: str) -> str:
    digits = re.sub(r"[:\s]", "", text).lower()
    if re.fullmatch(r"[0-9a-f]*", digits) and len(digits) == _FINGERPRINT_DIGITS:
        return digits
    problem = (
        f"is not the SHA-256 of a certificate: {len(digits)} characters in place of {_FINGERPRINT_DIGITS} hex digits"
    )
    raise _wrong("fingerprint", problem, "Get it with: openssl x509 -fingerprint -sha256 -noout -in http_ca.crt")
