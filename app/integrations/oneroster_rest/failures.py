"""Why a page was not had: for good, for now, or because less must be asked."""

from datetime import timedelta
from typing import Final

#: code → what a person who administers the connection can do about it
WORDS: Final[dict[str, str]] = {
    "address_refused": (
        "This installation does not go to the service's address: it is not a public one, or not "
        "https. Correct it, or ask the operator to allow it (OUTSIDE_ALLOWED)."
    ),
    "sign_in_refused": (
        "The service does not accept the client id and secret. Enter them anew as the "
        "administrators of the service give them."
    ),
    "scope_refused": (
        "The service does not grant the scopes that the connection asks for. Have it grant "
        "reading of rosters to this client, or correct the scopes."
    ),
    "token_unusable": (
        "The token address does not answer with an access token. Check that it is the one of the "
        "service's OAuth 2 client credentials."
    ),
    "secret_unreadable": (
        "The client secret that is kept cannot be read with the installation's present keys. "
        "Enter it anew."
    ),
    "forbidden": "The service refuses this collection to the client. Have it granted there.",
    "not_found": (
        "The service has no such collection at this address. Check that the base address is that "
        "of a OneRoster 1.2 rostering service."
    ),
    "redirected": "The service sends elsewhere, which is not followed. Enter its final address.",
    "refused": "The service refuses the request. Its administrators can see why in its log.",
    "failing": (
        "The service kept failing. Pull again later; if it goes on, tell its administrators."
    ),
    "busy": "The service kept asking to wait. Pull again when it has less to do.",
    "unreachable": (
        "The service could not be reached, or broke off. Check its address, its certificate and "
        "that it is running, then pull again."
    ),
    "slow": "The service took too long to answer, again and again. Pull again later.",
    "not_json": "The answer is no JSON. Check that the address is that of the service itself.",
    "unexpected": "The answer is JSON but no OneRoster 1.2 collection. Check the base address.",
    "too_large": "The service sends more than a roster can hold; nothing of it was taken.",
    "too_many_pages": "The service gives no end of pages; nothing of it was taken.",
    "paging_loop": (
        "The service gives the same page again in place of the next one; nothing was taken. Its "
        "administrators have to mend its paging."
    ),
    "paging_foreign": (
        "The service names a next page at another address, which is not followed. It must name "
        "its own address in the Link header."
    ),
    "incomplete": (
        "The service says that it has more rows than it gives; a part would look as if people "
        "had left, so nothing was taken. Pull again."
    ),
    "total_untrue": (
        "The service gives more rows than it says that it has (X-Total-Count), and no empty page "
        "behind them, so a part cannot be told from the whole; nothing was taken. Its "
        "administrators have to mend its paging."
    ),
    "moving": (
        "The number of rows kept changing while they were read; nothing was taken. Pull again "
        "when the service is at rest."
    ),
    "connection_paused": "The connection was paused while it was pulled.",
    "connection_changed": "The connection's address was changed while it was pulled. Pull again.",
    "stalled": "The pull did not go on for a day and was given up. Pull again.",
}


class Failed(Exception):
    """This pull will not work; `code` is one of WORDS, `status` the service's HTTP status."""

    def __init__(self, code: str, status: int | None = None) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class Again(Exception):
    """It may work later: after `delay` when the service said so. `code` is what it comes to when
    it never does."""

    def __init__(
        self, code: str, status: int | None = None, delay: timedelta | None = None
    ) -> None:
        super().__init__(code)
        self.code, self.status, self.delay = code, status, delay


class AskedTooMuch(Exception):
    """The service takes no filter, sort or choice of fields; it may answer a plainer request."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
