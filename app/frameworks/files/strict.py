"""Strict CASE 1.1 out of anything that means it: what the standard has no place for is kept under
`extensions`, what it demands and the file lacks is made, and each such step is noted.

Doing it twice changes nothing, so that an export that is imported is exported the same.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from app.frameworks.files.shape import (
    Json,
    Problems,
    Source,
    as_uuid,
    line,
    made_id,
    uuid_inside,
)
from app.frameworks.files.spec import (
    ALIASES,
    ASSOCIATIONS,
    DEFINITIONS,
    FIELDS,
    IMPLIED,
    PARTS,
    REQUIRED,
)
from app.frameworks.files.values import (
    BREAKS,
    Unfit,
    date_of,
    instant_of,
    integer_of,
    line_of,
    lines_of,
    list_of,
    number_of,
    text_of,
    uri_of,
    uuid_of,
)

VERSION: Final = "1.1"
_BY_LOWER: Final = {name.lower(): name for name in ASSOCIATIONS}
_EXTENDED: Final = re.compile(r"ext:[A-Za-z0-9._][A-Za-z0-9._-]*")


def strict(source: Source, now: datetime) -> Json:
    """The package as strict CASE 1.1; what had to be done is added to the source's problems."""
    return _Strict(source.package, source.problems, now).package()


