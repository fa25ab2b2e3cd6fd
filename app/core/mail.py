"""E-mail: one message to one person, as plain text and HTML, by SMTP or into a folder.

What a person reads is the plain text; the HTML has the same words in the same paragraphs. Nothing a
mail server says is kept: its words may repeat an address.
"""

import asyncio
import base64
import os
import re
import ssl
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import compat32
from email.utils import format_datetime, getaddresses, parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

import aiosmtplib
from jinja2 import Environment, PackageLoader, StrictUndefined

from app.core import clock
from app.core.errors import Conflict
from app.settings import Settings

#: seconds for one step of the conversation with a mail server, and for all of it
STEP_SECONDS = 10.0
ALL_SECONDS = 40.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: nothing in a header but printable characters: a line end begins the next header
_NOT_A_HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
#: words that stand in a header as they are: short, of ASCII, with single spaces between
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_PLAIN_LONGEST = 60
#: how an encoded word begins (RFC 2047): whoever reads a header decodes what stands there
_ENCODED = "=?"
#: bytes of an encoded word, so that it and its line stay under 76 characters
_A_WORD = 39
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
#: 7 bit: every mail server takes it
_POLICY = SMTP_POLICY.clone(cte_type="7bit")
_templates = Environment(
    loader=PackageLoader("app.core"), autoescape=True, undefined=StrictUndefined
)


def one_line(words: str) -> str:
    """The words as a header can hold them: what does not print, line ends too, becomes a space."""
    return " ".join(_NOT_A_HEADER.sub(" ", words).split())


class MailNotConfigured(Conflict):
    """This installation has no way to send e-mail."""

    code, title = "mail_not_configured", "E-mail is not set up here"
    next_step = "Ask whoever runs this installation to set MAIL_URL and MAIL_FROM."


class MailFailure(Exception):
    """A message was not taken."""


class TemporaryFailure(MailFailure):
    """It may work later: no connection, no answer in time, a 4xx reply, or a server that does not
    take us at all, which its operator or ours puts right. `reason` is a word of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PermanentFailure(MailFailure):
    """It will not work: the server refuses this recipient or this message (5xx)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class CannotBeWritten(MailFailure):
    """These words cannot be made into a message that says them and nothing else. It carries
    nothing of them, and trying again changes nothing."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. ValueError when a header would hold a line end or an address is none."""

    #: the same for each try: makes the Message-ID, by which a mailbox knows a repetition
    id: UUID
    to_address: str
    subject: str
    #: paragraphs, with an empty line between them
    text: str
    to_name: str = ""
    #: whose name stands before the address of MAIL_FROM, in place of the name there
    from_name: str = ""
    #: who gets the answer; without it answers go to MAIL_FROM
    reply_to_address: str | None = None
    reply_to_name: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        headers = (self.to_name, self.from_name, self.subject, self.reply_to_name, self.language)
        for header in headers:
            if _NOT_A_HEADER.search(header):
                raise ValueError("a mail header is one line of printable characters")
        for address in (self.to_address, self.reply_to_address):
            if address is not None:
                _address("", address)


def _address(name: str, address: str) -> Address:
    # whoever reads a header may decode what looks like an encoded word, also in an address
    if _NOT_A_HEADER.search(address) or " " in address or _ENCODED in address:
        raise ValueError("not an e-mail address")
    try:
        made = Address(name, addr_spec=address)
    except Exception:  # the parser raises IndexError and others; all of them quote the address
        made = Address()
    if not made.username or not made.domain:
        raise ValueError("not an e-mail address")
    return made


class Mailer:
    """Sends messages as MAIL_URL says. Keeps no connection: messages are few and far between."""

    def __init__(self, settings: Settings, tls: ssl.SSLContext | None = None) -> None:
        """`tls` decides whom to trust; the system's authorities by default."""
        self._url = urlsplit(settings.mail_url) if settings.mail_url else None
        self._from = _address(*parseaddr(settings.mail_from)) if settings.mail_from else None
        self._host = urlsplit(settings.public_url).hostname
        self._tls = tls
        #: where people open their front end, for words that send them there
        self.app_url = settings.app_url or settings.public_url

    @property
    def configured(self) -> bool:
        """Whether there is a way to send."""
        return self._url is not None and self._from is not None

    async def send(self, message: Message) -> None:
        """Hand one message over. Raises TemporaryFailure, PermanentFailure or CannotBeWritten."""
        if self._url is None or self._from is None:
            raise TemporaryFailure("not_configured")
        content = self._compose(message, self._from)
        if self._url.scheme == "file":
            folder = Path(unquote(self._url.path))
            try:
                await asyncio.to_thread(_write, folder, f"{message.id}.eml", content)
            except OSError as exc:
                raise TemporaryFailure("not_written") from exc
            return
        await _deliver(self._url, self._tls, self._from.addr_spec, message.to_address, content)

    def _compose(self, message: Message, sender: Address) -> bytes:
        """The message as it goes out, read again before anybody gets it. Raises CannotBeWritten."""
        try:
            domain = self._host if self._host and "." in self._host else sender.domain
            content = _composed(message, sender, domain)
            sound = _says(content, message, sender)
        except Exception:  # the library's errors are of many kinds, and quote what they read
            sound = False
        if not sound:  # outside the handler: the cause has the words, and must not travel along
            raise CannotBeWritten
        return content


#: the headers of a message, each once; `Reply-To` where somebody else gets the answer
_HEADERS = (
    "Message-ID",
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
)


