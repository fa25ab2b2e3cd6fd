"""Nothing on the inside is reached, however an address is written and whatever a name becomes."""

import asyncio
import datetime as dt
import ssl
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app import settings as configuration
from app.core import outside
from app.settings import SettingsError, allowed_outside
from tests.webhooks.receiver import receiving

pytestmark = pytest.mark.anyio
LOOPBACK = allowed_outside("127.0.0.1")
INNER = (  # noqa: SIM905 - forty words are read more easily in lines
    "127.0.0.1 127.9.9.9 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 169.254.170.2"
    " 100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1"
    " 203.0.113.1 192.88.99.1 224.0.0.1 240.0.0.1 255.255.255.255"
    " :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b:1::a00:1"
    " 2002:7f00:1:: 2002:a9fe:a9fe::1 2001:0:1::1 2001:db8::1 3fff::1 fe80::1 fc00::1"
    " fd00:ec2::254 fec0::1 ff02::1 100::1 5f00::1 2606:4700::5efe:7f00:1"
).split()
REFUSED = (
    *(f"https://[{word}]/" if ":" in word else f"https://{word}/" for word in INNER),
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://127.0.0.1./",
    "https://127.0.0.1:8443/",
    "https://１２７.0.0.1/",  # noqa: RUF001 - full-width digits, which some read as digits
    "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/",
    "https://[fe80::1%25eth0]/",
    "https://[::ffff:7f00:1]:443/x",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://a.localhost/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://warehouse/",
    "http://hooks.example.org/",
    "ftp://hooks.example.org/",
    "//hooks.example.org/",
    "hooks.example.org",
    "https:///x",
    "https://user@hooks.example.org/",
    "https://user:word@hooks.example.org/",
    "https://@hooks.example.org/",
    "https://hooks.example.org/#part",
    "https://hooks.example.org:22/",
    "https://hooks.example.org:80/",
    "https://hooks.example.org:0/",
    "https://hooks.example.org:99999/",
    "https://hooks.example.org\\@127.0.0.1/",
    "https://hooks.example.org/\n",
    "https://hooks.exa\tmple.org/",
    "https://hooks.example.org/ x",
    "https://hooks..example.org/",
    "https://under_score.example.org/",
    "https://hooks.example.org/ü",
    "https://[::1/",
    f"https://hooks.example.org/{'x' * 2000}",
)


def saying(*answers):
    """A name service that gives each answer once, and the last for ever; and what it was asked."""
    asked = []

    async def resolver(host, port):
        asked.append(host)
        return list(answers[min(len(asked), len(answers)) - 1])

    return resolver, asked


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_not_a_public_one_is_refused(url):
    with pytest.raises(outside.Refused) as refused:
        outside.check_url(url)
    assert url not in refused.value.reason


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://hooks.example.org/x?a=b", "hooks.example.org", 443),
        ("https://HOOKS.example.org.:8443", "hooks.example.org", 8443),
        ("https://bücher.example/", "xn--bcher-kva.example", 443),
        ("https://1.1.1.1/", "1.1.1.1", 443),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443),
        ("https://[64:ff9b::101:101]/", "64:ff9b::101:101", 443),
    ],
)
def test_a_public_one_may_be_saved(url, host, port):
    target = outside.check_url(url)
    assert (target.host, target.port) == (host, port)


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1"])
async def test_a_name_that_the_operator_wrote_leads_to_no_credentials_of_clouds(address):
    allowed = allowed_outside("sis.district.example")
    url = "https://sis.district.example/"
    await outside.check_host(url, allowed=allowed, resolver=saying(["::ffff:10.0.0.1"])[0])
    with pytest.raises(outside.Refused):
        await outside.check_host(url, allowed=allowed, resolver=saying([address])[0])


