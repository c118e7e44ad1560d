import errno
import hashlib
import os
import socket

import pytest

from cbir.errors import ImageError
from cbir.images.files import BLOCK, Limits, file_id, hash_file, read_bytes


def test_the_id_is_the_published_sha256_of_abc():
    """NIST FIPS 180-2, appendix B.1."""
    assert file_id(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_a_file_hashes_like_its_bytes(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "x").write_bytes(data)
    assert hash_file(tmp_path / "x") == hashlib.sha256(data).hexdigest() == file_id(data)


def test_bytes_come_back_whole_under_any_name(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"new\nline and \xff.jpg").decode("utf-8", "surrogateescape")
    with open(path, "wb") as file:
        file.write(b"data")
    assert read_bytes(path) == b"data"


def test_a_file_over_the_limit_is_refused_and_one_at_it_is_not(tmp_path):
    (tmp_path / "x").write_bytes(b"12345")
    assert read_bytes(tmp_path / "x", Limits(bytes=5)) == b"12345"
    with pytest.raises(ImageError, match="smaller copy"):
        read_bytes(tmp_path / "x", Limits(bytes=4))


def missing(folder):
    return folder / "missing.jpg"


def below_a_file(folder):
    (folder / "file").write_bytes(b"")
    return folder / "file" / "x.jpg"


def a_folder(folder):
    (folder / "x.jpg").mkdir()
    return folder / "x.jpg"


def a_broken_link(folder):
    (folder / "x.jpg").symlink_to(folder / "gone.jpg")
    return folder / "x.jpg"


def a_circle(folder):
    (folder / "x.jpg").symlink_to(folder / "x.jpg")
    return folder / "x.jpg"


def a_pipe(folder):
    os.mkfifo(folder / "x.jpg")
    return folder / "x.jpg"


def a_link_to_a_device(folder):
    (folder / "x.jpg").symlink_to("/dev/zero")
    return folder / "x.jpg"


def a_socket(folder):
    here = os.getcwd()
    os.chdir(folder)  # a socket's path may have 107 characters at most
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("x.jpg")
    finally:
        os.chdir(here)
    return folder / "x.jpg"


def a_long_name(folder):
    return folder / ("x" * 300 + ".jpg")


def a_nul(folder):
    return str(folder / "x\0.jpg")


@pytest.mark.parametrize("read", [read_bytes, hash_file])
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (missing, "no such file"),
        (below_a_file, "no such file"),
        (a_folder, "folder"),
        (a_broken_link, "leads nowhere"),
        (a_circle, "circle"),
        (a_pipe, "pipe"),
        (a_link_to_a_device, "device"),
        (a_socket, "socket"),
        (a_long_name, "too long"),
        (a_nul, "NUL"),
    ],
)
def test_what_is_no_readable_file_is_refused_with_reason_and_remedy(tmp_path, read, make, reason):
    with pytest.raises(ImageError, match=reason) as caught:
        read(make(tmp_path))
    assert caught.value.remedy


@pytest.mark.parametrize("read", [read_bytes, hash_file])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.EACCES, "may not be read"),
        (errno.EIO, "disk"),
        (errno.EMFILE, "Too many"),
        (errno.ENOLCK, "cannot be read"),
    ],
)
def test_what_the_system_refuses_has_reason_and_remedy(tmp_path, monkeypatch, read, code, reason):
    (tmp_path / "x.jpg").write_bytes(b"data")

    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ImageError, match=reason) as caught:
        read(tmp_path / "x.jpg")
    assert caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_refused(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"data")
    (tmp_path / "x.jpg").chmod(0)
    with pytest.raises(ImageError, match="permission"):
        read_bytes(tmp_path / "x.jpg")
