"""Pictures by web address: only the public internet is reached, within limits."""

import re
import ssl
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.api.web_site import Site, file, free_port, gzip_bomb, raw, redirect, serving, status
from tests.elasticsearch_server.certificates import make_certificates

from cbir.api.fetching import Fetcher, FetchLimits, look_up
from cbir.api.web_addresses import is_public, parse
from cbir.errors import InvalidRequestError, UnavailableError

PUBLIC = "93.184.215.14"
LOOPBACK = "127.0.0.1"
INSIDE = "127.0.0.9"
"""Another address of this machine, which stands for the inside of a network."""
OK = b"HTTP/1.0 200 OK\r\n"


@pytest.fixture
def site():
    with serving(Site()) as running:
        yield running


def fetcher(site, *, limits=None, addresses=None, permitted=lambda _address: True):
    """Looks every name up as the loopback address, where the site listens, or as ``addresses`` say."""
    known = addresses or {}
    return Fetcher(
        limits or FetchLimits(bytes=1000, seconds=20),
        resolve=lambda host, _port: known.get(host, [LOOPBACK]),
        permitted=permitted,
        ports=frozenset({site.port}),
    )


def refused(fetcher, url):
    with pytest.raises(InvalidRequestError) as caught:
        fetcher.fetch(url)
    assert caught.value.remedy
    return caught.value.message


# -- addresses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1"),
        *("169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8"),
        *("192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.2.3"),
        *(
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fe80::1%eth0",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
        ),
        *("ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8"),
        *("64:ff9b::127.0.0.1", "64:ff9b::10.1.2.3", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1"),
        *("2002:808:808::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "3fff::1", "100::1"),
        *("4000::1", "5f00::1"),
    ],
)
def test_addresses_that_are_not_of_the_public_internet(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1"),
        *("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
    ],
)
def test_addresses_of_the_public_internet(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://photos.example/a.jpg",
        "file:///etc/passwd",
        "gopher://photos.example/_GET",
        "data:image/png;base64,AAAA",
        "//photos.example/a.jpg",
        "photos.example/a.jpg",
        "http:///a.jpg",
        "http://",
        "",
        "http://user@photos.example/a.jpg",
        "http://user:secret@photos.example/a.jpg",
        "http://photos.example@127.0.0.1/a.jpg",
        "http://photos.example:22/a.jpg",
        "http://photos.example:6379/",
        "http://photos.example:0/",
        "http://photos.example:99999/",
        "http://photos.example:8o/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://017700000001/",
        "http://127.0.0.1.1/",
        "http://256.0.0.1/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[::ffff:127.0.0.1%1]/",
        "http://photos..example/",
        "http://" + "a" * 64 + ".example/",
        "http://photos.example\\@127.0.0.1/",
        "http://photos.example/a b.jpg",
        "http://photos.example/a.jpg\r\nX-Injected: 1",
        "http://photos.example/\x00",
        "http://photos.example /",
        "http://photos%2eexample/",
        "http://photos.example/" + "a" * 2048,
    ],
)
def test_a_web_address_that_is_not_plain_is_refused_before_anything_is_looked_up(url):
    looked_up = []
    fetch = Fetcher(resolve=lambda host, _port: looked_up.append(host) or [PUBLIC], permitted=lambda _: False)

    refused(fetch, url)

    assert looked_up == []


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "header"),
    [
        ("http://Photos.EXAMPLE", "photos.example", 80, "/", "photos.example"),
        ("https://photos.example./a.jpg?x=1&y=%20#part", "photos.example", 443, "/a.jpg?x=1&y=%20", "photos.example"),
        ("https://photos.example:8443/?q", "photos.example", 8443, "/?q", "photos.example:8443"),
        ("http://bücher.example/ä.jpg", "xn--bcher-kva.example", 80, "/%C3%A4.jpg", "xn--bcher-kva.example"),
        ("http://[2606:2800:21F::1]:8080/", "2606:2800:21f::1", 8080, "/", "[2606:2800:21f::1]:8080"),
        # IDNA folds other scripts' digits and dots, so this is an IPv4 address
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1", 80, "/", "127.0.0.1"),
    ],
)
def test_a_web_address_in_its_parts(url, host, port, target, header):
    address = parse(url)

    assert (address.host, address.port, address.target, address.host_header) == (host, port, target, header)


