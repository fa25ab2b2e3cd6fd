"""JSON of a service to cells of CSV tables, so that one reader judges both.

Students, and everybody else who neither teaches nor may lead, are counted here and not kept: of a
run of them only its length goes on. Who cannot be told is kept as a row without anything that names
them, unless the database knows the id from before. Only columns that the CSV reader reads are made.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from app.integrations.oneroster import vocabulary as words

#: the collections that are read, in the order of their references
COLLECTIONS: Final = (
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "enrollments",
)
#: begins the id of a row whose own is not kept
NOBODY: Final = "nobody "
_WORDS: Final = words.ROLES["1.2"]
#: longer is a fault, which the reader finds as well in the first part
_LONGEST: Final = 300
_MOST_VALUES: Final = 60
_MOST_ROLES: Final = 50
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

#: a row of cells, or a number of rows that are counted and not kept; of `roles` a positive number
#: is how many rows the next such user has, a negative one how many such users have one each
Row = list[str] | int
Tables = dict[str, list[Row]]


def header(table: str) -> tuple[str, ...]:
    """The columns that are made of a table."""
    columns = words.COLUMNS["1.2"][table]
    return (*columns.required, *columns.optional)


def cells(
    collection: str,
    records: list[Any],
    number: int,
    known: Mapping[str, Collection[str]],
    extra_roles: Collection[str] = (),
) -> Tables:
    """The rows of one page. `number` is the page's, `known` the ids that the database has from this
    source by table, `extra_roles` the district's own roles that make a teacher or leader."""
    making = _Page(collection, number, known, {word.lower() for word in extra_roles})
    for record in records:
        making.take(record if isinstance(record, dict) else {})
    return making.tables


class _Page:
    def __init__(
        self, collection: str, number: int, known: Mapping[str, Collection[str]], extra: set[str]
    ) -> None:
        self.collection, self.number, self.known, self.extra = collection, number, known, extra
        self.tables: Tables = {collection: []}
        if collection == "users":
            self.tables["roles"] = []

    def take(self, record: Mapping[str, Any]) -> None:
        if self.collection == "users":
            self._user(record)
        elif self.collection == "enrollments":
            self._enrollment(record)
        else:
            self._add(self.collection, _STRUCTURE[self.collection](record))

    def _add(self, table: str, values: dict[str, str]) -> None:
        row = [values.get(name, "") for name in header(table)]
        if not any(row):
            # a blank line of CSV is no row; a record without anything is one, and has a fault
            row[header(table).index("status")] = "active"
        self.tables[table].append(row)

    def _pass_over(self, table: str) -> None:
        rows = self.tables[table]
        if rows and isinstance(rows[-1], int):
            rows[-1] += 1
        else:
            rows.append(1)

    def _role(self, value: Any) -> str:
        """A role as it is kept: a word of the standard or of the policy, else only what kind of
        word it is."""
        word = cell(value)
        low = word.lower()
        if low in _WORDS or low in self.extra or not word:
            return word
        return "ext:other" if low.startswith("ext:") else "other"

    def _takes(self, word: str) -> bool:
        return word.lower() in self.extra or _WORDS.get(word.lower()) is not None

    def _nobody(self) -> str:
        """An id for a row whose own is not kept."""
        return f"{NOBODY}{self.number}.{len(self.tables[self.collection])}"

    def _user(self, record: Mapping[str, Any]) -> None:
        given = record.get("roles")
        roles = list((given if isinstance(given, list) else [])[:_MOST_ROLES])
        roles = [part if isinstance(part, dict) else {} for part in roles]
        named = [self._role(part.get("role")) for part in roles]
        taken = any(self._takes(word) for word in named)
        if named and not taken and all(word.lower() in _WORDS for word in named):
            self._pass_over("users")
            self.tables["roles"].append(len(named))
            return
        key = cell(record.get("sourcedId"))
        user = {
            "sourcedId": key,
            "status": cell(record.get("status")),
            "enabledUser": cell(record.get("enabledUser")),
            "givenName": cell(record.get("givenName")),
            "familyName": cell(record.get("familyName")),
            "identifier": cell(record.get("identifier")),
            "email": cell(record.get("email")),
        }
        if not taken:
            if key and key not in self.known.get("users", ()):
                key = self._nobody()
            user = {"sourcedId": key, "status": user["status"]}
        elif user["status"].lower() == "tobedeleted":
            user = {"sourcedId": key, "status": user["status"]}
        for count, (part, word) in enumerate(zip(roles, named, strict=True)):
            self._add(
                "roles",
                {
                    "sourcedId": f"{key}/{count}" if key else "",
                    "userSourcedId": key,
                    "role": word,
                    "orgSourcedId": _ref(part.get("org")),
                },
            )
        self._add("users", user)

    def _enrollment(self, record: Mapping[str, Any]) -> None:
        role = self._role(record.get("role"))
        if not self._takes(role) and role.lower() in _WORDS:
            self._pass_over("enrollments")
            return
        key, person = cell(record.get("sourcedId")), _ref(record.get("user"))
        row = {"sourcedId": key, "status": cell(record.get("status")), "userSourcedId": person}
        if self._takes(role):
            row |= {
                "classSourcedId": _ref(record.get("class")),
                "schoolSourcedId": _ref(record.get("school")),
                "primary": cell(record.get("primary")),
                "beginDate": cell(record.get("beginDate")),
                "endDate": cell(record.get("endDate")),
            }
        else:
            if key and key not in self.known.get("enrollments", ()):
                row["sourcedId"] = self._nobody()
            if person not in self.known.get("users", ()):
                row["userSourcedId"] = ""
        self._add("enrollments", {**row, "role": role})


