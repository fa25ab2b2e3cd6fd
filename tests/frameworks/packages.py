"""Framework files of our own: what publishers send, well made and badly, in a few lines."""

import io
import json
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

_AT = "2026-02-03T04:05:06Z"


def uid(number: int) -> str:
    """A UUID that can be read."""
    return f"0f000000-0000-4000-8000-{number:012d}"


def uri(number: int) -> str:
    """The address of what has it."""
    return f"https://standards.example/{uid(number)}"


def node(number: int) -> dict[str, str]:
    """An end of an association."""
    return {"title": f"Node {number}", "identifier": uid(number), "uri": uri(number)}


def item(number: int, statement: str, **more: Any) -> dict[str, Any]:
    """An item."""
    return {
        "identifier": uid(number),
        "uri": uri(number),
        "fullStatement": statement,
        "lastChangeDateTime": _AT,
        **more,
    }


def link(number: int, origin: int, destination: int, kind: str = "isChildOf", **more: Any) -> Any:
    """An association."""
    return {
        "identifier": uid(number),
        "uri": uri(number),
        "associationType": kind,
        "originNodeURI": node(origin),
        "destinationNodeURI": node(destination),
        "lastChangeDateTime": _AT,
        **more,
    }


def package(**more: Any) -> dict[str, Any]:
    """Standards, strictly CASE 1.1: two of them under a heading, one with an end elsewhere."""
    return {
        "CFDocument": {
            "identifier": uid(1),
            "uri": uri(1),
            "caseVersion": "1.1",
            "creator": "Harbour Mathematics Group",
            "title": "Harbour Number Standards",
            "version": "2026",
            "lastChangeDateTime": _AT,
        },
        "CFItems": [
            item(10, "Number", humanCodingScheme="N", CFItemType="Strand"),
            item(11, "Compare fractions", humanCodingScheme="N.1", CFItemType="Standard"),
            item(12, "Order fractions", humanCodingScheme="N.2", CFItemType="Standard"),
        ],
        "CFAssociations": [
            link(20, 10, 1, sequenceNumber=1),
            link(21, 11, 10, sequenceNumber=2),
            link(22, 12, 10, sequenceNumber=1),
            link(23, 12, 99, "isRelatedTo"),
        ],
        **more,
    }


def rubric(item_number: int, levels: list[tuple[float, str, str]], number: int = 30) -> Any:
    """A rubric with one criterion."""
    return {
        "identifier": uid(number),
        "uri": uri(number),
        "lastChangeDateTime": _AT,
        "CFRubricCriteria": [
            {
                "identifier": uid(number + 1),
                "uri": uri(number + 1),
                "lastChangeDateTime": _AT,
                "CFItemURI": node(item_number),
                "CFRubricCriterionLevels": [
                    {
                        "identifier": uid(number + 2 + place),
                        "uri": uri(number + 2 + place),
                        "lastChangeDateTime": _AT,
                        "score": score,
                        "quality": name,
                        "description": words,
                    }
                    for place, (score, name, words) in enumerate(levels)
                ],
            }
        ],
    }


TABLE = """\
kind,code,title,statement,parent,levels,level_1,level_2,level_3,observed
domain,C,Classroom,,,,,,,
group,C-1,Talk,,C,Beginning|Growing|Strong,,,,
indicator,C-1.a,Students talk,They talk about the work.,C-1,,Few do.,Some do.,Most do.,yes
indicator,C-1.b,Families know,Families know what is learned.,C-1,,,,,no
"""

EVALUATION = """\
{"evaluationObjectiveTitle": "1 - Planning", "sortOrder": 1,
 "evaluationReference": {"evaluationTitle": "Harbour Review", "schoolYear": 2026,
  "performanceEvaluationTitle": "Harbour Year"}}
{"evaluationElementTitle": "1.2 - Materials", "sortOrder": 2,
 "evaluationObjectiveReference": {"evaluationTitle": "Harbour Review", "schoolYear": 2026,
  "performanceEvaluationTitle": "Harbour Year", "evaluationObjectiveTitle": "1 - Planning"}}
{"evaluationElementTitle": "1.1 - Aims", "sortOrder": 1,
 "evaluationObjectiveReference": {"evaluationTitle": "Harbour Review", "schoolYear": 2026,
  "performanceEvaluationTitle": "Harbour Year", "evaluationObjectiveTitle": "1 - Planning"}}
"""

RATINGS = json.dumps(
    {
        "performanceEvaluationTitle": "Harbour Year",
        "ratingLevels": [
            {"evaluationRatingLevelDescriptor": f"uri://example/Level#{name}", "maxRating": top}
            for name, top in (("Beginning", 2), ("Growing", 4), ("Strong", 5))
        ],
    }
)


def zipped(**files: str) -> bytes:
    """The files in a zip; `__` in a name stands for the dot."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()
