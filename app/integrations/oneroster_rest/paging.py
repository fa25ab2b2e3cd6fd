"""Which page comes next: by the Link header (RFC 8288), else by X-Total-Count, else until a page is
empty. What cannot be a whole collection is refused, because absence deactivates people."""

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from app.integrations.oneroster_rest.failures import Failed

#: rows asked for at once; a service may give fewer
LIMIT: Final = 500
#: of one collection: half a million rows at 25 a page
MOST_PAGES: Final = 20_000
#: how often a collection whose count changed meanwhile is read anew
MOST_RESTARTS: Final = 3

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a pull stands inside one collection."""

    #: rows and pages received of it
    rows: int = 0
    pages: int = 0
    #: the next page's address, when the service named one
    link: str | None = None
    #: how many rows there are, by the service's word
    total: int | None = None
    restarts: int = 0
    #: without filters, sort and choice of fields, which the service does not take
    plain: bool = False
    #: all was read that was asked for; what is left is to count the others
    counting: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page said about paging."""

    rows: int
    digest: str
    total: int | None
    #: the target of `rel=next`, absolute
    next_link: str | None


class Moved(Exception):
    """The number of rows changed: the collection is read again from its beginning."""


def after(position: Position, seen: Seen, address: str, digests: Container[str]) -> Position | None:
    """Where it goes on behind a page, or None when the collection is complete.

    `address` is where the page came from, `digests` those of the pages before it. Raises Moved, and
    Failed for a service that would never end or does not give what it says it has.
    """
    if None not in (position.total, seen.total) and position.total != seen.total:
        raise Moved
    if seen.rows and seen.digest in digests:
        raise Failed("paging_loop")
    total = seen.total if seen.total is not None else position.total
    rows = position.rows + seen.rows
    further = replace(position, rows=rows, pages=position.pages + 1, total=total, link=None)
    link = seen.next_link
    if link is not None and not same_origin(link, address):
        if total is None:
            raise Failed("paging_foreign")
        link = None  # the offsets lead there, too
    if link == address:
        raise Failed("paging_loop")
    missing = total is not None and rows < total
    if seen.rows == 0 or (link is None and position.link is not None and seen.next_link is None):
        if missing:
            raise Failed("incomplete")
        return None
    if further.pages >= MOST_PAGES:
        raise Failed("too_many_pages")
    if link is not None:
        return replace(further, link=link)
    return further if missing or total is None else None


def next_link(header: str | None, address: str) -> str | None:
    """The target of `rel=next` in a Link header, made absolute."""
    for match in _LINK.finditer((header or "")[:20_000]):
        for rel in _REL.finditer(match[2]):
            if "next" in (rel[1] or rel[2] or "").lower().split():
                try:
                    return str(urljoin(address, match[1].strip()))
                except ValueError:
                    return None
    return None


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have scheme, host and port in common."""
    try:
        return _origin(one) == _origin(other)
    except ValueError:
        return False


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or usual
