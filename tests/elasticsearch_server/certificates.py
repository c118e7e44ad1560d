"""A small certificate authority for one cluster, made with openssl."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .errors import UnavailableError

CONFIGURATION = """\
[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[req]
prompt = no
distinguished_name = name
[name]
commonName = CBIR test authority
[authority_extensions]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[node_extensions]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:0:0:0:0:0:0:0:1
"""
_NEW_KEY = ("-newkey", "rsa:2048", "-nodes", "-sha256", "-config", "openssl.cnf")


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: the authority's certificate, a node's (the authority's follows it in the file) and its key."""

    ca: Path
    certificate: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate in hexadecimal digits, which clients find in the chain sent."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.ca.read_text())).hexdigest()


def make_certificates(folder: Path, *, expired: bool = False) -> Certificates:
    """An authority, and a certificate for localhost that is good for 30 days, or has been bad since yesterday.

    Raises:
        UnavailableError: there is no openssl.
    """
    if not shutil.which("openssl"):
        raise UnavailableError("openssl is needed for a server with TLS")
    folder.mkdir()
    (folder / "openssl.cnf").write_text(CONFIGURATION)
    (folder / "index.txt").touch()
    files = Certificates(folder / "ca.crt", folder / "node.crt", folder / "node.key")
    authority = ("-x509", "-days", "365", "-extensions", "authority_extensions")
    _openssl(folder, "req", *authority, *_NEW_KEY, "-keyout", "ca.key", "-out", files.ca.name)
    _openssl(folder, "req", *_NEW_KEY, "-subj", "/CN=localhost", "-keyout", files.key.name, "-out", "node.csr")
    end = timedelta(days=-1 if expired else 30)
    signing = ("-batch", "-notext", "-config", "openssl.cnf", "-cert", files.ca.name, "-keyfile", "ca.key")
    dates = ("-startdate", _moment(timedelta(days=-40)), "-enddate", _moment(end))
    signed = ("-extensions", "node_extensions", "-in", "node.csr", "-out", files.certificate.name)
    _openssl(folder, "ca", *signing, *dates, *signed)
    with files.certificate.open("a") as file:
        file.write(files.ca.read_text())
    return files


def _moment(ahead: timedelta) -> str:
    return (datetime.now(UTC) + ahead).strftime("%Y%m%d%H%M%SZ")


def _openssl(folder: Path, *arguments: str) -> None:
    answer = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {answer.stderr}")