async def test_a_name_that_leads_inside_is_refused_when_saved_and_when_sent():
    for address in INNER:
        assert not outside.is_outside(ip_address(address)), address
        resolver, _ = saying(["93.184.216.34", address])
        with pytest.raises(outside.Refused):
            await outside.check_host("https://hooks.example.org/", resolver=resolver)
    for answers in (["127.0.0.1"], ["fe80::1%eth0"], ["2606:4700::1111", "::ffff:10.0.0.1"]):
        async with outside.client(resolver=saying(answers)[0]) as http:
            with pytest.raises(outside.Refused):
                await http.request("POST", "https://hooks.example.org/", content=b"{}")

    async def nobody(host, port):
        raise OSError

    await outside.check_host("https://hooks.example.org/", resolver=nobody)
    async with outside.client(resolver=nobody) as http:
        with pytest.raises(outside.Unreachable) as gone:
            await http.request("GET", "https://hooks.example.org/")
    assert gone.value.kind == "dns"


async def test_a_name_that_changes_its_mind_reaches_what_was_checked_or_nothing():
    resolver, asked = saying(["93.184.216.34"], ["127.0.0.1"])
    async with receiving() as receiver:
        url = f"https://hooks.example.org:{receiver.port}/"
        await outside.check_host(url, resolver=resolver)  # it was public when it was saved
        async with outside.client(resolver=resolver) as http:
            with pytest.raises(outside.Refused):
                await http.request("POST", url, content=b"{}")
        assert receiver.taken == []
        # looked up once, then the connection goes to that address: the next answer changes nothing
        resolver, asked = saying(["127.0.0.1"], ["169.254.169.254"])
        async with outside.client(allowed=LOOPBACK, resolver=resolver) as http:
            url = f"http://hooks.example.org:{receiver.port}/a%20b?c=d"
            answer = await http.request("POST", url, content=b"{}")
            assert (answer.status, asked) == (204, ["hooks.example.org"])
            (request,) = receiver.taken
            assert request.headers["host"] == f"hooks.example.org:{receiver.port}"
            assert (request.method, request.path) == ("POST", "/a%20b?c=d")
            with pytest.raises(outside.Refused):  # a kept connection is no way round the check
                await http.request("POST", url, content=b"{}")
        assert len(receiver.taken) == 1


