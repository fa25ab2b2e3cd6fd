"""Tokens that a client carries but neither reads nor makes, list cursors and feed positions; and
secrets of others that are kept encrypted.

AES-SIV is authenticated and needs no nonce, so equal content gives an equal token: an answer that
did not change keeps its bytes. The token is bound to its purpose and its caller.
"""

import base64
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unsealable(ValueError):
    """The token was not made here for this purpose and caller."""


class Seal:
    """Seals small JSON values with keys derived from the installation's secrets."""

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        self._ciphers = [
            AESSIV(HKDF(SHA256(), 32, None, b"alongside cursors").derive(secret))
            for secret in secrets
        ]

    def close(self, value: Any, *bound: str) -> str:
        """Seal a JSON value, bound to the given words."""
        plain = json.dumps(value, separators=(",", ":")).encode()
        sealed = self._ciphers[0].encrypt(plain, [word.encode() for word in bound])
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, token: str, *bound: str) -> Any:
        """The value of a token that was sealed with the same words, else Unsealable."""
        try:
            sealed = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
        except (ValueError, UnicodeError) as exc:
            raise Unsealable from exc
        for cipher in self._ciphers:
            try:
                return json.loads(cipher.decrypt(sealed, [word.encode() for word in bound]))
            except (InvalidTag, ValueError):
                continue
        raise Unsealable


class Strongbox:
    """Keeps secrets that must be read again later, such as a key that messages are signed with.

    What is closed is bound to its purpose and its row, so it opens nowhere else. A nonce is drawn
    each time: equal secrets do not look alike. What was closed with an earlier secret of the
    installation opens for as long as that secret is among the given ones.
    """

    _NONCE = 12

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        self._ciphers = [
            AESGCM(HKDF(SHA256(), 32, None, b"alongside strongbox").derive(secret))
            for secret in secrets
        ]

    def close(self, plain: bytes, *bound: str) -> bytes:
        """The secret as it may be kept, bound to the given words: a purpose and a row's id."""
        nonce = os.urandom(self._NONCE)
        return nonce + self._ciphers[0].encrypt(nonce, plain, _together(bound))

    def open(self, closed: bytes, *bound: str) -> bytes:
        """What was closed with the same words, else Unsealable."""
        nonce, sealed = closed[: self._NONCE], closed[self._NONCE :]
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(nonce, sealed, _together(bound))
            except (InvalidTag, ValueError):
                continue
        raise Unsealable


def _together(words: tuple[str, ...]) -> bytes:
    """As JSON, so that no two lists of words are the same bytes."""
    return json.dumps(words).encode()