_URLS = st.one_of(
    st.text(),
    st.builds("{}://{}{}".format, st.sampled_from(["http", "https", "HTTP"]), st.text(), st.text()),
    st.from_regex(r"https?://[^/]*(:[0-9]*)?/.*"),
)


@given(_URLS)
@example("http://photos.example/\x85\u2028")
def test_whatever_is_given_the_request_has_one_plain_line_and_one_plain_host(url):
    try:
        address = parse(url)
    except InvalidRequestError:
        return

    assert address.scheme in {"http", "https"}
    assert address.port in {80, 443, 8080, 8443}
    assert re.fullmatch(r"/[!-~]*", address.target)
    assert re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", address.host)


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://localhost/", "http://localhost./", "http://LOCALHOST:8080/", "http://[::1]/"),
        *("http://[::ffff:127.0.0.1]/", "http://①②⑦.⓪.⓪.①/", "http://169.254.169.254/latest/meta-data/"),
        *("https://10.0.0.1/", "http://[fd00:ec2::254]/", "http://0.0.0.0:8080/"),
    ],
)
def test_the_systems_own_look_up_leads_nowhere_inside(url):
    assert "not on the public internet" in refused(Fetcher(resolve=look_up), url)


def test_one_inner_address_among_a_names_addresses_is_enough_to_refuse_it(site):
    site.pages["/a.jpg"] = file(b"picture")
    addresses = {"photos.example": [LOOPBACK, INSIDE]}
    fetch = fetcher(site, addresses=addresses, permitted=lambda one: str(one) == LOOPBACK)

    assert "'photos.example' is not on the public internet" in refused(fetch, site.url("/a.jpg"))


def test_a_message_never_tells_which_inner_address_a_name_has(site):
    fetch = fetcher(site, addresses={"photos.example": ["10.1.2.3"]}, permitted=is_public)

    assert "10.1.2.3" not in refused(fetch, site.url("/a.jpg"))


# -- connections -----------------------------------------------------------------------------------------------


def test_a_picture_is_fetched_byte_for_byte(site):
    site.pages["/a.jpg?size=big"] = file(bytes(range(256)))

    assert fetcher(site).fetch(site.url("/a.jpg?size=big")) == bytes(range(256))


def test_the_request_names_the_host_and_carries_nothing_of_ours(site, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{free_port()}")
    site.pages["/a.jpg"] = file(b"picture")

    fetcher(site).fetch(site.url("/a.jpg"))

    ((_, headers),) = site.requests
    assert headers["Host"] == f"photos.example:{site.port}"
    assert not {"Cookie", "Authorization", "Referer", "Origin"} & set(headers)


def test_a_name_that_changes_after_the_check_changes_nothing(site):
    """DNS rebinding: the first look-up gives the permitted address, every later one another, unreachable here."""
    looks = []

    def resolve(host, _port):
        looks.append(host)
        return [LOOPBACK] if len(looks) == 1 else ["192.0.2.1"]

    site.pages["/a.jpg"] = file(b"picture")
    fetch = Fetcher(resolve=resolve, permitted=lambda one: str(one) == LOOPBACK, ports=frozenset({site.port}))

    assert fetch.fetch(site.url("/a.jpg", host="rebinding.example")) == b"picture"
    assert looks == ["rebinding.example"]


def test_the_next_address_is_tried_where_one_does_not_answer(site):
    site.pages["/a.jpg"] = file(b"picture")
    fetch = fetcher(site, addresses={"photos.example": ["127.0.0.2", LOOPBACK]})

    assert fetch.fetch(site.url("/a.jpg")) == b"picture"


def test_a_web_site_that_nobody_serves_is_refused(site):
    assert "could not be reached" in refused(
        Fetcher(resolve=lambda *_: [LOOPBACK], permitted=lambda _: True, ports=frozenset({port := free_port()})),
        f"http://photos.example:{port}/",
    )


def test_a_name_without_an_address_is_refused(site):
    def resolve(_host, _port):
        raise OSError("Name or service not known")

    assert "cannot be found" in refused(Fetcher(resolve=resolve), "http://nowhere.example/")
    assert "cannot be found" in refused(Fetcher(resolve=lambda *_: []), "http://nowhere.example/")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(Path(tmp_path_factory.mktemp("tls")) / "certificates")


def secure_fetcher(site, certificates):
    return Fetcher(
        FetchLimits(bytes=1000, seconds=20),
        resolve=lambda *_: [LOOPBACK],
        permitted=lambda _: True,
        ports=frozenset({site.port}),
        tls=ssl.create_default_context(cafile=str(certificates.ca)),
    )


@pytest.fixture
def secure_site(certificates):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.certificate, certificates.key)
    asked = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    site = Site()
    site.asked = asked
    with serving(site, tls) as running:
        yield running