class _Strict:
    def __init__(self, raw: Json, problems: Problems, now: datetime) -> None:
        self.raw, self.problems = raw, problems
        self.changed_at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        #: kind → id → what has it
        self.taken: dict[str, dict[str, Any]] = {}
        #: kind and id → how many claim it
        self.claimed: dict[tuple[str, str], int] = {}
        #: ids of the document and the items
        self.known: set[str] = set()
        #: what the file calls them besides, id or address in lower case → id
        self.called: dict[str, str] = {}
        self.document_id = ""
        self.kinds: dict[str, Callable[[Any], Any]] = {
            "uuid": uuid_of,
            "uri": uri_of,
            "instant": instant_of,
            "version": lambda _value: VERSION,
            "line": line_of,
            "lines": lines_of,
            "text": text_of,
            "date": date_of,
            "number": number_of,
            "integer": integer_of,
            "association": self._association,
            "link": self._link,
            "links": lambda value: [self._link(part) for part in list_of(value)],
            "item": self._item_link,
            "node": self._node,
        }

    def package(self) -> Json:
        """The whole package."""
        raw = self.raw
        given = raw.get("CFDocument")
        if not isinstance(given, dict):
            self.problems.add(
                "CFDocument", "document_missing", "There is no document; one is made."
            )
            given = {}
        raw_items = self._objects(raw.get("CFItems"), "CFItems")
        names = [str(part.get("identifier") or part.get("uri")) for _, part in raw_items[:1000]]
        document = self._part(given, "CFDocument", "CFDocument", "|".join(names))
        document["caseVersion"] = VERSION
        self.document_id = document["identifier"]
        self.changed_at = document["lastChangeDateTime"]
        self._name(given, document)
        found: Json = {"CFDocument": document}
        items: list[Json] = []
        for place, part in raw_items:
            item = self._part(part, "CFItem", place)
            if item:
                self._name(part, item)
                items.append(item)
        found["CFItems"] = items
        found["CFAssociations"] = self._associations()
        definitions = raw.get("CFDefinitions")
        if isinstance(definitions, dict):
            found["CFDefinitions"] = self._definitions(definitions)
        elif definitions is not None:
            self._left_out("CFDefinitions")
        if raw.get("CFRubrics") is not None:
            found["CFRubrics"] = self._all(raw["CFRubrics"], "CFRubrics", "CFRubric")
        extra = {
            name: value
            for name, value in raw.items()
            if name not in (*found, "CFDefinitions", "CFRubrics", "extensions")
            and name not in IMPLIED
            and value is not None
        }
        extensions = _with_extra(raw.get("extensions"), extra)
        if extra:
            self._kept("CFPackage")
        if extensions is not None:
            found["extensions"] = extensions
        return found

    def _name(self, raw: Json, part: Json) -> None:
        """Remember under which names the file may refer to it; the first with a name has it."""
        self.known.add(part["identifier"])
        for name in (raw.get("identifier"), part["uri"]):
            if isinstance(name, str | int) and str(name).strip():
                self.called.setdefault(str(name).strip().lower(), part["identifier"])

    def _find(self, link: Json) -> str | None:
        """The id of what a link leads to, where that is in this package: ids before addresses."""
        given = link.get("identifier")
        if isinstance(given, str) and given in self.known:
            return given
        names = [
            str(name).strip().lower()
            for name in (link.get("identifier"), link.get("uri"))
            if isinstance(name, str | int)
        ]
        names += [inside for name in names if (inside := uuid_inside(name))]
        own = next((name for name in names if name in self.known), None)
        return own or next((self.called[name] for name in names if name in self.called), None)

    def _definitions(self, raw: Json) -> Json:
        found: Json = {}
        extra: Json = {}
        for name, value in raw.items():
            if value is None or name == "extensions":
                continue
            if name in DEFINITIONS:
                found[name] = self._all(value, f"CFDefinitions/{name}", DEFINITIONS[name])
            else:
                extra[name] = value
        if extra:
            self._kept("CFDefinitions")
        extensions = _with_extra(raw.get("extensions"), extra)
        if extensions is not None:
            found["extensions"] = extensions
        return found

    def _associations(self) -> list[Json]:
        found = []
        for place, part in self._objects(self.raw.get("CFAssociations"), "CFAssociations"):
            if any(not _names_something(part.get(end)) for end in ENDS):
                words = "An association without two ends says nothing; it is left out."
                self.problems.add(place, "association_without_end", words)
                continue
            made = self._part(part, "CFAssociation", place)
            if not made:
                continue
            if not all(end in made for end in ENDS):
                self._left_out(place)
                continue
            if "associationType" not in made:
                made["associationType"] = self._association("unknown")
            found.append(made)
        return found

    # --- parts

    def _objects(self, value: Any, place: str) -> list[tuple[str, Json]]:
        """The objects of a list and where they stand; anything else in it is left out."""
        if value is None:
            return []
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            self._left_out(place)
            return []
        found = []
        for index, part in enumerate(value):
            if isinstance(part, dict):
                found.append((f"{place}/{index}", part))
            else:
                self._left_out(f"{place}/{index}")
        return found

    def _all(self, value: Any, place: str, kind: str, above: str | None = None) -> list[Json]:
        parts = (
            self._part(part, kind, where, above=above)
            for where, part in self._objects(value, place)
        )
        return [part for part in parts if part]

    def _part(
        self, raw: Json, kind: str, place: str, seed: str = "", *, above: str | None = None
    ) -> Json:
        """One part of the package, or nothing where the same stands there already."""
        identifier = self._identify(raw, kind, place, seed)
        if identifier is None:
            return {}
        found: Json = {}
        extra: Json = {}
        fields = FIELDS[kind]
        for given, value in raw.items():
            if value is None or given in ("identifier", "extensions"):
                continue
            name = given
            if given not in fields:
                name = ALIASES.get(given, given)
                name = given if name not in fields or raw.get(name) is not None else name
            if name in IMPLIED:
                continue
            if name not in fields:
                extra[name] = value
                continue
            how = fields[name]
            try:
                if how == "parts":
                    found[name] = self._all(value, f"{place}/{name}", PARTS[name], identifier)
                elif how == "above":
                    found[name] = above or uuid_of(value)
                else:
                    found[name] = self.kinds[how](value)
            except Unfit:
                extra[name] = value
                words = "A value does not fit its field; it is kept under `extensions`."
                self.problems.add(f"{place}/{name}", "value_unfit", words)
        own = raw.get("identifier")
        if own is not None and as_uuid(own) is None:
            extra["sourceIdentifier"] = own
        elif any(name not in fields for name in extra):
            self._kept(place)
        found["identifier"] = identifier
        found.setdefault("uri", f"urn:uuid:{identifier}")
        found.setdefault("lastChangeDateTime", self.changed_at)
        self._complete(found, kind, place)
        listed = fields["extensions"] == "extension list"
        extensions = (_listed_with_extra if listed else _with_extra)(raw.get("extensions"), extra)
        if extensions is not None:
            found["extensions"] = extensions
        return found

    def _complete(self, found: Json, kind: str, place: str) -> None:
        for name in REQUIRED.get(kind, ()):
            if name not in found:
                found[name] = self._instead(found, kind, name)
                if kind in ("CFDocument", "CFItem"):
                    words = "A field that CASE demands is missing; another stands for it."
                    self.problems.add(f"{place}/{name}", "field_missing", words)

    @staticmethod
    def _instead(found: Json, kind: str, name: str) -> str:
        """What stands for a field that CASE demands and the file lacks."""
        if name == "fullStatement":
            for other in ("abbreviatedStatement", "alternativeLabel", "humanCodingScheme", "notes"):
                if found.get(other):
                    return str(found[other])
            return ""
        if name == "creator":
            return str(found.get("publisher") or "unknown")
        if name == "title":
            return "Untitled" if kind == "CFDocument" else str(found.get("typeCode") or "")
        return ""

    def _identify(self, raw: Json, kind: str, place: str, seed: str) -> str | None:
        """The part's id; None for a part that repeats one word by word."""
        given = raw.get("identifier")
        identifier = as_uuid(given)
        if identifier is None and given is None:
            identifier = uuid_inside(raw.get("uri"))
        taken = self.taken.setdefault(kind, {})
        if identifier is None:
            named = given or raw.get("uri") or raw.get("humanCodingScheme") or seed or place
            identifier = made_id(self.document_id, kind, named)
            words = "There is no UUID; one is made of what names it."
            self.problems.add(place, "identifier_made", words)
        if identifier in taken:
            words = "Two have this identifier"
            if taken[identifier] == raw:
                self.problems.add(place, "duplicate", f"{words} and are alike; one is kept.")
                return None
            self.problems.add(place, "duplicate_identifier", f"{words}; this one gets another.")
            identifier = self._another(kind, identifier)
        taken[identifier] = raw
        return identifier

    def _another(self, kind: str, identifier: str) -> str:
        """An id for one more part that claims this one. The counting goes on where it stopped: many
        that claim the same id would take hours to number if each began anew."""
        taken = self.taken[kind]
        while True:
            number = self.claimed[kind, identifier] = self.claimed.get((kind, identifier), 1) + 1
            made = made_id(self.document_id, kind, identifier, number)
            if made not in taken:
                return made

    # --- values that need more than themselves

    def _association(self, value: Any) -> str:
        name = line_of(value)
        if name.lower() in _BY_LOWER:
            return _BY_LOWER[name.lower()]
        if _EXTENDED.fullmatch(name):
            return name
        self.problems.add(
            "CFAssociations",
            "association_type",
            "A kind of association that CASE does not have; it is kept as an extension of it.",
        )
        return "ext:" + (re.sub(r"[^A-Za-z0-9._-]", "", name).lstrip("-") or "unknown")

    def _link(self, value: Any) -> Json:
        """A link to something that has a UUID."""
        raw = _link_of(value)
        uri, title, given = (raw.get(name) for name in ("uri", "title", "identifier"))
        identifier = as_uuid(given) or uuid_inside(uri)
        if identifier is None:
            named = given or uri or title
            if not named:
                raise Unfit
            identifier = made_id(self.document_id, "link", named)
        return _linked(identifier, uri, title)

    def _item_link(self, value: Any) -> Json:
        """A link to an item of this package, by whatever name the file has for it."""
        raw = _link_of(value)
        known = self._find(raw)
        return _linked(known, raw.get("uri"), raw.get("title")) if known else self._link(value)

    def _node(self, value: Any) -> Json:
        """An end of an association: an item or the document here, or anything elsewhere."""
        raw = _link_of(value)
        uri, given = raw.get("uri"), raw.get("identifier")
        identifier = self._find(raw)
        if identifier is None:
            text = str(given) if isinstance(given, str | int) else ""
            identifier = as_uuid(text) or line(text, 2000)
            identifier = identifier or uuid_inside(uri) or line(uri, 2000)
        if not identifier:
            raise Unfit
        linked = _linked(identifier, uri, raw.get("title"))
        target = raw.get("targetType")
        if target == "CASE" or (isinstance(target, str) and _EXTENDED.fullmatch(target)):
            linked["targetType"] = target
        return linked

    # --- what is said

    def _left_out(self, place: str) -> None:
        self.problems.add(place, "left_out", "This is not what CASE has here; it is left out.")

    def _kept(self, place: str) -> None:
        words = "Fields that CASE does not have; they are kept under `extensions`."
        self.problems.add(place, "fields_unknown", words)


