"""Tokens that a client carries but neither reads nor makes: list cursors and feed positions.

AES-SIV is authenticated and needs no nonce, so equal content gives an equal token: an answer that
did not change keeps its bytes. The token is bound to its purpose and its caller.
"""

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
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
