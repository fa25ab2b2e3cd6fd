"""E-mail, to a real SMTP server in this process."""

import asyncio
import base64
import datetime as dt
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import get_args
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from app import settings as configuration
from app.core import mail
from app.core.mail import (
    CannotBeWritten,
    Mailer,
    MailNotConfigured,
    Message,
    PermanentFailure,
    TemporaryFailure,
)
from app.settings import Settings, SettingsError
from app.web.dependencies import MailReady
from tests.working import Mailbox

pytestmark = pytest.mark.anyio
SENDER = "Alongside <coach@alongside.example>"
SETTINGS = Settings(public_url="https://alongside.example", mail_from=SENDER)
ID = UUID(int=7)
TEXT = "Dear Zoë,\n\nwe meet on Monday.\nBring <the plan> & a pen.\n\nLena"


def message(**changes):
    fields = {
        "id": ID,
        "to_name": "Zoë Nuñez",
        "to_address": "zoe@school.example",
        "reply_to_name": "Lena Ødegård",
        "reply_to_address": "lena@school.example",
        "subject": "Änderung: 1:1 on Monday",
        "text": TEXT,
    }
    return Message(**(fields | changes))


class Server:
    """What an SMTP server took, and the replies it gives instead when told to."""

    def __init__(self):
        self.taken, self.replies, self.logins, self.encrypted = [], {}, [], []
        #: a letter waits for this before it is taken; `asked` says that it waits
        self.slow, self.asked = None, asyncio.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "rcpt" not in self.replies:
            envelope.rcpt_tos.append(address)
        return self.replies.get("rcpt", "250 OK")

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.replies.get("mail", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        self.asked.set()
        if self.slow is not None:
            await self.slow.wait()
        if "data" not in self.replies:
            self.taken.append(envelope)
            self.encrypted.append(session.ssl is not None)
        return self.replies.get("data", "250 OK")

    def check(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)

    @property
    def messages(self):
        return [message_from_bytes(e.content, policy=policy.default) for e in self.taken]


@asynccontextmanager
async def serving(**options):
    """A server on a port of its own: what it takes, and where it is."""
    loop, handler = asyncio.get_running_loop(), Server()

    def protocol():
        return SMTP(
            handler, hostname="mail.example", loop=loop, authenticator=handler.check, **options
        )

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    try:
        yield handler, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def mailer_to(port, *, user="", tls=None, host="127.0.0.1"):
    return Mailer(replace(SETTINGS, mail_url=f"smtp://{user}{host}:{port}"), tls)


class Page(HTMLParser):
    """The tags of a page, and the words of its paragraphs."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.paragraphs = [], {}, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes[tag] = dict(attrs)
        if tag == "p":
            self.paragraphs.append("")

    def handle_data(self, data):
        if "p" in self.tags and data.strip():
            self.paragraphs[-1] += data


async def test_a_message_arrives_as_text_and_as_accessible_html(ticking):
    async with serving() as (server, port):
        await mailer_to(port).send(message())
        await mailer_to(port).send(message())
    first, again = server.messages
    assert first["Message-ID"] == again["Message-ID"] == f"<{ID}@alongside.example>"
    assert first["From"] == SENDER
    (to,) = first["To"].addresses
    assert (to.display_name, to.addr_spec) == ("Zoë Nuñez", "zoe@school.example")
    (reply_to,) = first["Reply-To"].addresses
    assert (reply_to.display_name, reply_to.addr_spec) == ("Lena Ødegård", "lena@school.example")
    assert first["Subject"] == "Änderung: 1:1 on Monday"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime.date() == ticking.now().date()
    assert first.get_content_type() == "multipart/alternative"
    text, page = first.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().split("\r\n") == [*TEXT.split("\n"), ""]
    assert text.get_content_charset() == page.get_content_charset() == "utf-8"
    read = Page(page.get_content())
    assert read.attributes["html"] == {"lang": "en"}
    assert read.tags.count("h1") == read.tags.count("title") == 1
    assert not {"img", "script", "link", "table", "style"} & set(read.tags)
    paragraphs = [" ".join(words.split()) for words in read.paragraphs]
    assert paragraphs == [" ".join(part.split()) for part in TEXT.split("\n\n")]
    assert "&lt;the plan&gt; &amp; a pen" in page.get_content()
    (envelope, _) = server.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "coach@alongside.example",
        ["zoe@school.example"],
    )
    envelope.content.decode("ascii")  # every server takes it


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Hello\r\nBcc: all@district.example"},
        {"subject": "Hello\nBcc: all@district.example"},
        {"subject": "Hello\u2028there"},
        {"to_name": "Zoë\rBcc: all@district.example"},
        {"reply_to_name": "Lena\nBcc: all@district.example"},
        {"to_address": "zoe@school.example\nBcc: all@district.example"},
        {"to_address": "zoe@school.example, all@district.example"},
        {"to_address": "Zoë <zoe@school.example>"},
        {"to_address": "zoe"},
        {"to_address": ""},
        {"reply_to_address": "lena@"},
        {"to_address": "=?utf-8?q?a=0D=0ABcc?=@school.example"},
    ],
)
async def test_a_header_is_one_line_and_an_address_one_address(wrong):
    with pytest.raises(ValueError, match=r"^(a mail header is one line|not an e-mail address)"):
        message(**wrong)


#: what a mail library decodes in a header, and what then would stand there
_SMUGGLED = (
    "Hi\r\nReply-To: evil@example.org\r\n\r\n<h1>x</h1>",
    "\r\nBcc: all@district.example",
    "\n\n<h1>x</h1>",
    "a@b.example, evil@example.org",
    '"<evil@example.org>',
)


def encoded_words(text):
    """Ways to write these words so that their line ends do not look like line ends."""
    quoted = "".join(f"={byte:02X}" for byte in text.encode())
    based = base64.b64encode(text.encode()).decode()
    yield f"=?utf-8?Q?{quoted}?="
    yield f"=?UTF-8?q?{quoted}?="
    yield f"=?utf-8?B?{based}?="
    yield f"=?us-ascii*en?b?{based.rstrip('=')}?="
    seven = text.encode("utf-7").decode().replace("?", "=3F").replace(" ", "_")
    yield f"=?utf-7?Q?{seven}?=".replace("\r", "+AA0-").replace("\n", "+AAo-")
    escaped = text.encode("unicode_escape").decode().replace(" ", "_").replace("?", "=3F")
    yield f"=?unicode_escape?Q?{escaped}?="
    yield f"=?raw_unicode_escape?Q?{escaped}?="
    yield f"=?utf-8?Q?a?= =?utf-8?Q?{quoted}?="
    yield f"Hello =?utf-8?Q?{quoted}"


PAYLOADS = [word for text in _SMUGGLED for word in encoded_words(text)]


def alone(content, name, subject):
    """A message has the headers of every message, each once, and they say what was asked for."""
    read = message_from_bytes(content, policy=policy.default)
    assert sorted(read.keys()) == sorted(
        (
            *("Message-ID", "Date", "From", "To", "Reply-To", "Subject", "Auto-Submitted"),
            *("Content-Language", "MIME-Version", "Content-Type"),
        )
    )
    assert read["Subject"] == subject
    plain = message_from_bytes(content)
    for header, address in (
        ("To", "zoe@school.example"),
        ("Reply-To", "lena@school.example"),
        ("From", "coach@alongside.example"),
    ):
        assert [found.addr_spec for found in read[header].addresses] == [address]
        # the newer parser puts a space between two encoded words of a name
        ((found, _),) = getaddresses([plain[header]])
        assert str(make_header(decode_header(found))) == name
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_encoded_words_that_somebody_typed_stay_what_was_typed(payload, tmp_path):
    typed = message(to_name=payload, reply_to_name=payload, from_name=payload, subject=payload)
    box = Mailbox(SETTINGS, tmp_path)
    await box.mailer.send(typed)
    (read,) = box.messages
    (written,) = box.folder.iterdir()
    alone(written.read_bytes(), payload, payload)
    text, _page = read.iter_parts()
    assert text.get_content().splitlines() == TEXT.split("\n")


async def test_they_arrive_at_a_mail_server_as_they_were_typed():
    async with serving() as (server, port):
        for payload in PAYLOADS[::9]:
            await mailer_to(port).send(
                message(to_name=payload, reply_to_name=payload, from_name=payload, subject=payload)
            )
        for payload, envelope in zip(PAYLOADS[::9], server.taken, strict=True):
            alone(envelope.content, payload, payload)
        assert {tuple(envelope.rcpt_tos) for envelope in server.taken} == {("zoe@school.example",)}
        assert all(len(line) <= 78 for e in server.taken for line in e.content.splitlines())


_PRINTING = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
_NAMES = st.one_of(
    st.text(_PRINTING, max_size=200),
    st.text('aé ,;:<>@"()\\\\=?_', max_size=200),
    st.lists(st.sampled_from([*PAYLOADS, " ", "é", '"', "\\\\", "?=", "=?"]), max_size=4).map(
        "".join
    ),
    st.builds(
        "=?{}?{}?{}?={}".format,
        st.sampled_from(["utf-8", "utf-7", "utf-16", "unicode_escape", "idna", "rot13", "", "x*y"]),
        st.sampled_from("QqBbXé"),
        st.text("=0DA?_\\\\rnuéB+-/ ", max_size=80),
        st.text(_PRINTING, max_size=5),
    ),
)


def _nothing_else(name):
    sender = Mailer(SETTINGS)._from
    content = Mailer(SETTINGS)._compose(
        message(to_name=name, reply_to_name=name, from_name=name, subject=name), sender
    )
    head, _, body = content.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if line[:1] != b" "]
    assert len(lines) == 10
    assert {len(line) <= 76 for line in head.split(b"\r\n")} == {True}
    assert body.startswith(b"--")
    head.decode("ascii")
    for reads in (policy.default, policy.compat32):
        read = message_from_bytes(content, policy=reads)
        assert len(read.keys()) == len(set(read.keys())) == 10
    subject = str(make_header(decode_header(message_from_bytes(content)["Subject"] or "")))
    assert subject == name


@settings(max_examples=100, deadline=None)
@given(_NAMES)
def test_no_name_or_subject_makes_another_header_or_recipient(name):
    _nothing_else(name)


@pytest.mark.large
@settings(max_examples=20_000, deadline=None)
@given(_NAMES)
def test_no_name_or_subject_of_many_makes_another_header_or_recipient(name):
    _nothing_else(name)


@pytest.mark.parametrize(
    "wrong", [{"text": "a\ud800"}, {"language": "en: x"}, {"language": "de, évil"}]
)
async def test_what_cannot_be_written_is_a_failure_of_its_own_and_quotes_nothing(wrong, tmp_path):
    box = Mailbox(SETTINGS, tmp_path)
    with pytest.raises(CannotBeWritten, match=r"^$") as refused:
        await box.mailer.send(message(**wrong))
    assert refused.value.__cause__ is refused.value.__context__ is None
    assert box.messages == []


async def test_what_does_not_read_as_it_was_meant_is_not_sent(monkeypatch, tmp_path):
    box = Mailbox(SETTINGS, tmp_path)
    monkeypatch.setattr(mail, "_encoded", lambda words: f"{words}\r\nBcc: all@district.example")
    with pytest.raises(CannotBeWritten):
        await box.mailer.send(message())
    monkeypatch.setattr(mail, "_encoded", lambda words: f"{words}!")
    with pytest.raises(CannotBeWritten):
        await box.mailer.send(message())
    assert box.messages == []


@pytest.mark.parametrize(
    ("step", "reply", "code"),
    [
        ("rcpt", "550 no such mailbox zoe@school.example", 550),
        ("data", "554 looks like spam", 554),
        ("rcpt", "451 try later, zoe@school.example", None),
        ("data", "452 full", None),
        ("mail", "550 this sender may not", None),  # ours to put right, not the recipient's fault
    ],
)
async def test_a_refusal_is_permanent_or_temporary_and_keeps_no_words(step, reply, code):
    async with serving() as (server, port):
        server.replies[step] = reply
        with pytest.raises(PermanentFailure if code else TemporaryFailure) as refused:
            await mailer_to(port).send(message())
    assert server.taken == []
    assert str(refused.value) == (str(code) if code else f"refused_{reply[:3]}")
    assert refused.value.__cause__ is refused.value.__context__ is None


async def test_a_server_that_is_away_or_silent_is_temporary(monkeypatch):
    async with serving() as (_, port):
        pass
    with pytest.raises(TemporaryFailure, match=r"^no_connection$"):
        await mailer_to(port).send(message())

    monkeypatch.setattr(mail, "STEP_SECONDS", 0.1)
    closed = asyncio.Event()

    async def silent(_reader, writer):
        await closed.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    with pytest.raises(TemporaryFailure, match=r"^timeout$"):
        await mailer_to(server.sockets[0].getsockname()[1]).send(message())
    closed.set()
    server.close()
    await server.wait_closed()
    with pytest.raises(TemporaryFailure, match=r"^not_configured$"):
        await Mailer(Settings()).send(message())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server's TLS with a certificate of its own for localhost, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, *plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=file)


async def test_a_login_goes_over_tls_to_a_server_that_proves_itself(certificate):
    server_tls, trusting = certificate
    async with serving(tls_context=server_tls, auth_required=True) as (server, port):
        user = "alongside:p%40ss%2Fword@"
        await mailer_to(port, user=user, host="localhost", tls=trusting).send(message())
        assert server.encrypted == [True]
        assert server.logins == [(b"alongside", b"p@ss/word")]
        with pytest.raises(TemporaryFailure, match=r"^no_connection$"):  # nobody vouches for it
            await mailer_to(port, user=user, host="localhost").send(message())
        with pytest.raises(TemporaryFailure, match=r"^refused_535$") as refused:
            await mailer_to(port, user="alongside:wrong@", host="localhost", tls=trusting).send(
                message()
            )
        assert "wrong" not in repr(refused.value)
        assert len(server.taken) == 1


async def test_a_folder_gets_a_file_a_message(tmp_path):
    box = Mailbox(SETTINGS, tmp_path / "mail box")
    await box.mailer.send(message())
    await box.mailer.send(message())
    (written,) = box.messages
    assert written["Message-ID"] == f"<{ID}@alongside.example>"
    assert [file.name for file in box.folder.iterdir()] == [f"{ID}.eml"]
    (tmp_path / "file").touch()
    with pytest.raises(TemporaryFailure, match=r"^not_written$"):
        await Mailbox(SETTINGS, tmp_path / "file").mailer.send(message())


def test_settings_say_in_one_line_what_is_wrong_and_never_the_password():
    good = {"MAIL_URL": "smtp://me:hunter2@mail.example:587", "MAIL_FROM": SENDER}
    read = configuration.load(good)
    assert (read.mail_url, read.mail_from) == (good["MAIL_URL"], SENDER)
    assert "hunter2" not in repr(read)
    assert Mailer(read).configured
    assert not Mailer(configuration.load({})).configured
    for wrong, named in (
        ({"MAIL_URL": ""}, "MAIL_URL"),
        ({"MAIL_FROM": ""}, "MAIL_FROM"),
        ({"MAIL_URL": "mailto:hunter2"}, "MAIL_URL"),
        ({"MAIL_URL": "smtp://me:hunter2"}, "MAIL_URL"),
        ({"MAIL_URL": "smtp://me:hunter2/@mail.example"}, "MAIL_URL"),
        ({"MAIL_URL": "smtp://me@mail.example:587?password=hunter2"}, "MAIL_URL"),
        ({"MAIL_URL": "smtp:///"}, "MAIL_URL"),
        ({"MAIL_URL": "file://relative/mail"}, "MAIL_URL"),
        ({"MAIL_FROM": "Alongside"}, "MAIL_FROM"),
        ({"MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "MAIL_FROM"),
    ):
        with pytest.raises(SettingsError) as refused:
            configuration.load(good | wrong)
        assert named in str(refused.value)
        assert "hunter2" not in str(refused.value)
        assert "\n" not in str(refused.value)


async def test_a_route_can_ask_whether_mail_is_ready(app, tmp_path):
    ready = get_args(MailReady)[1].dependency
    request = type("Request", (), {"app": app})
    assert await ready(request) is False
    before, app.state.mailer = app.state.mailer, Mailbox(SETTINGS, tmp_path).mailer
    assert await ready(request) is True
    app.state.mailer = before
    assert (MailNotConfigured.status, MailNotConfigured.code) == (409, "mail_not_configured")