async def test_redirects_cookies_and_proxies_lead_nowhere(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    async with (
        receiving() as receiver,
        outside.client(allowed=LOOPBACK) as http,
    ):
        for target in ("http://169.254.169.254/latest/meta-data/", f"{receiver.url}/other"):
            headers = {"location": target, "set-cookie": "a=b; Path=/"}
            receiver.answer = (302, headers, b"")
            answer = await http.request("GET", f"{receiver.url}/first", max_bytes=10)
            assert (answer.status, answer.headers["Location"]) == (302, target)
        assert [request.path for request in receiver.taken] == ["/first", "/first"]
        assert all("cookie" not in request.headers for request in receiver.taken)


async def test_an_answer_is_taken_within_limits():
    async with (
        receiving() as receiver,
        outside.client(
            allowed=LOOPBACK, timeout=outside.Timeout(connect=1, read=0.2, total=0.4)
        ) as http,
    ):

        async def kind(**options):
            with pytest.raises(outside.Unreachable) as failed:
                await http.request("GET", receiver.url, **options)
            return failed.value.kind

        receiver.answer = (200, {}, b"x" * 100)
        assert (await http.request("GET", receiver.url, max_bytes=100)).body == b"x" * 100
        assert (await http.request("GET", receiver.url)).body == b""
        # a small answer can unpack to an endless one, so none is asked for
        assert receiver.taken[-1].headers["accept-encoding"] == "identity"
        assert await kind(max_bytes=99) == "too_large"
        receiver.answer = (200, {"content-encoding": "gzip"}, b"x")
        assert await kind(max_bytes=10) == "protocol"
        receiver.answer = b"220 mail.example ESMTP\r\n"
        assert await kind() == "protocol"
        receiver.answer = b"HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\nx"
        assert await kind(max_bytes=10) == "protocol"

        async def never(_request):
            await asyncio.sleep(30)

        receiver.answer = never
        assert await kind() == "timeout"
        port = receiver.port
        receiver.port = 1
        with pytest.raises(outside.Unreachable) as failed:
            await http.request("GET", "http://127.0.0.1:1/")
        assert failed.value.kind == "connect"
        receiver.port = port


async def test_the_next_address_is_tried_when_the_first_takes_no_connection():
    allowed = allowed_outside("127.0.0.0/8")
    async with receiving() as receiver:
        resolver, _ = saying(["127.0.0.9", "127.0.0.1"])
        async with outside.client(allowed=allowed, resolver=resolver) as http:
            url = f"http://hooks.example.org:{receiver.port}/"
            assert (await http.request("GET", url)).status == 204


async def test_what_one_address_took_is_sent_to_no_other():
    """It may have been done there already; only where nothing was sent another is tried."""
    async with receiving() as receiver:
        receiver.answer = b"220 mail.example ESMTP\r\n"
        resolver, _ = saying(["127.0.0.1", "127.0.0.1"])
        async with outside.client(allowed=LOOPBACK, resolver=resolver) as http:
            with pytest.raises(outside.Unreachable) as failed:
                await http.request("POST", f"http://hooks.example.org:{receiver.port}/")
        assert failed.value.kind == "protocol"
        assert len(receiver.taken) == 1


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server's TLS for receiver.example, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("receiver.example")]), False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, *plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=file)


async def test_the_certificate_must_be_the_names_though_the_address_is_pinned(tls, monkeypatch):
    server, trusting = tls
    resolver, _ = saying(["127.0.0.1"])

    async def send(host):
        async with outside.client(allowed=LOOPBACK, resolver=resolver) as http:
            return await http.request("GET", f"https://{host}:{receiver.port}/")

    async with receiving(server) as receiver:
        with pytest.raises(outside.Unreachable) as failed:  # nobody vouches for it
            await send("receiver.example")
        assert failed.value.kind == "tls"
        monkeypatch.setattr(outside, "_trust", lambda: trusting)
        assert (await send("receiver.example")).status == 204
        with pytest.raises(outside.Unreachable) as failed:
            await send("other.example")
        assert failed.value.kind == "tls"
        assert len(receiver.taken) == 1


async def test_what_the_operator_allows_is_reached_and_nothing_beside_it():
    allowed = allowed_outside("10.1.0.0/16:8080, [fd00::]/8, sis.lan:*")
    for good in (
        "http://10.1.2.3:8080/",
        "http://[fd12::1]/",
        "http://sis.lan:81/",
        "http://[::ffff:10.1.2.3]:8080/",
    ):
        outside.check_url(good, allowed=allowed)
    for bad in (
        "http://10.1.2.3/",
        "https://10.2.0.1/",
        "http://1.1.1.1/",
        "http://other.lan/",
        "https://169.254.169.254/",
    ):
        with pytest.raises(outside.Refused):
            outside.check_url(bad, allowed=allowed)
    for answers, url in (
        (["93.184.216.34"], "http://hooks.example.org/"),  # a public one stays https
        (["10.1.0.1"], "http://hooks.example.org/"),  # the port is another
        (["169.254.169.254"], "http://sis.lan/"),  # a name is no way to a cloud's credentials
    ):
        async with outside.client(allowed=allowed, resolver=saying(answers)[0]) as http:
            with pytest.raises(outside.Refused):
                await http.request("GET", url)
    for words in ("10.1.0.1/8", "*", "sis.lan/8", "a b", "10.0.0.0/8:0", "1.2.3", "http://a.b"):
        with pytest.raises(SettingsError, match="OUTSIDE_ALLOWED"):
            configuration.load({"OUTSIDE_ALLOWED": words})
