"""A tiny invented district as OneRoster files, for tests to bend.

Two schools, four adults, one student. `bundle()` gives the text of every file; a test changes what
it is about and packs it with `zipped()` or `in_folder()`.
"""
# ruff: noqa: E501 - a row of CSV is one line

import zipfile
import zlib
from base64 import b64decode
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

#: what no report, roster or log may ever hold
SECRETS = ("s3cret-word", "2014-02-30x", "Pelle", "Pupil", "555-0100")

ORGS = """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
d1,,,Quillhaven Schools,district,900,
s1,,,Otter Creek School,school,901,d1
s2,,,Lantern Hill School,school,902,d1
"""
SESSIONS = """sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
y1,,,Year one,schoolYear,2026-08-17,2027-06-04,,2027
t1,,,Autumn,term,2026-08-17,2026-12-18,y1,2027
"""
COURSES = """sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
c1,,,y1,Mapmaking,MAP,05,d1,"Geography,Art",
"""
CLASSES = """sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
k1,,,Mapmaking A,05,c1,MAP-A,scheduled,,s1,t1,Geography,,
k2,,,Mapmaking B,05,c1,MAP-B,scheduled,,s2,"t1,y1",Geography,,
"""
USERS_11 = """sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
u1,,,true,s1,teacher,tove,,Tove,Alder,,E1,Tove.Alder@Quill.example,555-0100,555-0100,,,s3cret-word
u2,,,true,"s1,s2",teacher,ivo,,Ivo,Birch,,E2,ivo.birch@quill.example,,,,,s3cret-word
u3,,,true,s1,administrator,mina,,Mina,Cedar,,E3,mina.cedar@quill.example,,,,,
u4,,,false,s2,aide,olek,,Olek,Dogwood,,E4,olek.dogwood@quill.example,,,,,
u5,,,true,s1,student,pelle,,Pelle,Pupil,,P5,pelle.pupil@quill.example,,555-0100,,05,s3cret-word
"""
USERS_12 = """sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
u1,,,true,tove,,Tove,Alder,,E1,tove.alder@quill.example,,,,,s3cret-word
u2,,,true,ivo,,Ivo,Birch,,E2,ivo.birch@quill.example,,,,,
u3,,,true,mina,,Mina,Cedar,,E3,mina.cedar@quill.example,,,,,
u4,,,true,olek,,Olek,Dogwood,,E4,olek.dogwood@quill.example,,,,,
u5,,,true,pelle,,Pelle,Pupil,,P5,pelle.pupil@quill.example,,555-0100,,05,s3cret-word
"""
ROLES_12 = """sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
r1,,,u1,primary,teacher,,,s1,
r2,,,u2,primary,teacher,,,s1,
r3,,,u2,secondary,teacher,,,s2,
r4,,,u3,primary,principal,,,s1,
r5,,,u4,primary,ext:coach,,,s2,
r6,,,u5,primary,student,,,s1,
"""
ENROLLMENTS = """sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,,,k1,s1,u1,teacher,true,2026-08-17,2026-12-18
e2,,,k2,s2,u2,teacher,,,
e3,,,k1,s1,u5,student,,2026-08-17,
"""
DEMOGRAPHICS = """sourcedId,status,dateLastModified,birthDate,sex
u5,,,2014-02-30x,
"""


def manifest(version: str, mode: str, tables: list[str]) -> str:
    """A manifest that promises these tables, all in one mode."""
    lines = [f"file.{table},{mode}" for table in tables]
    head = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}"]
    return "\n".join([*head, *lines, "source.systemName,Quill SIS", ""])


def bundle(version: str = "1.1", mode: str | None = "bulk") -> dict[str, str]:
    """The text of each file by table name; without a mode there is no manifest."""
    files = {
        "orgs": ORGS,
        "academicSessions": SESSIONS,
        "courses": COURSES,
        "classes": CLASSES,
        "users": USERS_11 if version == "1.1" else USERS_12,
        "enrollments": ENROLLMENTS,
        "demographics": DEMOGRAPHICS,
    }
    if version == "1.2":
        files["roles"] = ROLES_12
    if mode is not None:
        files["manifest"] = manifest(version, mode, list(files))
    return files


def with_students(files: dict[str, str], number: int) -> dict[str, str]:
    """The same with more students and their enrolments, so that one fault is a small share."""
    users = "".join(f"x{n},,,true,s1,student,,,,,,,,,,,,\n" for n in range(number))
    taught = "".join(f"y{n},,,k1,s1,x{n},student,,,\n" for n in range(number))
    return {
        **files,
        "users": files["users"] + users,
        "enrollments": files["enrollments"] + taught,
    }


def zipped(files: Mapping[str, str | bytes], folder: str = "") -> bytes:
    """The files as the bytes of a zip; a name without a dot gets .csv."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(folder + (name if "." in name else f"{name}.csv"), text)
    return out.getvalue()


def waiting(roster: Mapping[str, str]) -> str:
    """What of a roster is kept until it is committed, as text to look through."""
    return zlib.decompress(b64decode(roster["packed"])).decode()


def in_folder(folder: Path, files: dict[str, str]) -> Path:
    """The files in a folder."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder
