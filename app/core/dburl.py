"""Turn the address an operator writes (libpq's form) into what SQLAlchemy and asyncpg take.

Managed databases hand out plain `postgresql://…?sslmode=require` addresses, and SQLAlchemy would
pass their libpq words on to asyncpg, which does not know them. Every word is either honoured here
or refused by name: a security setting that is silently dropped is worse than a refusal. No message
repeats a value, because a mistyped address often has its password in the wrong place.
"""

import shlex
import ssl
from typing import Any
from urllib.parse import parse_qsl, unquote

from sqlalchemy import URL

_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_TARGETS = ("any", "primary", "standby", "read-write", "read-only", "prefer-standby")
#: words of libpq that place the server or the caller; the query may say them instead of the address
_PLACES = ("host", "port", "user", "password", "dbname")
_HONOURED = (
    *_PLACES, "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "application_name",
    "connect_timeout", "target_session_attrs", "options", "passfile",
)  # fmt: skip
#: words that only confirm what asyncpg does anyway: word → the values that need nothing
_HARMLESS = {
    "channel_binding": ("disable", "prefer"),
    "client_encoding": ("utf8", "UTF8", "auto"),
    "gssencmode": ("disable", "prefer"),
    "sslcompression": ("0",),
    "sslnegotiation": ("postgres",),
}
_HELP = "The form is postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require."


def async_url(url: str) -> tuple[URL, dict[str, Any]]:
    """The SQLAlchemy URL (driver asyncpg) and the `connect_args` for a libpq address.

    Takes postgresql://, postgres:// and postgresql+asyncpg://, several hosts, a socket folder in
    `host=`, and the words of libpq in the query. `connect_timeout` is in seconds, 0 waits for ever.
    Raises ValueError with one sentence for an operator; it never holds a value of the address.
    """
    scheme, found, rest = url.strip().partition("://")
    if not found or scheme not in _SCHEMES:
        raise ValueError(f"The database address must start with postgresql://. {_HELP}")
    rest, _, query = rest.partition("?")
    authority, _, database = rest.partition("/")
    # the last @ ends the password: an unescaped one inside it is common and unambiguous
    login, _, places = authority.rpartition("@")
    user, _, password = login.partition(":")
    words = _words(query)
    hosts, ports = _places(words.pop("host", None), words.pop("port", None), places)
    url_user = words.pop("user", unquote(user)) or None
    url_password = words.pop("password", unquote(password)) or None
    url_database = words.pop("dbname", unquote(database)) or None
    args = _connect_args(words, socket=all(h is None or h.startswith("/") for h in hosts))

    host, port = hosts[0], ports[0]
    if len(hosts) > 1:
        # SQLAlchemy's URL has room for one; asyncpg takes the lists and tries each in turn
        args["host"], args["port"] = [h or "localhost" for h in hosts], [p or 5432 for p in ports]
        host = port = None
    elif host is not None and host.startswith("/"):
        args["host"], args["port"] = host, port or 5432
        host = port = None
    made = URL.create(
        "postgresql+asyncpg",
        username=url_user,
        password=url_password,
        host=host,
        port=port,
        database=url_database,
    )
    return made, args


def _words(query: str) -> dict[str, str]:
    """The query's words, every one of them known."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ValueError(
            f"The database address has an unreadable part after '?'. {_HELP}"
        ) from None
    # libpq reads + as itself, not as a space
    pairs = [(name, value) for name, value in _plus(query, pairs)]
    words: dict[str, str] = {}
    for name, value in pairs:
        if name in words:
            raise ValueError(f"The database address says {_shown(name)} twice; say it once.")
        words[name] = value
    if words.pop("pgbouncer", "false").lower() in ("true", "1", "yes") or (
        words.pop("pool_mode", "session") != "session"
    ):
        raise ValueError(
            "The database address names a transaction pooler; Alongside needs sessions of its own. "
            "Use the server's direct address, or a pool in session mode."
        )
    for name, values in _HARMLESS.items():
        if name in words and words.pop(name) not in values:
            raise ValueError(
                f"The driver has no {name} other than {' or '.join(values)}: take the word "
                "out of the database address. sslmode=verify-full proves the server's identity."
            )
    for name in words:
        if name not in _HONOURED:
            raise ValueError(
                f"The database address has an unknown word, {_shown(name)}; "
                f"known are {', '.join(_HONOURED)}."
            )
    return words


def _plus(query: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if "+" not in query:
        return pairs
    return parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)


def _shown(name: str) -> str:
    """A word's name for a message; what does not look like one may be part of a password."""
    return name if name.isascii() and name.isidentifier() and len(name) <= 30 else "(unreadable)"


