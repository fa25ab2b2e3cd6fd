"""The one module that speaks HTTP to others: webhooks, and rosters that are pulled.

Where it goes is somebody's to choose, so nothing on the inside may be reached through it. A name is
resolved once, every address it has is checked, and the connection goes to such an address: the name
stays for `Host` and for the certificate, and cannot come to mean another machine in between. What
httpx's client would add is not there, because its transport is used alone: no redirects, no
cookies, no proxies and no passwords from the environment.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import certifi
import httpx
import idna

from app.settings import Allowed

Address = IPv4Address | IPv6Address
#: a name and a port → its addresses; OSError when it has none
Resolver = Callable[[str, int], Awaitable[list[str]]]

#: what an address may be long
LONGEST = 2_000
#: how many of a name's addresses are tried
_ADDRESSES = 3
#: threads of their own: one that waits for somebody's slow name service cannot be stopped, and
#: those of everybody's passwords are few
_LOOKING = ThreadPoolExecutor(16, thread_name_prefix="names")
#: how many saved addresses are looked up at once
_CHECKS = 2
_checking = 0
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
#: a name that some reader of addresses takes for a number: its last label is digits, or `0x…`
_NUMBER = re.compile(r"(\d+|0x[0-9a-f]*)")
#: names that mean this machine, or this network
_INNER = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "localdomain")
#: where machines of clouds keep their credentials, though the addresses are public
_METADATA = (ip_address("168.63.129.16"),)
_NAT64 = ip_network("64:ff9b::/96")
_UNICAST6 = ip_network("2000::/3")
#: public by the registry's word, and nobody's receiver: relays of 6to4, Teredo, 6to4,
#: documentation, ORCHID
_NOBODY = tuple(
    ip_network(words)
    for words in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)


class Refused(Exception):
    """The address is not one that this program goes to. `reason` is one sentence, without it."""

    kind = "refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Exception):
    """No usable answer. `kind` is one of KINDS, `reason` one sentence; neither quotes anybody."""

    KINDS = ("dns", "connect", "tls", "timeout", "protocol", "too_large")

    def __init__(self, reason: str, kind: str) -> None:
        super().__init__(reason)
        self.reason, self.kind = reason, kind


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds: to connect, between two pieces of an answer, and for everything together."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 15.0


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `body` is empty when no `max_bytes` was given: nobody read it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """An address whose form was checked: where it leads is checked when it is resolved."""

    scheme: str
    #: a name in its ASCII form without a final dot, or an address without brackets
    host: str
    port: int
    #: path and query
    path: str
    address: Address | None


def check_url(url: str, *, allowed: Iterable[Allowed] = ()) -> Target:
    """What may be saved: the form alone, nothing is asked of anybody. Raises Refused.

    `https` on port 443 or 1024 and above; what the operator allows may be `http` and any port that
    was allowed. No user, no fragment, no number in place of an address, no name of this network.
    """
    allowed = tuple(allowed)
    parts, port = _split(url)
    host, address = _host(parts)
    port = port or (443 if parts.scheme == "https" else 80)
    target = Target(parts.scheme, host, port, _path(parts), address)
    if address is not None:
        let = _check_address(address, port, allowed)
    else:
        let = _named(host, port, allowed)
        # a network may be allowed of which the name turns out to be
        if not let and ("." not in host or host.rpartition(".")[2] in _INNER):
            raise Refused("The address names this machine or its network.")
        let = let or any(entry.network is not None and entry.fits(port) for entry in allowed)
    if not let:
        _check_public(target)
    return target


async def check_host(
    url: str, *, allowed: Iterable[Allowed] = (), resolver: Resolver | None = None
) -> Target:
    """`check_url`, and where the name leads now. Raises Refused. It asks the name service, so it
    comes while no row is locked. A name that has no address yet may be saved: whatever it gets is
    checked when something is sent. So may one when two others are being looked up, because whoever
    saves slow names again and again would have all connections wait for them."""
    global _checking
    allowed = tuple(allowed)
    target = check_url(url, allowed=allowed)
    if _checking >= _CHECKS:
        return target
    _checking += 1
    try:
        async with asyncio.timeout(3):
            await _addresses(target, allowed, resolver)
    except (Unreachable, TimeoutError):
        pass
    finally:
        _checking -= 1
    return target


class Outside:
    """Made by `client`: sends requests, each to an address checked at that moment."""

    def __init__(
        self, allowed: tuple[Allowed, ...], timeout: Timeout, resolver: Resolver | None
    ) -> None:
        self._allowed, self._timeout, self._resolver = allowed, timeout, resolver
        # one for each name: connections are kept by address, and two names may share one
        self._transports: dict[str, httpx.AsyncHTTPTransport] = {}

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        max_bytes: int | None = None,
    ) -> Response:
        """Send one and take the answer, whatever its status; a redirect is an answer like others.

        Without `max_bytes` the body is not read; an answer with more raises Unreachable
        (`too_large`). Raises Refused before anything is sent, else Unreachable.
        """
        target = check_url(url, allowed=self._allowed)
        try:
            async with asyncio.timeout(self._timeout.total):
                addresses = await _addresses(target, self._allowed, self._resolver)
                return await self._first(addresses, target, method, headers, content, max_bytes)
        except TimeoutError as exc:
            raise Unreachable("It took too long.", "timeout") from exc

    async def _first(
        self,
        addresses: list[Address],
        target: Target,
        method: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        max_bytes: int | None,
    ) -> Response:
        """From the first address that takes a connection; nothing was sent to the others."""
        failed = Unreachable("The name has no address.", "dns")
        for address in addresses[:_ADDRESSES]:
            try:
                return await self._send(address, target, method, headers, content, max_bytes)
            except Unreachable as exc:
                if exc.kind != "connect":
                    raise
                failed = exc
        raise failed

    async def _send(
        self,
        address: Address,
        target: Target,
        method: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        max_bytes: int | None,
    ) -> Response:
        usual = 443 if target.scheme == "https" else 80
        name = f"[{target.host}]" if isinstance(target.address, IPv6Address) else target.host
        seconds = self._timeout
        request = httpx.Request(
            method,
            httpx.URL(  # of the address, so that nothing is resolved a second time
                scheme=target.scheme,
                host=str(address),
                port=target.port,
                raw_path=target.path.encode(),
            ),
            headers={
                "Host": name if target.port == usual else f"{name}:{target.port}",
                "User-Agent": "Alongside",
                "Accept": "*/*",
                # a small answer can unpack to an endless one
                "Accept-Encoding": "identity",
                **(headers or {}),
            },
            content=content,
            extensions={
                "timeout": {
                    "connect": seconds.connect,
                    "read": seconds.read,
                    "write": seconds.read,
                    "pool": seconds.total,
                },
                **({} if target.address else {"sni_hostname": target.host}),
            },
        )
        transport = self._transports.get(target.host)
        if transport is None:
            transport = httpx.AsyncHTTPTransport(verify=_trust(), trust_env=False)
            self._transports[target.host] = transport
        try:
            answer = await transport.handle_async_request(request)
            try:
                body = await _body(answer, max_bytes)
            finally:
                await answer.aclose()
        except httpx.TimeoutException as exc:
            raise Unreachable("It took too long.", "timeout") from exc
        except httpx.ConnectError as exc:
            if _is_tls(exc):
                raise Unreachable("Its certificate or its TLS is not good.", "tls") from exc
            raise Unreachable("Nothing takes a connection there.", "connect") from exc
        except (httpx.TransportError, httpx.StreamError) as exc:
            raise Unreachable("The answer ended early or is not HTTP.", "protocol") from exc
        return Response(answer.status_code, answer.headers, body)

    async def close(self) -> None:
        """Close what is open."""
        for transport in self._transports.values():
            await transport.aclose()


@asynccontextmanager
async def client(
    *,
    allowed: Iterable[Allowed] = (),
    timeout: Timeout | None = None,  # noqa: ASYNC109 - three limits, and not of this call
    resolver: Resolver | None = None,
) -> AsyncIterator[Outside]:
    """Something to send with. `allowed` is what the operator lets through (`outside_allowed`)."""
    made = Outside(tuple(allowed), timeout or Timeout(), resolver)
    try:
        yield made
    finally:
        await made.close()


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as the machine's resolver has them."""
    found = await asyncio.get_running_loop().run_in_executor(
        _LOOKING, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_outside(address: Address) -> bool:
    """Whether an address is a public machine's and no way to an inner one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_outside(address.ipv4_mapped)
        if address in _NAT64:
            return is_outside(IPv4Address(int(address) & 0xFFFF_FFFF))
        # anything else has no public machines: also IPv4-compatible, site-local, segment routing
        if address not in _UNICAST6 or (int(address) >> 32) & 0xFDFF_FFFF == 0x5EFE:  # ISATAP
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_private
        and not address.is_reserved
        and not address.is_loopback
        and not address.is_link_local
        and not address.is_unspecified
        and address not in _METADATA
        and not any(address in network for network in _NOBODY)
    )


def _split(url: str) -> tuple[SplitResult, int | None]:
    if len(url) > LONGEST:
        raise Refused(f"The address has more than {LONGEST} characters.")
    # urlsplit would quietly drop tabs and line ends, and others read `\` as `/`
    if not url.isprintable() or re.search(r"[\s\\]", url):
        raise Refused("The address has a character that none may have.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise Refused("This is not an address.") from exc
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Refused("The address must begin with https:// and a host.")
    if "@" in parts.netloc:
        raise Refused("The address must have no user and no password.")
    if parts.fragment or url.endswith("#"):
        raise Refused("The address must have no part behind a #.")
    if port == 0:
        raise Refused("The address has a port that none may have.")
    return parts, port


def _host(parts: SplitResult) -> tuple[str, Address | None]:
    """The host as it is looked up. A number is refused: some read 2130706433, 0177.1 or 0x7f.1 as
    127.0.0.1."""
    given = parts.hostname or ""
    if "[" in parts.netloc:
        try:
            six = IPv6Address(given)
        except ValueError as exc:
            raise Refused("This is not an address.") from exc
        if six.scope_id is not None:
            raise Refused("The address names a network card.")
        return str(six), six
    try:
        # also makes of full-width digits and dots what other readers make of them
        host = idna.encode(given, uts46=True).decode("ascii").lower().removesuffix(".")
    except (idna.IDNAError, UnicodeError) as exc:
        raise Refused("The host is not a name.") from exc
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            four = IPv4Address(host)
        except ValueError as exc:
            raise Refused("The host is a number and not a name.") from exc
        return str(four), four
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused("The host is not a name.")
    return host, None


def _path(parts: SplitResult) -> str:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise Refused("Behind the host only ASCII characters are taken; write others as %XX.")
    return path


def _named(host: str, port: int, allowed: tuple[Allowed, ...]) -> bool:
    return any(entry.name == host and entry.fits(port) for entry in allowed)


def _check_public(target: Target) -> None:
    if target.scheme != "https":
        raise Refused("The address must begin with https://.")
    if target.port != 443 and target.port < 1024:
        raise Refused("The port must be 443, or 1024 and above.")


def _check_address(address: Address, port: int, allowed: tuple[Allowed, ...]) -> bool:
    """Whether the operator let it through; Refused when nobody may go there."""
    plain: Address = getattr(address, "ipv4_mapped", None) or address
    for entry in allowed:
        if entry.network is not None and plain in entry.network and entry.fits(port):
            return True
    if not is_outside(address):
        raise Refused("The address is not a public one.")
    return False


async def _addresses(
    target: Target, allowed: tuple[Allowed, ...], resolver: Resolver | None
) -> list[Address]:
    """Where it leads: every address is checked, and one that may not be refuses them all."""
    if target.address is not None:
        found = [target.address]
    else:
        try:
            found = [
                ip_address(word.partition("%")[0])
                for word in await (resolver or look_up)(target.host, target.port)
            ]
        except (OSError, ValueError) as exc:
            raise Unreachable("The name has no address.", "dns") from exc
    named = _named(target.host, target.port, allowed)
    for address in found:
        plain = getattr(address, "ipv4_mapped", None) or address
        if named and not plain.is_link_local and not plain.is_multicast:
            continue  # the operator wrote the name; credentials of clouds are link-local
        if not _check_address(address, target.port, allowed):
            _check_public(target)
    return found


async def _body(answer: httpx.Response, max_bytes: int | None) -> bytes:
    if max_bytes is None:
        return b""
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unreachable("The answer is packed, which was not asked for.", "protocol")
    size, chunks = 0, []
    async for chunk in answer.aiter_raw():
        size += len(chunk)
        if size > max_bytes:
            raise Unreachable(f"The answer has more than {max_bytes} bytes.", "too_large")
        chunks.append(chunk)
    return b"".join(chunks)


@cache
def _trust() -> ssl.SSLContext:
    """Whom certificates are believed from: certifi's list and the machine's own, to which an
    operator can add the district's."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


def _is_tls(exc: BaseException | None) -> bool:
    while exc is not None:
        if isinstance(exc, ssl.SSLError):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
