"""Every setting, read once from the environment and then frozen. Nothing else reads it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting is missing or unusable; the text is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A network or a name that requests to others may reach though it is on the inside."""

    network: IPv4Network | IPv6Network | None
    name: str | None
    #: None: every port
    port: int | None = None

    def fits(self, port: int) -> bool:
        """Whether it is of this port."""
        return self.port is None or self.port == port


@dataclass(frozen=True)
class Settings:
    """What an installation can choose. `.env.example` explains each for operators."""

    #: the application role's database; absent = the embedded PostgreSQL in `data_dir`
    database_url: str | None = None
    #: the owner role's, needed by `migrate` only
    migration_database_url: str | None = None
    data_dir: Path = Path("var")
    #: signs access tokens and seals cursors: lines of `kid:hex`, the first signs, all verify
    secret_keys: tuple[tuple[str, bytes], ...] = ()
    #: the address people reach the program at; issuer and audience of its tokens
    public_url: str = "http://127.0.0.1:8000"
    #: where people open the front end, for links in e-mails; absent = public_url
    app_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    write_pool: int = 8
    read_pool: int = 8
    stream_pool: int = 4
    access_token_seconds: int = 600
    session_days: int = 14
    requests_per_minute: int = 600
    client_requests_per_minute: int = 300
    logins_per_minute: int = 5
    #: how e-mail leaves: smtp://, smtps:// or file:///folder; it may hold a password
    mail_url: str | None = field(default=None, repr=False)
    #: the sender of every e-mail: an address, or `Name <address>`
    mail_from: str | None = None
    #: off in the benchmark, so that it measures the program and not its limits
    limits_enabled: bool = True
    json_body_bytes: int = 1024 * 1024
    import_body_bytes: int = 50 * 1024 * 1024
    request_seconds: float = 30.0
    import_seconds: float = 120.0
    #: how long an answer may be on its way that is made while it is sent, and how fast it is taken
    stream_seconds: float = 900.0
    stream_bytes_per_second: int = 64 * 1024
    #: where the program may go that is not public, or not https: networks and names
    outside_allowed: tuple[Allowed, ...] = ()
    demo: bool = False
    log_format: str = "json"
    extra: Mapping[str, str] = field(default_factory=dict)


def _secret_keys(text: str, where: str) -> tuple[tuple[str, bytes], ...]:
    keys = []
    for line in text.split():
        kid, colon, value = line.partition(":")
        try:
            secret = bytes.fromhex(value)
        except ValueError:
            secret = b""
        if not colon or not kid.isalnum() or len(secret) < 32:
            raise SettingsError(
                f"{where} must hold lines `kid:hex` with at least 64 hex digits; "
                "make one with `alongside check-config --new-secret`."
            )
        keys.append((kid, secret))
    return tuple(keys)


def _whole(environment: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    raw = environment.get(name, "")
    if not raw:
        return default
    if not raw.isdigit() or not low <= int(raw) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}.")
    return int(raw)


def _words(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in environment.get(name, "").split(",") if word.strip())


def allowed_outside(text: str) -> tuple[Allowed, ...]:
    """What `127.0.0.1:8443,10.1.0.0/16,[fd00::]/8,sis.district.example:*` allows; SettingsError."""
    found = []
    for word in (word.strip() for word in text.split(",") if word.strip()):
        entry = re.fullmatch(
            r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^\[\]:/\s]+))"
            r"(?P<bits>/\d{1,3})?(?::(?P<port>\*|[1-9]\d{0,4}))?",
            word,
        )
        host = entry and (entry["six"] or entry["host"])
        port = None if entry is None or entry["port"] in (None, "*") else int(entry["port"])
        if entry is not None and host and (port or 0) < 65536:
            try:
                found.append(Allowed(ip_network(host + (entry["bits"] or "")), None, port))
                continue
            except ValueError:
                name = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", host.lower())
                if name and entry["host"] and not entry["bits"] and not host[-1].isdigit():
                    found.append(Allowed(None, host.lower(), port))
                    continue
        raise SettingsError(
            "OUTSIDE_ALLOWED must be networks and names such as 10.1.0.0/16, [fd00::]/8, "
            "127.0.0.1:8443 or sis.district.example, separated by commas."
        )
    return tuple(found)


