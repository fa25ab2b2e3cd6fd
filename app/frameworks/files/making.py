"""Making a package in CASE's shape: what the readers of other forms and our own export share."""

from typing import Any

from app.frameworks.files.shape import OURS, Json, made_id, plain


class Maker:
    """Collects the parts of one package. `key` names the framework, so that ids come out the same
    each time; `changed_at` is the date of every part."""

    def __init__(self, key: str, changed_at: str | None = None, **document: Any) -> None:
        self.key = key
        self.dated: Json = {} if changed_at is None else {"lastChangeDateTime": changed_at}
        self.document_id = made_id(key)
        self.titles: dict[str, str] = {self.document_id: str(document.get("title", ""))}
        self.package: Json = {
            "CFDocument": self._part(self.document_id, document),
            "CFItems": [],
            "CFAssociations": [],
        }

    def _part(self, identifier: str, fields: Json) -> Json:
        """A part without what is empty."""
        ours = fields.pop("ours", None)
        part = {name: value for name, value in fields.items() if value not in (None, "", [])}
        if ours:
            part["extensions"] = {OURS: plain(ours)}
        return {"identifier": identifier, **self.dated, **part}

    def id_of(self, *names: object) -> str:
        """The id of what these names name in this framework."""
        return made_id(self.key, *names)

    def item(self, identifier: str, **fields: Any) -> None:
        """Add an item."""
        said = fields.get("abbreviatedStatement") or fields.get("fullStatement")
        self.titles.setdefault(identifier, str(said or "")[:200])
        self.package["CFItems"].append(self._part(identifier, fields))

    def node(self, identifier: str) -> Json:
        """An end of an association."""
        return {"identifier": identifier, "title": self.titles.get(identifier) or identifier}

    def link(self, origin: str, kind: str, destination: str, sequence: int | None = None) -> None:
        """Add an association."""
        made = self.id_of("association", origin, kind, destination)
        self.package["CFAssociations"].append(
            {
                "identifier": made,
                **self.dated,
                "associationType": kind,
                **({} if sequence is None else {"sequenceNumber": sequence}),
                "originNodeURI": self.node(origin),
                "destinationNodeURI": self.node(destination),
            }
        )

    def child(self, identifier: str, parent: str | None, sequence: int | None = None) -> None:
        """Put an item under another, or under the document."""
        self.link(identifier, "isChildOf", parent or self.document_id, sequence)

    def rubric(
        self, name: str, title: str, scale: Json, criteria: list[tuple[str, list[str | None]]]
    ) -> None:
        """Add a rubric: each item's words for each level of the scale, the lowest first."""
        rubric_id = self.id_of("rubric", name)
        made = []
        for position, (item_id, said) in enumerate(criteria, 1):
            criterion_id = self.id_of("criterion", name, item_id)
            levels = []
            for number, level in enumerate(scale["levels"], 1):
                text = said[number - 1] if number <= len(said) else None
                fields = {
                    "quality": level["name"],
                    "score": level["to"],
                    "description": text,
                    "position": number,
                    "rubricCriterionId": criterion_id,
                }
                levels.append(self._part(self.id_of("level", criterion_id, number), fields))
            made.append(
                {
                    "identifier": criterion_id,
                    **self.dated,
                    "CFItemURI": self.node(item_id),
                    "position": position,
                    "rubricId": rubric_id,
                    "CFRubricCriterionLevels": levels,
                }
            )
        self.package.setdefault("CFRubrics", []).append(
            {
                "identifier": rubric_id,
                **self.dated,
                "title": title,
                "CFRubricCriteria": made,
            }
        )