def test_the_certificate_is_checked_against_the_name_and_the_name_is_sent(secure_site, certificates):
    secure_site.pages["/a.jpg"] = file(b"picture")

    assert (
        secure_fetcher(secure_site, certificates).fetch(f"https://localhost:{secure_site.port}/a.jpg") == b"picture"
    )
    assert secure_site.asked == ["localhost"]


def test_a_certificate_of_another_name_is_refused(secure_site, certificates):
    message = refused(secure_fetcher(secure_site, certificates), f"https://photos.example:{secure_site.port}/a.jpg")

    assert "certificate" in message
    assert secure_site.requests == []


# -- redirects -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site, code):
    site.pages |= {"/old": redirect("/new", code), "/new": file(b"picture")}

    assert fetcher(site).fetch(site.url("/old")) == b"picture"


def test_a_redirect_is_looked_up_and_checked_anew(site):
    looked_up = []

    def resolve(host, _port):
        looked_up.append(host)
        return [LOOPBACK]

    site.pages |= {"/old": redirect(site.url("/new", host="other.example")), "/new": file(b"picture")}
    fetch = Fetcher(resolve=resolve, permitted=lambda _: True, ports=frozenset({site.port}))

    fetch.fetch(site.url("/old"))

    assert looked_up == ["photos.example", "other.example"]
    assert [headers["Host"] for _, headers in site.requests] == [
        f"photos.example:{site.port}",
        f"other.example:{site.port}",
    ]


@pytest.mark.parametrize(
    "target",
    [
        *("http://inside.example:{port}/secret", "http://[::1]:{port}/secret", "//inside.example:{port}/secret"),
        *("file:///etc/passwd", "http://127.1:{port}/secret", "http://inside.example:22/", "ftp://photos.example/a"),
        "http://user@photos.example:{port}/secret",
    ],
)
def test_a_redirect_to_the_inside_is_refused(site, target):
    """``photos.example`` is the site; the inside, which listens too, is not permitted, as are all others."""
    site.pages |= {"/a.jpg": redirect(target.format(port=site.port)), "/secret": file(b"secret")}
    addresses = {"photos.example": [LOOPBACK], "inside.example": [INSIDE], "::1": ["::1"]}
    fetch = fetcher(site, addresses=addresses, permitted=lambda one: str(one) == LOOPBACK)

    with serving(site, host=INSIDE, port=site.port):
        refused(fetch, site.url("/a.jpg"))

    assert [path for path, _ in site.requests] == ["/a.jpg"]


def test_three_redirects_are_followed_and_a_fourth_is_not(site):
    site.pages |= {f"/{n}": redirect(f"/{n + 1}") for n in range(4)}
    site.pages["/4"] = file(b"picture")

    assert fetcher(site).fetch(site.url("/1")) == b"picture"
    assert "redirects more than 3 times" in refused(fetcher(site), site.url("/0"))


def test_a_redirect_without_a_target_ends(site):
    site.pages["/a.jpg"] = status(302)

    assert "redirects" in refused(fetcher(site), site.url("/a.jpg"))


# -- limits ----------------------------------------------------------------------------------------------------


