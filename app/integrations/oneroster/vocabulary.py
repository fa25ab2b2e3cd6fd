"""The words of OneRoster CSV 1.1 and 1.2 and of Microsoft School Data Sync 2.1: files, columns
and enumerated values. Facts only; what is done with them is in reader.py."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.integrations.oneroster.roster import Role, Version


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table: those that must be there, those read when they are there, and
    those of the standard that are never read into anything."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


_STATE = ("status",)
_CHANGED = ("dateLastModified",)

_ORGS = Columns(("sourcedId", "name", "type"), (*_STATE, "identifier", "parentSourcedId"), _CHANGED)
_SESSIONS = Columns(
    ("sourcedId", "title", "type", "startDate", "endDate"),
    (*_STATE, "parentSourcedId", "schoolYear"),
    _CHANGED,
)
_COURSES = Columns(
    ("sourcedId", "title"),
    (*_STATE, "schoolYearSourcedId", "courseCode", "orgSourcedId", "subjects"),
    (*_CHANGED, "grades", "subjectCodes"),
)
_CLASSES = Columns(
    ("sourcedId", "title", "courseSourcedId", "schoolSourcedId", "termSourcedIds"),
    (*_STATE, "classCode", "subjects"),
    (*_CHANGED, "grades", "classType", "location", "subjectCodes", "periods"),
)
_USERS_UNREAD = (
    *_CHANGED,
    *("username", "userIds", "middleName", "sms", "phone", "agentSourcedIds", "grades"),
    *("password", "userMasterIdentifier", "preferredGivenName", "preferredMiddleName"),
    *("preferredFamilyName", "primaryOrgSourcedId", "pronouns"),
)
_ENROLLMENTS = Columns(
    ("sourcedId", "classSourcedId", "userSourcedId", "role"),
    (*_STATE, "schoolSourcedId", "primary", "beginDate", "endDate"),
    _CHANGED,
)

COLUMNS: Mapping[Version, Mapping[str, Columns]] = {
    "1.1": {
        "orgs": _ORGS,
        "academicSessions": _SESSIONS,
        "courses": _COURSES,
        "classes": _CLASSES,
        "users": Columns(
            ("sourcedId", "orgSourcedIds", "role", "givenName", "familyName"),
            (*_STATE, "enabledUser", "identifier", "email"),
            _USERS_UNREAD,
        ),
        "enrollments": _ENROLLMENTS,
    },
    "1.2": {
        "orgs": _ORGS,
        "academicSessions": _SESSIONS,
        "courses": _COURSES,
        "classes": _CLASSES,
        "roles": Columns(
            ("sourcedId", "userSourcedId", "role", "orgSourcedId"),
            _STATE,
            (*_CHANGED, "roleType", "beginDate", "endDate", "userProfileSourcedId"),
        ),
        "users": Columns(
            ("sourcedId", "givenName", "familyName"),
            (*_STATE, "enabledUser", "identifier", "email"),
            _USERS_UNREAD,
        ),
        "enrollments": _ENROLLMENTS,
    },
    "sds-2.1": {
        "orgs": Columns(("sourcedId", "name", "type"), ("parentSourcedId",)),
        "academicSessions": Columns(
            ("sourcedId", "title", "type", "startDate", "endDate"), ("schoolYear",)
        ),
        "courses": Columns(
            ("sourcedId", "title"),
            ("orgSourcedId", "courseCode", "schoolYearSourcedId", "subjects"),
            ("grade",),
        ),
        "classes": Columns(
            ("sourcedId", "title", "schoolSourcedId"),
            ("termSourcedIds", "courseSourcedId", "classCode"),
        ),
        "roles": Columns(
            ("userSourcedId", "orgSourcedId", "role"),
            (),
            ("sessionSourcedId", "grade", "isPrimary", "roleStartDate", "roleEndDate"),
        ),
        "users": Columns(
            ("sourcedId", "givenName", "familyName"),
            ("email",),
            ("username", "password", "activeDirectoryMatchId", "phone", "sms"),
        ),
        "enrollments": Columns(("classSourcedId", "userSourcedId", "role")),
    },
}

#: School Data Sync's own names for columns that mean the same
SDS_NAMES: Mapping[str, Mapping[str, str]] = {
    "courses": {"code": "courseCode", "subject": "subjects"},
    "classes": {
        "orgSourcedId": "schoolSourcedId",
        "sessionSourcedIds": "termSourcedIds",
        "code": "classCode",
    },
}

#: files of the standards whose rows are counted and never looked at
COUNTED = (
    *("demographics", "userProfiles", "relationships", "userFlags"),
    *("categories", "classResources", "courseResources", "lineItems"),
    *("lineItemLearningObjectiveIds", "lineItemScoreScales", "resources", "results"),
    *("resultLearningObjectiveIds", "resultScoreScales", "scoreScales", "userResources"),
)

#: the order in which tables are read: what is pointed at comes first
READ = ("orgs", "academicSessions", "courses", "classes", "roles", "users", "enrollments")

FILES = ("manifest", *READ, *COUNTED)


def words(*values: str) -> dict[str, str]:
    """Allowed words by their lower case."""
    return {value.lower(): value for value in values}


STATUS = words("active", "tobedeleted")
SESSION_KINDS = words("gradingPeriod", "semester", "schoolYear", "term")
#: the roles that the standard does not write in small letters
CAPITAL_ROLES = words("districtAdministrator", "siteAdministrator", "systemAdministrator")
ORG_KINDS = words("department", "school", "district", "local", "state", "national")

_TAKEN: dict[str, Role] = {
    "teacher": "teacher",
    "aide": "teacher",
    "administrator": "may_lead",
    "principal": "may_lead",
}

#: what each known role makes of a person; None: counted and passed over
ROLES: Mapping[Version, Mapping[str, Role | None]] = {
    "1.1": {
        **dict.fromkeys(("guardian", "parent", "proctor", "relative", "student")),
        **_TAKEN,
    },
    "1.2": {
        **dict.fromkeys(
            (
                *("counselor", "guardian", "parent", "proctor", "relative", "student"),
                "systemadministrator",
            )
        ),
        **dict.fromkeys(("districtadministrator", "siteadministrator"), "may_lead"),
        **_TAKEN,
    },
    "sds-2.1": {
        **dict.fromkeys(
            (
                *("adjunct", "assistant", "faculty", "instructor", "lecturer"),
                *("paraprofessional", "professor", "substitute", "teacherassistant"),
            ),
            "teacher",
        ),
        **_TAKEN,
    },
}
