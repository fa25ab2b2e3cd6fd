"""Seeded ways to spoil a bundle: what people, programs and networks do to files."""

import random
from collections.abc import Callable

from tests.integrations.bundles import bundle, with_students, zipped

_Files = dict[str, str | bytes]
_ODD = (
    *("", " ", '"', '""', "\0", "\ufeff", "TRUE", "tobedeleted", "active", "2026-02-30"),
    *("9999-99-99", "u1", "s1", "k1", "teacher", "ext:coach", "x" * 300, "a,b", "\u202e", "é"),
    *("=1+1", "\n", "\r\n", "d1", "tove.alder@quill.example", "bulk", "delta", "1.2"),
)


def _lines(chance: random.Random, files: _Files, change: Callable[[list[str]], None]) -> None:
    name = chance.choice([name for name, held in files.items() if isinstance(held, str)])
    lines = str(files[name]).split("\n")
    change(lines)
    files[name] = "\n".join(lines)


def _drop(chance: random.Random, files: _Files) -> None:
    _lines(chance, files, lambda lines: lines.pop(chance.randrange(len(lines))) and None)


def _double(chance: random.Random, files: _Files) -> None:
    _lines(chance, files, lambda lines: lines.append(chance.choice(lines)))


def _shuffle_columns(chance: random.Random, files: _Files) -> None:
    def change(lines: list[str]) -> None:
        cells = lines[0].split(",")
        chance.shuffle(cells)
        lines[0] = ",".join(cells)

    _lines(chance, files, change)


def _swap(chance: random.Random, files: _Files) -> None:
    def change(lines: list[str]) -> None:
        at = chance.randrange(len(lines))
        cells = lines[at].split(",")
        cells[chance.randrange(len(cells))] = chance.choice(_ODD)
        lines[at] = ",".join(cells)

    _lines(chance, files, change)


def _open_quote(chance: random.Random, files: _Files) -> None:
    def change(lines: list[str]) -> None:
        at = chance.randrange(len(lines))
        place = chance.randint(0, len(lines[at]))
        lines[at] = f'{lines[at][:place]}"{lines[at][place:]}'

    _lines(chance, files, change)


def _flip(chance: random.Random, files: _Files) -> None:
    name = chance.choice(list(files))
    held = files[name]
    spoilt = bytearray(held.encode() if isinstance(held, str) else held)
    for _ in range(chance.randint(1, 4)):
        if spoilt:
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    files[name] = bytes(spoilt)


def _lose(chance: random.Random, files: _Files) -> None:
    if len(files) > 1:
        del files[chance.choice(list(files))]


def _rename(chance: random.Random, files: _Files) -> None:
    name = chance.choice(list(files))
    other = chance.choice(("users", "x", "../users.csv", "Orgs.CSV", "a/orgs.csv", "classes"))
    files[other] = files.pop(name)


_IN_FILES = (_drop, _double, _shuffle_columns, _swap, _swap, _swap, _open_quote, _flip, _lose)


def spoilt(seed: int) -> bytes:
    """The zip of one seed: one to four changes of the files, and in one of six the zip itself."""
    chance = random.Random(seed)
    own = bundle(chance.choice(("1.1", "1.2")), chance.choice(("bulk", "delta", None)))
    if chance.random() < 0.8:
        own = with_students(own, 40)  # one fault is no twentieth: the roster is taken
        if "roles" in own:
            bare = bundle("1.2")["users"]
            own["users"] = bare + "".join(f"x{n},,,true,{',' * 11}\n" for n in range(40))
            own["roles"] += "".join(f"q{n},,,x{n},primary,student,,,s1,\n" for n in range(40))
    files: _Files = dict(own)
    for _ in range(chance.choice((1, 1, 2, 4))):
        chance.choice(_IN_FILES if chance.random() < 0.95 else (_rename,))(chance, files)
    whole = bytearray(zipped(files))
    if not seed % 6:
        for _ in range(chance.randint(1, 6)):
            # mostly the table of contents, where a reader trusts what it is told
            start = len(whole) * 3 // 4 if chance.random() < 0.7 else 0
            whole[chance.randrange(start, len(whole))] = chance.randrange(256)
        if chance.random() < 0.2:
            del whole[chance.randrange(len(whole)) :]
    return bytes(whole)