def _mail(env: Mapping[str, str]) -> tuple[str | None, str | None]:
    """How e-mail leaves and who sends it: both or neither. No message repeats the address, which
    may hold a password."""
    url, sender = env.get("MAIL_URL") or None, env.get("MAIL_FROM") or None
    if (url is None) != (sender is None):
        missing = "MAIL_URL" if url is None else "MAIL_FROM"
        raise SettingsError(f"{missing} is missing: MAIL_URL and MAIL_FROM go together.")
    if url is not None:
        try:
            parts = urlsplit(url)
            number = parts.port
        except ValueError:
            parts, number = urlsplit(""), None
        sends = parts.scheme in ("smtp", "smtps") and parts.hostname and number != 0
        writes = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        if not ((sends and parts.path in ("", "/")) or writes) or parts.query or parts.fragment:
            raise SettingsError(
                "MAIL_URL must be smtp://USER:PASSWORD@HOST:587, smtps://… or file:///FOLDER; in a "
                "password write the signs / ? # @ : % as %2F %3F %23 %40 %3A %25."
            )
    if sender is not None:
        _, address = parseaddr(sender)
        local, _, domain = address.rpartition("@")
        if not local or not domain or not sender.isprintable() or " " in address:
            raise SettingsError(
                "MAIL_FROM must be an e-mail address such as Alongside <coaching@example.org>."
            )
    return url, sender


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingsError with one clear line for the first that is wrong."""
    env = os.environ if environment is None else environment
    keys: tuple[tuple[str, bytes], ...] = ()
    if env.get("SECRET_KEY_FILE"):
        path = Path(env["SECRET_KEY_FILE"])
        try:
            keys = _secret_keys(path.read_text(), "SECRET_KEY_FILE")
        except OSError as exc:
            raise SettingsError(f"SECRET_KEY_FILE cannot be read: {exc.strerror}.") from exc
    elif env.get("SECRET_KEYS"):
        keys = _secret_keys(env["SECRET_KEYS"], "SECRET_KEYS")
    try:
        proxies = tuple(ip_network(word) for word in _words(env, "TRUSTED_PROXIES"))
    except ValueError as exc:
        raise SettingsError(
            "TRUSTED_PROXIES must be networks such as 10.0.0.0/8, separated by commas."
        ) from exc
    origins = _words(env, "CORS_ORIGINS")
    if any(o == "*" or not o.startswith(("http://", "https://")) for o in origins):
        raise SettingsError("CORS_ORIGINS must be exact origins such as https://app.example.org.")
    mail_url, mail_from = _mail(env)
    return Settings(
        database_url=env.get("DATABASE_URL") or None,
        migration_database_url=env.get("MIGRATION_DATABASE_URL") or None,
        data_dir=Path(env.get("ALONGSIDE_DATA_DIR") or "var"),
        secret_keys=keys,
        public_url=(env.get("PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/"),
        app_url=env.get("APP_URL") or None,
        cors_origins=origins,
        trusted_proxies=proxies,
        write_pool=_whole(env, "WRITE_POOL", 8, 1, 100),
        read_pool=_whole(env, "READ_POOL", 8, 1, 100),
        stream_pool=_whole(env, "STREAM_POOL", 4, 1, 100),
        requests_per_minute=_whole(env, "REQUESTS_PER_MINUTE", 600, 1, 1_000_000),
        client_requests_per_minute=_whole(env, "CLIENT_REQUESTS_PER_MINUTE", 300, 1, 1_000_000),
        mail_url=mail_url,
        mail_from=mail_from,
        outside_allowed=allowed_outside(env.get("OUTSIDE_ALLOWED", "")),
        limits_enabled=env.get("LIMITS", "on") != "off",
        log_format=env.get("LOG_FORMAT") or "json",
    )
