"""What a commit of a roster would do, and what the report says of it."""

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from app.integrations.imports.rows import PersonRow

#: problems with one file and code that are listed
LISTED = 200


@dataclass(slots=True)
class Tally:
    """What becomes of the rows of one file. `hits` are rows whose effect is a deactivation."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    skipped: int = 0
    ignored: int = 0
    hits: int = 0


@dataclass(slots=True)
class Plan:
    """The counts, the problems, and the people for whom more is to be done than to write a row."""

    tallies: dict[str, Tally]
    leaving: list[PersonRow] = field(default_factory=list)
    #: people of whom a role ends
    losing_roles: set[UUID] = field(default_factory=set)
    #: people whose sign-in key moves to a new address
    rekeyed: list[tuple[UUID, str]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: more than MASS of the source's people or schools would leave
    mass: bool = False
    #: more rows of a file were left out than a roster may have faults
    refused: bool = False

    def files(self) -> list[dict[str, Any]]:
        """The counts for the report, as JSON."""
        counted = []
        for name, tally in self.tallies.items():
            counts = {"file": name, **asdict(tally)}
            del counts["hits"]
            if self.refused:
                counts |= dict.fromkeys(("created", "updated", "unchanged", "deactivated"), 0)
            counted.append(counts)
        return counted

    def outcome(self) -> str:
        """All that the report says of a commit, and who would leave, as a hash: another one means
        that the commit would do something else."""
        who = sorted(person.external_id or "" for person in self.leaving)
        said = [self.files(), self.problems, sorted(self.found.items()), who]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def report(
        self, file: str, grade: str, code: str, message: str, external_id: str | None = None
    ) -> None:
        """Add a problem; past LISTED of one kind they are only left out of the list."""
        self.found[file, code] += 1
        if self.found[file, code] <= LISTED:
            self.problems.append(
                {
                    "file": file,
                    "row": None,
                    "column": None,
                    "grade": grade,
                    "code": code,
                    "message": message,
                    "external_id": external_id and external_id[:255],
                }
            )