def _places(
    host: str | None, port: str | None, places: str
) -> tuple[list[str | None], list[int | None]]:
    """Hosts and ports, one each per server; None is asyncpg's default."""
    hosts: list[str | None] = []
    numbers: list[str] = []
    for place in places.split(","):
        if place.startswith("["):  # IPv6
            name, _, number = place[1:].partition("]")
            number = number.removeprefix(":")
        else:
            name, _, number = place.partition(":")
        hosts.append(unquote(name) or None)
        numbers.append(number)
    if host is not None:
        hosts = [name or None for name in host.split(",")]
        numbers = [numbers[0]] * len(hosts) if len(numbers) == 1 else numbers
    if port is not None:
        given = port.split(",")
        numbers = given * len(hosts) if len(given) == 1 else given
    if len(numbers) != len(hosts):
        raise ValueError("The database address needs one port for all hosts, or one for each.")
    ports: list[int | None] = []
    for number in numbers:
        if number and not (number.isascii() and number.isdigit() and 1 <= int(number) <= 65535):
            raise ValueError(
                "The database address has a port that is no number from 1 to 65535; in a password "
                f"write the signs / ? # : as %2F %3F %23 %3A. {_HELP}"
            )
        ports.append(int(number) if number else None)
    return hosts, ports


def _connect_args(words: dict[str, str], *, socket: bool) -> dict[str, Any]:
    args: dict[str, Any] = {}
    settings: dict[str, str] = {}
    if words.get("options"):
        settings.update(_options(words["options"]))
    if words.get("application_name"):
        settings["application_name"] = words["application_name"]
    if settings:
        args["server_settings"] = settings
    if words.get("passfile"):
        args["passfile"] = words["passfile"]
    seconds = words.get("connect_timeout", "")
    if seconds:
        if not (seconds.isascii() and seconds.isdigit()):
            raise ValueError("connect_timeout in the database address must be whole seconds.")
        args["timeout"] = float(seconds) if int(seconds) else None
    target = words.get("target_session_attrs", "")
    if target:
        if target not in _TARGETS:
            raise ValueError(f"target_session_attrs must be one of {', '.join(_TARGETS)}.")
        args["target_session_attrs"] = target
    tls = _tls(words)
    if tls is not None and not socket:  # a Unix socket has no TLS; libpq passes over it too
        args["ssl"] = tls
    return args


def _options(text: str) -> dict[str, str]:
    """The settings in libpq's `options`: `-c name=value` and `--name=value`."""
    refusal = ValueError("options in the database address may only hold -c NAME=VALUE settings.")
    settings: dict[str, str] = {}
    try:
        parts = iter(shlex.split(text))
    except ValueError:
        raise refusal from None
    for part in parts:
        if part == "-c":
            part = next(parts, "")
        elif part.startswith(("-c", "--")):
            part = part[2:]
        else:
            raise refusal
        name, equals, value = part.partition("=")
        if not equals or not name:
            raise refusal
        settings[name.replace("-", "_")] = value
    return settings


def _tls(words: dict[str, str]) -> str | ssl.SSLContext | None:
    """What asyncpg's `ssl` takes: None is its default (use TLS when the server offers it)."""
    mode = words.get("sslmode", "")
    root, cert, key = words.get("sslrootcert"), words.get("sslcert"), words.get("sslkey")
    if mode and mode not in _SSL_MODES:
        raise ValueError(f"sslmode must be one of {', '.join(_SSL_MODES)}.")
    if mode not in ("require", "verify-ca", "verify-full"):
        if root or cert or key:
            raise ValueError(
                "Certificates in the database address need sslmode=require or a verify mode."
            )
        return mode or None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = mode == "verify-full"
    if mode == "require" and not root:
        context.verify_mode = ssl.CERT_NONE  # libpq's meaning: encrypted, identity unproven
    try:
        if root and root != "system":
            context.load_verify_locations(cafile=root)
        elif context.verify_mode is ssl.CERT_REQUIRED:
            context.load_default_certs()
    except (OSError, ssl.SSLError):
        raise ValueError("sslrootcert in the database address is no readable PEM file.") from None
    if cert or key:
        secret = words.get("sslpassword", "")
        try:
            context.load_cert_chain(cert or "", key, password=lambda: secret)
        except (OSError, ssl.SSLError):
            raise ValueError(
                "sslcert and sslkey in the database address are no readable PEM pair."
            ) from None
    return context
