"""Which page comes next: by the Link header (RFC 8288), else by offsets until a page is empty. What
a total (X-Total-Count) says is never the end: some services give the rows of the page there. What
cannot be a whole collection is refused, because absence deactivates people."""

import hashlib
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
#: without a total to go by: after so many pages they hold so many rows each, or have no end
SOME_PAGES: Final = 1_000
ROWS_A_PAGE: Final = 10
#: a total that is the rows of a page is so many times too low in a large district, not more
TOO_LOW: Final = 1_000
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
    #: more rows came than the total said: it says nothing any more
    doubted: bool = False

    @property
    def reached(self) -> bool:
        """Whether all are there by the service's word, so that nothing should follow."""
        told = self.total is not None and not self.doubted
        return told and self.link is None and self.rows >= (self.total or 0)


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


def after(position: Position, seen: Seen, address: str, had: Container[str]) -> Position | None:
    """Where it goes on behind a page, or None when the collection is complete.

    `address` is where the page came from, `had` the digests of the pages before it and the marks of
    their addresses. Raises Moved, and Failed for a service that would never end or does not give
    what it says it has.
    """
    rows = position.rows + seen.rows
    if position.doubted:
        total = position.total
    else:
        if _moved(position, seen):
            raise Moved
        total = position.total if seen.total is None or position.reached else seen.total
    if seen.rows and seen.digest in had:
        raise Failed("paging_loop")
    doubted = position.doubted or (
        seen.rows > 0
        and (position.reached or (position.link is not None and total is not None and rows > total))
    )
    further = replace(
        position, rows=rows, pages=position.pages + 1, total=total, link=None, doubted=doubted
    )
    link = seen.next_link
    if link is not None and not same_origin(link, address):
        if total is None:
            raise Failed("paging_foreign")
        link = None  # the offsets lead there, too
    if link is not None and (link == address or mark(link) in had):
        raise Failed("paging_loop")
    missing = total is not None and not doubted and rows < total
    if seen.rows == 0 or (link is None and position.link is not None and seen.next_link is None):
        if missing:
            raise Failed("incomplete")
        return None
    if _endless(further):
        raise Failed("too_many_pages")
    # where the total is reached one page more is asked for: only nothing new there is the end
    return replace(further, link=link)


def _moved(position: Position, seen: Seen) -> bool:
    """Whether the collection is another than it was. Behind the last row a total that has no place
    for what came is no change but wrong, and one without rows loses nobody."""
    if position.total is None or seen.total is None or position.total == seen.total:
        return False
    return not position.reached or (seen.rows > 0 and position.rows + seen.rows <= seen.total)


def _endless(further: Position) -> bool:
    """Whether more came than what is known allows. A total that holds bounds the pages itself."""
    pages, rows, total = further.pages, further.rows, further.total
    if total is not None and not further.doubted:
        return pages >= MOST_PAGES
    small = pages >= SOME_PAGES and rows < pages * ROWS_A_PAGE
    far = total is not None and rows > TOO_LOW * (total + ROWS_A_PAGE)
    return pages >= MOST_PAGES or small or far


def mark(address: str) -> str:
    """An address as it is remembered: it may hold anything that a service writes into it."""
    return hashlib.sha256(address.encode()).hexdigest()


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
