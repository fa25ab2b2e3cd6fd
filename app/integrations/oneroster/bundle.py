"""The files of a bundle, in a folder or a zip, behind one face. Nothing is unpacked to disk.

The limits are checked on what the archive declares before anything is read; the zip library then
never gives more than was declared.
"""

import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader, BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from app.integrations.oneroster.vocabulary import FILES

MIB = 1024 * 1024
#: bytes of a zip, bytes of all files unpacked, number of files, unpacked bytes per packed byte
ZIP_BYTES = 50 * MIB
UNPACKED_BYTES = 500 * MIB
MOST_FILES = 100
MOST_RATIO = 100
#: bytes of a zip's table of contents: 100 names need a few thousand
CONTENTS_BYTES = MIB
#: bytes that are unpacked at once
BUFFER_BYTES = 64 * 1024
#: entries looked at in a folder, so that a mistaken path ends soon
MOST_ENTRIES = 10_000

_TABLES = {name.lower(): name for name in FILES}


class Unreadable(Exception):
    """Nothing can be taken from this file or bundle. `message` is ours and holds no value."""

    def __init__(self, code: str, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.row = row


@dataclass(slots=True)
class Bundle:
    """The tables that are there, by standard name, and what was odd about the files."""

    tables: dict[str, Callable[[], IO[bytes]]] = field(default_factory=dict)
    #: (table or "bundle", code, message)
    notes: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _File:
    """One file: its path inside the bundle, its unpacked size, and how to open it."""

    path: PurePosixPath
    size: int
    open: Callable[[], IO[bytes]]


@contextmanager
def opened(source: Path | bytes | IO[bytes]) -> Iterator[Bundle]:
    """The bundle at a path (folder or zip), or in the bytes of a zip.

    Raises Unreadable when it is no bundle, breaks a limit, or names files in an unsafe way.
    """
    if isinstance(source, Path) and source.is_dir():
        yield _sorted_out(_folder(source))
        return
    if isinstance(source, Path) and not source.is_file():
        raise Unreadable("not_found", "There is no folder or zip file at this path; check it.")
    file = _seekable(source)
    try:
        _check_zip(file)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise _damaged() from error
        with archive:
            yield _sorted_out(_members(archive))
    finally:
        if file is not source:
            file.close()


def _seekable(source: Path | bytes | IO[bytes]) -> IO[bytes]:
    if isinstance(source, bytes):
        return BytesIO(source)
    if isinstance(source, Path):
        try:
            return source.open("rb")
        except OSError as error:
            raise Unreadable("not_found", "The file cannot be opened; check its rights.") from error
    return source


def _damaged() -> Unreadable:
    return Unreadable(
        "not_a_bundle",
        "This is not a readable zip. Send a zip of the CSV files, or the folder that holds them.",
    )


def _check_zip(file: IO[bytes]) -> None:
    """Refuse by size before the zip library builds an object per entry."""
    size = file.seek(0, os.SEEK_END)
    if size > ZIP_BYTES:
        raise Unreadable("too_large", "The zip is larger than 50 MiB; leave out unneeded files.")
    file.seek(max(0, size - 65_557 - 20))
    end = file.read()
    file.seek(0)
    place = end.rfind(b"PK\x05\x06")
    if place < 0 or len(end) < place + 22:
        raise _damaged()
    # a 64-bit table of contents is for archives far above the limit, and overrides these numbers
    contents = int.from_bytes(end[place + 12 : place + 16], "little")
    if contents > CONTENTS_BYTES or end[max(0, place - 20) : place].startswith(b"PK\x06\x07"):
        raise Unreadable("too_many_files", "The zip lists too many files; at most 100 are read.")


def _members(archive: zipfile.ZipFile) -> Iterator[_File]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise Unreadable("too_many_files", "The zip holds more than 100 files; send only the CSV.")
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES:
        raise Unreadable("too_large", "The files take more than 500 MiB unpacked; send fewer.")
    for entry in entries:
        if entry.header_offset < 0:  # the table of contents lies; the library would raise anything
            raise _damaged()
        path = PurePosixPath(entry.filename)
        odd = "\\" in entry.orig_filename or "\0" in entry.orig_filename
        unsafe = odd or path.is_absolute() or ".." in path.parts
        if unsafe or stat.S_ISLNK(entry.external_attr >> 16):
            raise Unreadable(
                "unsafe_path",
                "The zip names a file outside itself, or a link. Nothing was written or read; "
                "make the zip again from plain files.",
            )
        if entry.is_dir():
            continue
        if entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise Unreadable(
                "too_compressed",
                "A file unpacks to more than 100 times its packed size, as a zip bomb does; "
                "nothing was unpacked. Send the folder, or files that hold a roster.",
            )
        if entry.flag_bits & 0x1:
            raise Unreadable("encrypted", "The zip needs a password; send it without one.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("compression", "The zip uses a rare compression; use deflate or none.")
        yield _File(path, entry.file_size, lambda entry=entry: _unpacking(archive, entry))  # type: ignore[misc]


def _unpacking(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    """One file of a zip. The zip library looks for the end of a line in Python; this does not."""
    return BufferedReader(archive.open(entry), BUFFER_BYTES)  # type: ignore[type-var]


def _folder(folder: Path) -> Iterator[_File]:
    """The CSV files of a folder and of its folders, one level down."""
    total = 0
    files = 0
    seen = 0
    waiting = [(folder, PurePosixPath())]
    while waiting:
        place, prefix = waiting.pop()
        try:
            entries = sorted(place.iterdir())
        except OSError as error:
            raise Unreadable("not_found", "A folder cannot be read; check its rights.") from error
        seen += len(entries)
        if seen > MOST_ENTRIES:
            raise Unreadable("too_many_files", "This folder holds too much to be a bundle.")
        for entry in entries:
            if entry.is_dir() and not entry.is_symlink() and place == folder:
                waiting.append((entry, prefix / entry.name))
            if entry.suffix.lower() != ".csv" or entry.is_dir():
                continue
            if entry.is_symlink() or not entry.is_file():
                raise Unreadable("unsafe_path", "A CSV file is a link or no plain file; copy it.")
            size = entry.stat().st_size
            files += 1
            total += size
            if files > MOST_FILES:
                raise Unreadable("too_many_files", "The folder holds more than 100 CSV files.")
            if total > UNPACKED_BYTES:
                raise Unreadable("too_large", "The CSV files take more than 500 MiB; send fewer.")
            yield _File(prefix / entry.name, size, lambda entry=entry: entry.open("rb"))  # type: ignore[misc]


def _sorted_out(files: Iterable[_File]) -> Bundle:
    """Recognise the tables: at the top, or all together in one folder."""
    bundle = Bundle()
    by_folder: dict[PurePosixPath, list[_File]] = {}
    unknown = 0
    for file in files:
        hidden = any(part.startswith((".", "__MACOSX")) for part in file.path.parts)
        if hidden:
            continue
        if file.path.suffix.lower() == ".csv" and file.path.stem.lower() in _TABLES:
            by_folder.setdefault(file.path.parent, []).append(file)
        else:
            unknown += 1
    if unknown:
        bundle.notes.append(
            ("bundle", "unknown_file", f"{unknown} files are no tables of the standard; not read.")
        )
    if not by_folder:
        raise Unreadable(
            "not_a_bundle",
            "No file is named as a table of OneRoster (orgs.csv, users.csv, …). "
            "Send the folder or zip that holds them.",
        )
    place = PurePosixPath()
    if place not in by_folder:
        if len(by_folder) > 1:
            raise Unreadable(
                "several_bundles", "Tables lie in more than one folder; send one bundle at a time."
            )
        place = next(iter(by_folder))
        bundle.notes.append(
            ("bundle", "nested_folder", "The tables lie in a folder; they belong at the top.")
        )
    elif len(by_folder) > 1:
        bundle.notes.append(
            ("bundle", "nested_folder", "Tables in a folder below the top were not read.")
        )
    for file in by_folder[place]:
        name = _TABLES[file.path.stem.lower()]
        if name in bundle.tables:
            raise Unreadable("duplicate_file", f"{name}.csv is there twice; keep one of them.")
        if file.path.name != f"{name}.csv":
            bundle.notes.append(
                (name, "file_name_case", f"The file is read; the standard writes {name}.csv.")
            )
        bundle.tables[name] = file.open
    return bundle