def _composed(message: Message, sender: Address, domain: str) -> bytes:
    """The bytes of a message. Its headers are written here and not by the library, which decodes
    encoded words in what it is given and writes the line ends that it finds in them."""
    if not _LANGUAGE.fullmatch(message.language):
        raise ValueError("not a language")
    headers = {
        "Message-ID": f"<{message.id}@{domain}>",
        "Date": format_datetime(clock.now()),
        "From": _mailbox(message.from_name or sender.display_name, sender.addr_spec),
        "To": _mailbox(message.to_name, message.to_address),
        "Subject": _encoded(message.subject),
        # no "I am away" answers to it (RFC 3834)
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }
    if reply_to := _reply_to(message):
        headers["Reply-To"] = _mailbox(*reply_to)
    text = message.text.replace("\r\n", "\n").strip() + "\n"
    body = EmailMessage(policy=_POLICY)
    body.set_content(text)
    body.add_alternative(html_of(message.subject, text, message.language), subtype="html")
    written = [f"{name}: {headers[name]}\r\n" for name in _HEADERS if name in headers]
    return "".join(written).encode() + body.as_bytes()


def _reply_to(message: Message) -> tuple[str, str] | None:
    """Who gets the answer. An address beyond ASCII stands only in a message whose receiver has such
    a one too: other servers take no such header, and the letter matters more than its answer."""
    address = message.reply_to_address
    if not address or not (address.isascii() or not message.to_address.isascii()):
        return None
    return message.reply_to_name, address


def _mailbox(name: str, address: str) -> str:
    """A name and an address in the form of a header."""
    if not name:
        return address
    if _is_plain(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        word = name if re.fullmatch(r"[A-Za-z0-9 ]+", name) else f'"{escaped}"'
        return f"{word}\r\n <{address}>" if len(word) + len(address) > 60 else f"{word} <{address}>"
    return f"{_encoded(name)}\r\n <{address}>"


def _is_plain(words: str) -> bool:
    return (
        len(words) <= _PLAIN_LONGEST
        and _ENCODED not in words
        and _PLAIN.fullmatch(words) is not None
    )


def _encoded(words: str) -> str:
    """Words in the form of a header: as they are where that is safe, else as encoded words of
    base64, which decode to exactly these words however they look."""
    if not words or _is_plain(words):
        return words
    parts, part = [], b""
    for letter in words:  # a letter is never cut in two
        piece = letter.encode()
        if len(part) + len(piece) > _A_WORD:
            parts.append(part)
            part = b""
        part += piece
    parts.append(part)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(part).decode()}?=" for part in parts)


def _says(content: bytes, message: Message, sender: Address) -> bool:
    """Whether a reader finds these headers, each once, and in them these words."""
    head, _, _body = content.partition(b"\r\n\r\n")
    read = message_from_bytes(content, policy=compat32)
    reply_to = _reply_to(message)
    expected = [name for name in _HEADERS if name != "Reply-To" or reply_to]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    if read.keys() != expected or names != [name.encode() for name in expected]:
        return False
    # as text, for what compat32 makes of bytes beyond ASCII is no text
    plain = dict(message_from_string(head.decode(), policy=compat32).items())
    boxes = [("From", message.from_name or sender.display_name, sender.addr_spec)]
    boxes += [("To", message.to_name, message.to_address)]
    boxes += [("Reply-To", *reply_to)] if reply_to else []
    return _decoded(plain["Subject"]) == message.subject and all(
        [(_decoded(name), address) for name, address in getaddresses([plain[header]])]
        == [(expected_name, expected_address)]
        for header, expected_name, expected_address in boxes
    )


def _decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def html_of(subject: str, text: str, language: str = "en") -> str:
    """The page that says the same as the plain text, in the same paragraphs."""
    paragraphs = [part.strip("\n").split("\n") for part in re.split(r"\n\s*\n", text.strip())]
    return _templates.get_template("message.html").render(
        subject=subject, language=language, paragraphs=paragraphs
    )


def _write(folder: Path, name: str, content: bytes) -> None:
    """The file whole or not at all; a second time it is replaced by the same."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}.new"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)


async def _deliver(
    url: SplitResult, tls: ssl.SSLContext | None, sender: str, to: str, content: bytes
) -> None:
    """Speak SMTP. A login goes over TLS only, except on this machine; else TLS when offered."""
    login = url.username is not None
    client = aiosmtplib.SMTP(
        hostname=url.hostname,
        port=url.port or (465 if url.scheme == "smtps" else 587),
        username=unquote(url.username) if url.username is not None else None,
        password=unquote(url.password or "") if login else None,
        use_tls=url.scheme == "smtps",
        start_tls=_start_tls(url, login),
        tls_context=tls,
        timeout=STEP_SECONDS,
    )
    try:
        async with asyncio.timeout(ALL_SECONDS), client:
            await client.sendmail(sender, [to], content)
        return
    except aiosmtplib.SMTPRecipientsRefused as exc:
        failure: MailFailure = _refused(exc.recipients[0].code)
    except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as exc:
        failure = _refused(exc.code)
    except aiosmtplib.SMTPNotSupported:  # an address beyond ASCII, to a server of ASCII
        failure = _refused(553)
    except TimeoutError:
        failure = TemporaryFailure("timeout")
    except aiosmtplib.SMTPResponseException as exc:
        failure = TemporaryFailure(f"refused_{exc.code}")
    except (aiosmtplib.SMTPException, OSError):
        failure = TemporaryFailure("no_connection")
    # outside the handler: the cause has the server's words, and must not travel along
    raise failure


def _start_tls(url: SplitResult, login: bool) -> bool | None:
    if url.scheme == "smtps":
        return False
    return True if login and url.hostname not in _LOOPBACK else None


def _refused(code: int) -> MailFailure:
    return PermanentFailure(code) if code >= 500 else TemporaryFailure(f"refused_{code}")
