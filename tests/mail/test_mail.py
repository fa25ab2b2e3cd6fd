"""E-mail, to a real SMTP server in this process."""

import asyncio
import datetime as dt
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
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
from app.core.mail import Mailer, MailNotConfigured, Message, PermanentFailure, TemporaryFailure
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

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "rcpt" not in self.replies:
            envelope.rcpt_tos.append(address)
        return self.replies.get("rcpt", "250 OK")

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.replies.get("mail", "250 OK")

    async def handle_DATA(self, server, session, envelope):
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
    ],
)
async def test_a_header_is_one_line_and_an_address_one_address(wrong):
    with pytest.raises(ValueError, match=r"^(a mail header is one line|not an e-mail address)"):
        message(**wrong)


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
    | st.text('aé ,;:<>@"()\\\\=?', max_size=200)
)
def test_no_name_or_subject_makes_another_header_or_recipient(name):
    made = Mailer(SETTINGS)._compose(
        message(to_name=name, reply_to_name=name, subject=name), Mailer(SETTINGS)._from
    )
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert sorted(read.keys()) == sorted(made.keys())
    for header, address in (("To", "zoe@school.example"), ("Reply-To", "lena@school.example")):
        assert [a.addr_spec for a in read[header].addresses] == [address]


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
