"""Signatures, as Standard Webhooks has them."""

import base64
import json

import pytest

from app.integrations.webhooks.signing import headers, signature

#: made with openssl: printf '%s' 'msg_1.1700000000.{"type":"goal.changed"}' | openssl dgst -sha256
#: -mac HMAC -macopt hexkey:0001…1f -binary | base64
OURS = "v1,1qQ+lUPXdj08fL30jrCHXslkYxov0Of4hLTvap7iTXM="


def test_a_message_is_signed_over_id_time_and_body():
    key, body = bytes(range(32)), b'{"type":"goal.changed"}'
    assert signature(key, "msg_1", 1700000000, body) == OURS
    both = headers((key, b"former" * 6), "msg_1", 1700000000, body)
    assert set(both) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    first, second = both["webhook-signature"].split(" ")
    assert (first, second) == (OURS, signature(b"former" * 6, "msg_1", 1700000000, body))
    changed = {
        signature(key, "msg_1", 1700000000, body + b" "),
        signature(key, "msg_1", 1700000001, body),
        signature(key, "msg_2", 1700000000, body),
        signature(key[1:], "msg_1", 1700000000, body),
    }
    assert OURS not in changed
    assert len(changed) == 4


@pytest.mark.data
def test_the_published_vector(data_dir):
    vector = json.loads((data_dir / "webhooks" / "sign-vector.json").read_text())
    key = base64.b64decode(vector["secret"].removeprefix("whsec_"))
    made = signature(key, vector["id"], vector["timestamp"], vector["payload"].encode())
    assert made == vector["expected_signature"]