def cell(value: Any) -> str:
    """One value as the text of a cell. Line ends and tabs are space, as the reader has them; what
    is no text or number is nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:_LONGEST]
    if not isinstance(value, str):
        return ""
    # NUL cannot be stored; another control character is found as the same fault
    text = _SURROGATE.sub("\ufffd", value[: _LONGEST * 10]).replace("\0", "\x01")
    return " ".join(text.split())[:_LONGEST]


def _ref(value: Any) -> str:
    """The id in a reference."""
    return cell(value.get("sourcedId") if isinstance(value, dict) else value)


def _several(values: Any, of: Any = cell) -> str:
    listed = values if isinstance(values, list) else [values]
    return ",".join(filter(None, (of(part).replace(",", " ") for part in listed[:_MOST_VALUES])))


def _org(record: Mapping[str, Any]) -> dict[str, str]:
    return {
        **_plain(record, "sourcedId", "status", "name", "type", "identifier"),
        "parentSourcedId": _ref(record.get("parent")),
    }


def _session(record: Mapping[str, Any]) -> dict[str, str]:
    names = ("sourcedId", "status", "title", "type", "startDate", "endDate", "schoolYear")
    return {**_plain(record, *names), "parentSourcedId": _ref(record.get("parent"))}


def _course(record: Mapping[str, Any]) -> dict[str, str]:
    return {
        **_plain(record, "sourcedId", "status", "title", "courseCode"),
        "schoolYearSourcedId": _ref(record.get("schoolYear")),
        "orgSourcedId": _ref(record.get("org")),
        "subjects": _several(record.get("subjects")),
    }


def _class(record: Mapping[str, Any]) -> dict[str, str]:
    return {
        **_plain(record, "sourcedId", "status", "title", "classCode"),
        "courseSourcedId": _ref(record.get("course")),
        "schoolSourcedId": _ref(record.get("school")),
        "termSourcedIds": _several(record.get("terms"), _ref),
        "subjects": _several(record.get("subjects")),
    }


def _plain(record: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: cell(record.get(name)) for name in names}


_STRUCTURE: Final = {
    "orgs": _org,
    "academicSessions": _session,
    "courses": _course,
    "classes": _class,
}


def characters(tables: Tables) -> int:
    """About how many there are, with their separators."""
    return sum(
        sum(len(text) + 3 for text in row) if isinstance(row, list) else 20 * abs(row)
        for rows in tables.values()
        for row in rows
    )


def counted(collection: str, number: int) -> Tables:
    """A page of `number` people who were never asked for."""
    return {collection: [number], **({"roles": [-number]} if collection == "users" else {})}
