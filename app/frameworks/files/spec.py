"""The parts of a CASE 1.1 package and their fields, as its published JSON schema has them."""

from typing import Final

_COMMON: Final = {"identifier": "uuid", "uri": "uri", "lastChangeDateTime": "instant"}
_DEFINED: Final = {
    **_COMMON,
    "title": "line",
    "description": "text",
    "hierarchyCode": "line",
    "extensions": "extensions",
}
#: the fields of each part and their kinds, as the published schema has them
FIELDS: Final[dict[str, dict[str, str]]] = {
    "CFDocument": {
        **_COMMON,
        "frameworkType": "line",
        "caseVersion": "version",
        "creator": "line",
        "title": "line",
        "officialSourceURL": "uri",
        "publisher": "line",
        "description": "text",
        "subject": "lines",
        "subjectURI": "links",
        "language": "line",
        "version": "line",
        "adoptionStatus": "line",
        "statusStartDate": "date",
        "statusEndDate": "date",
        "licenseURI": "link",
        "notes": "text",
        "extensions": "extensions",
    },
    "CFItem": {
        **_COMMON,
        "fullStatement": "text",
        "alternativeLabel": "line",
        "CFItemType": "line",
        "humanCodingScheme": "line",
        "listEnumeration": "line",
        "abbreviatedStatement": "line",
        "conceptKeywords": "lines",
        "conceptKeywordsURI": "link",
        "notes": "text",
        "subject": "lines",
        "subjectURI": "links",
        "language": "line",
        "educationLevel": "lines",
        "CFItemTypeURI": "link",
        "licenseURI": "link",
        "statusStartDate": "date",
        "statusEndDate": "date",
        "extensions": "extensions",
    },
    "CFAssociation": {
        **_COMMON,
        "associationType": "association",
        "sequenceNumber": "integer",
        "originNodeURI": "node",
        "destinationNodeURI": "node",
        "CFAssociationGroupingURI": "link",
        "notes": "text",
        "extensions": "extensions",
    },
    "CFConcept": {**_DEFINED, "keywords": "line"},
    "CFSubject": _DEFINED,
    "CFLicense": {
        **{name: kind for name, kind in _DEFINED.items() if name != "hierarchyCode"},
        "licenseText": "text",
    },
    "CFItemType": {**_DEFINED, "typeCode": "line"},
    "CFAssociationGrouping": {
        name: kind for name, kind in _DEFINED.items() if name != "hierarchyCode"
    },
    "CFRubric": {
        **_COMMON,
        "title": "line",
        "description": "text",
        "CFRubricCriteria": "parts",
        "extensions": "extensions",
    },
    "CFRubricCriterion": {
        **_COMMON,
        "category": "line",
        "description": "text",
        "CFItemURI": "item",
        "weight": "number",
        "position": "integer",
        "rubricId": "above",
        "CFRubricCriterionLevels": "parts",
        "extensions": "extensions",
    },
    "CFRubricCriterionLevel": {
        **_COMMON,
        "description": "text",
        "quality": "line",
        "score": "number",
        "feedback": "text",
        "position": "integer",
        "rubricCriterionId": "above",
        "extensions": "extension list",
    },
}
#: list → the kind of its parts
PARTS: Final = {
    "CFRubricCriteria": "CFRubricCriterion",
    "CFRubricCriterionLevels": "CFRubricCriterionLevel",
}
DEFINITIONS: Final = {
    "CFConcepts": "CFConcept",
    "CFSubjects": "CFSubject",
    "CFLicenses": "CFLicense",
    "CFItemTypes": "CFItemType",
    "CFAssociationGroupings": "CFAssociationGrouping",
}
#: what must be there beside an id, an address and a date, and what stands for it when it is not
REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "CFDocument": ("creator", "title"),
    "CFItem": ("fullStatement",),
    "CFConcept": ("title", "hierarchyCode"),
    "CFSubject": ("title", "hierarchyCode"),
    "CFLicense": ("title", "licenseText"),
    "CFItemType": ("title", "description", "hierarchyCode"),
    "CFAssociationGrouping": ("title",),
}
#: links that a part outside a package has and one inside does not need: they say where it lies
IMPLIED: Final = {"CFDocumentURI", "CFPackageURI", "CFItemAssociationURI"}
#: spellings seen in published files
ALIASES: Final = {
    "educationalLevel": "educationLevel",
    "abreviatedStatement": "abbreviatedStatement",
}
ASSOCIATIONS: Final = (
    "isChildOf",
    "isPeerOf",
    "isPartOf",
    "exactMatchOf",
    "precedes",
    "isRelatedTo",
    "replacedBy",
    "exemplar",
    "hasSkillLevel",
    "isTranslationOf",
)
