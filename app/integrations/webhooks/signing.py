"""Signatures of Standard Webhooks (https://www.standardwebhooks.com), scheme `v1`.

HMAC-SHA256 with the endpoint's secret over id, time and body: nobody else can send a message, and
none is taken for another or for a later one.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC. `secret` is the key itself, which people see in base64
    behind `whsec_`; `timestamp` is in seconds."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def headers(
    secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The three headers of a message. Of several secrets each signs, so that a receiver may know
    either while they are being exchanged."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            signature(secret, message_id, timestamp, body) for secret in secrets
        ),
    }
