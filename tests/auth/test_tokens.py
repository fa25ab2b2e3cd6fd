"""Access tokens: only exactly what the program itself would sign is taken."""

import base64
import json

import pytest
from jose import jws

from tests.conftest import SETTINGS

pytestmark = pytest.mark.anyio
SECRET = SETTINGS.secret_keys[0][1].decode()
HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "test"}


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(claims, header=HEADER, secret=SECRET, algorithm="HS256"):
    """A token with any header at all, its signature right for the secret."""
    more = {name: value for name, value in header.items() if name != "alg"}
    body = claims if isinstance(claims, dict) else json.dumps(claims).encode()
    made = jws.sign(body, secret, headers=more, algorithm=algorithm)
    if "typ" in header and header.get("alg") == algorithm:
        return made
    # jose adds `typ` and `alg` by itself: sign such a header by hand
    from jose import jwk

    start = f"{encoded(header)}.{made.split('.')[1]}"
    signature = jwk.construct(secret, algorithm).sign(start.encode())
    return f"{start}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.fixture
def claims(app, world):
    subject, session, district = world.sessions["tom"]
    token = app.state.tokens.issue(subject, session, district)
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


async def status(as_, token):
    answer = await as_(Authorization=f"Bearer {token}").get("/me")
    if answer.status_code == 401:
        assert answer.json()["code"] == "unauthenticated"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    return answer.status_code


async def test_the_helper_signs_what_the_program_takes(as_, claims):
    assert await status(as_, signed(claims)) == 200


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256", "typ": "JWT", "kid": "test"},
        {"alg": "HS256", "typ": "AT+JWT", "kid": "test"},
        {"alg": "HS256", "kid": "test"},
        {"alg": "HS256", "typ": "at+jwt"},
        {"alg": "HS256", "typ": "at+jwt", "kid": "other"},
        {"alg": "HS256", "typ": "at+jwt", "kid": None},
        {"alg": "HS256", "typ": "at+jwt", "kid": ["test"]},
        {**HEADER, "crit": ["b64"]},
        {**HEADER, "jwk": {"kty": "oct", "k": "AAAA"}},
        {**HEADER, "jku": "https://attacker.example/keys"},
        {**HEADER, "alg": "none"},
        {**HEADER, "alg": "hs256"},
        {**HEADER, "alg": "RS256"},
    ],
)
async def test_a_header_that_is_not_ours_is_refused(as_, claims, header):
    assert await status(as_, signed(claims, header)) == 401


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
async def test_another_algorithm_with_the_right_key_is_refused(as_, claims, algorithm):
    header = {**HEADER, "alg": algorithm}
    assert await status(as_, signed(claims, header, algorithm=algorithm)) == 401


async def test_a_token_without_a_signature_or_with_anothers_is_refused(as_, claims):
    start = f"{encoded({**HEADER, 'alg': 'none'})}.{encoded(claims)}"
    assert await status(as_, f"{start}.") == 401
    assert await status(as_, f"{encoded(HEADER)}.{encoded(claims)}.") == 401
    assert await status(as_, signed(claims, secret="somebody else's secret, long enough")) == 401
    head, body, signature = signed(claims).split(".")
    other = encoded({**claims, "sub": claims["sid"]})
    assert await status(as_, f"{head}.{other}.{signature}") == 401
    assert await status(as_, f"{head}.{body}.{signature[:-4]}") == 401


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "did", "iat", "exp", "jti"])
async def test_every_claim_is_required(as_, claims, name):
    del claims[name]
    assert await status(as_, signed(claims)) == 401


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"iss": "https://other.example"},
        {"aud": "https://other.example"},
        {"aud": ["https://alongside.example"]},
        {"sub": 5},
        {"sub": None},
        {"sid": "not an id"},
        {"did": "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e02"},
        {"exp": "9999999999"},
        {"exp": None},
        {"exp": 1e308},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": True},
        {"iat": 9_999_999_999},
        {"iat": "0"},
    ],
)
async def test_a_claim_that_is_not_ours_is_refused(as_, claims, change):
    assert await status(as_, signed({**claims, **change})) == 401


@pytest.mark.parametrize("body", [[], "text", 5, None, ["iss", "aud"]])
async def test_claims_that_are_no_object_are_refused(as_, body):
    assert await status(as_, signed(body)) == 401


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "..",
        "é.é.é",
        "W10.W10.W10",
        base64.urlsafe_b64encode(b"[" * 890).decode() + ".e30.AA",
        base64.urlsafe_b64encode(b"\xff\xfe").decode() + ".e30.AA",
    ],
)
async def test_what_is_no_token_is_refused(as_, token):
    answer = await as_().get("/me", headers={"Authorization": f"Bearer {token}".encode()})
    assert answer.status_code == 401


async def test_a_token_that_is_too_long_is_refused_unread(as_, claims):
    padded = {**HEADER, "kid": "test"}
    long = signed({**claims, "jti": "x" * 1200}, padded)
    assert await status(as_, long) == 401


async def test_a_token_lives_ten_minutes(as_, app, world, ticking):
    token = app.state.tokens.issue(*world.sessions["tom"])
    ticking.move(seconds=595)
    assert await status(as_, token) == 200
    ticking.move(seconds=5)
    assert await status(as_, token) == 401


async def test_a_token_of_another_district_opens_nothing(as_, app, world):
    subject, session, _ = world.sessions["tom"]
    assert await status(as_, app.state.tokens.issue(subject, session, world.kestrel)) == 401
    assert await status(as_, app.state.tokens.issue(world.ada, session, world.juniper)) == 401


@pytest.mark.parametrize("value", ["", "Basic dG9tOnRvbQ==", "Bearer", "Bearer "])
async def test_a_request_without_a_bearer_token_is_told_to_sign_in(as_, value):
    answer = await as_().get("/me", headers={"Authorization": value} if value else {})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
