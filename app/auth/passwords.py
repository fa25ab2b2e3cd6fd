"""Passwords: Argon2id in threads, at most two at once; strength by zxcvbn, no composition rules."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from zxcvbn import zxcvbn

from app.core.errors import Conflict, Unavailable

T = TypeVar("T")
MIN_LENGTH = 15
_MAX_WAITING = 20
_hasher = PasswordHasher()
_turns = asyncio.Semaphore(2)
_waiting = 0
_judging = asyncio.Semaphore(1)


class WeakPassword(Conflict):
    """The password is too short, too easy to guess, or holds your name or your school's."""

    code, title = "weak_password", "Choose a stronger password"
    next_step = "Use at least 15 characters; four or five unrelated words do well."


@cache
def _nobody() -> str:
    """Verified when there is no such account, so that an unknown one takes as long as a known."""
    return _hasher.hash("no account has this password")


async def _in_turn(work: Callable[[], T]) -> T:
    global _waiting
    if _waiting >= _MAX_WAITING:
        raise Unavailable("Too many people are signing in.", headers={"Retry-After": "2"})
    _waiting += 1
    try:
        async with _turns:
            return await asyncio.to_thread(work)
    finally:
        _waiting -= 1


async def hashed(secret: str) -> str:
    """The Argon2id hash of a secret."""
    return await _in_turn(lambda: _hasher.hash(secret))


async def verified(stored: str | None, secret: str) -> bool:
    """Whether the secret fits the stored hash. None takes as long and is never right."""

    def verify() -> bool:
        nobody = _nobody()  # whether it is needed or not: the first to ask must learn nothing
        try:
            _hasher.verify(stored or nobody, secret)
        except (Argon2Error, InvalidHashError):
            return False
        return stored is not None

    return await _in_turn(verify)


def _recognised(name: str) -> set[str]:
    """The name and its first word: "school", "the" and the like belong to nobody."""
    whole = name.lower().strip()
    return {whole, *whole.removeprefix("the ").split()[:1]}


async def check_strength(password: str, names: list[str]) -> None:
    """Refuse (409) a password that is short, guessable, or holds one of the names."""
    lowered = password.lower()
    parts = {part for name in names for part in _recognised(name) if len(part) > 2}
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"The password needs at least {MIN_LENGTH} characters.")
    if any(part in lowered for part in parts):
        raise WeakPassword("The password must not contain your name or your school's.")
    # In a thread: it may take seconds. One at a time: it keeps the names it is given in a global.
    async with _judging:
        found = await asyncio.to_thread(zxcvbn, password[:72], user_inputs=sorted(parts))
    if found["score"] < 3:
        raise WeakPassword("The password is too easy to guess.")