ENDS: Final = ("originNodeURI", "destinationNodeURI")


def _names_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(
            isinstance(value.get(name), str | int) and str(value[name]).strip()
            for name in ("identifier", "uri")
        )
    return isinstance(value, str) and bool(value.strip())


def _link_of(value: Any) -> Json:
    if isinstance(value, dict):
        return value
    if isinstance(value, str) and value.strip():
        return {"uri": value, "identifier": None if ":" in value else value}
    raise Unfit


def _linked(identifier: str, uri: Any, title: Any) -> Json:
    known = as_uuid(identifier)
    # on one line like every address, or a title made of it changes when it is read again
    address = BREAKS.sub("", uri.strip()) if isinstance(uri, str) else None
    address = address or (f"urn:uuid:{identifier}" if known else identifier)
    return {
        "title": BREAKS.sub(" ", title) if isinstance(title, str) else address,
        "identifier": identifier,
        "uri": address,
    }


def _with_extra(given: Any, extra: Json) -> Json | None:
    """`extensions` with what else must be kept there."""
    if given is None:
        return dict(extra) or None
    kept = dict(given) if isinstance(given, dict) else {"extensions": given}
    for name, value in extra.items():
        while name in kept:
            name += "_"
        kept[name] = value
    return kept


def _listed_with_extra(given: Any, extra: Json) -> list[Json] | None:
    """The same where the standard has a list of objects."""
    if given is None and not extra:
        return None
    parts = given if isinstance(given, list) else [] if given is None else [given]
    kept = [part if isinstance(part, dict) else {"extensions": part} for part in parts]
    return [*kept, extra] if extra else kept