def test_a_file_of_exactly_the_limit_is_fetched_and_one_byte_more_is_not(site):
    site.pages |= {"/a": file(bytes(1000)), "/b": file(bytes(1001))}

    assert fetcher(site).fetch(site.url("/a")) == bytes(1000)
    assert "more than 1,000 bytes" in refused(fetcher(site), site.url("/b"))


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(OK + b"\r\n", id="without a length"),
        pytest.param(OK + b"Content-Length: 999999999999\r\n\r\n", id="with a great length"),
    ],
)
def test_an_endless_body_is_cut_off(site, head):
    site.pages["/a"] = raw(site, head, then=bytes(100_000), every=0)

    assert "more than 1,000 bytes" in refused(fetcher(site), site.url("/a"))


def test_an_endless_chunked_body_is_cut_off(site):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    site.pages["/a"] = raw(site, head, then=b"fffff\r\n" + bytes(0xFFFFF) + b"\r\n", every=0)

    assert "more than 1,000 bytes" in refused(fetcher(site), site.url("/a"))


@pytest.mark.parametrize(
    ("head", "drip"),
    [
        pytest.param(b"", b"H", id="status line"),
        pytest.param(OK, b"X-A: 1\r\n", id="headers"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="interim answers"),
        pytest.param(OK + b"Content-Length: 900\r\n\r\n", b".", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n.\r\n", id="chunks"),
        pytest.param(OK + b"Content-Length: 9\r\n\r\n", b"", id="nothing more"),
    ],
)
def test_a_web_site_that_drips_is_given_up(site, head, drip):
    def answer(handler):
        raw(site, head, then=drip, every=0.05)(handler)
        site.released.wait()

    site.pages["/a"] = answer
    fetch = fetcher(site, limits=FetchLimits(bytes=10_000, seconds=0.4))

    assert "within 0.4 seconds" in refused(fetch, site.url("/a"))
    assert not site.released.is_set()


def test_a_look_up_that_hangs_is_given_up(site):
    def resolve(_host, _port):
        site.released.wait()
        return [LOOPBACK]

    fetch = Fetcher(FetchLimits(seconds=0.2), resolve=resolve)

    assert "within 0.2 seconds" in refused(fetch, "http://slow.example/")


def test_slow_web_sites_keep_only_so_many_of_the_servers_threads(site):
    def answer(handler):
        site.released.wait()
        file(b"picture")(handler)

    site.pages |= {"/slow": answer, "/fast": file(b"picture")}
    fetch = fetcher(site, limits=FetchLimits(at_once=2))
    answers = []
    threads = [Thread(target=lambda: answers.append(fetch.fetch(site.url("/slow")))) for _ in range(2)]
    for thread in threads:
        thread.start()
    while len(site.requests) < 2:
        sleep(0.01)

    with pytest.raises(UnavailableError):
        fetch.fetch(site.url("/fast"))

    site.released.set()
    for thread in threads:
        thread.join()
    assert answers == [b"picture", b"picture"]
    assert fetch.fetch(site.url("/fast")) == b"picture"


def test_a_compressed_answer_is_not_unfolded(site):
    site.pages["/a"] = gzip_bomb(100_000)

    assert "compressed" in refused(fetcher(site), site.url("/a"))
    ((_, headers),) = site.requests
    assert headers["Accept-Encoding"] == "identity"


def test_a_body_that_ends_early_is_refused(site):
    site.pages["/a"] = raw(site, OK + b"Content-Length: 900\r\n\r\nhalf")

    assert "broke the connection" in refused(fetcher(site), site.url("/a"))


@pytest.mark.parametrize("code", [201, 206, 400, 401, 404, 500])
def test_an_answer_that_is_no_file_is_refused_with_its_number(site, code):
    site.pages["/a"] = status(code)

    assert f"answered {code}" in refused(fetcher(site), site.url("/a"))


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\xff" * 70_000, b""])
def test_what_is_no_web_server_is_refused(site, answer):
    site.pages["/a"] = raw(site, answer)

    assert "could not be reached, or broke the connection" in refused(fetcher(site), site.url("/a"))
