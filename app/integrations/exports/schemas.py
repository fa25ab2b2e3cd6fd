"""An export as the contract tells it: lines or a table, and where the feed goes on."""

from typing import Any

_ID = "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e04"
_GOAL = (
    f'{{"id":"{_ID}","version":3,"level":"individual","kind":"growth","state":"agreed",'
    f'"title":"Wait three seconds","school_year_id":"{_ID}","school_year_title":"2026/27",'
    f'"school_id":"{_ID}","school_external_id":"S-12","team_id":null,"teacher_id":"{_ID}",'
    '"teacher_external_id":"T-4711","parent_id":null,'
    '"indicator_keys":["new-leaders:leap:2012:LE1"],'
    f'"measures":[{{"id":"{_ID}","unit":"%","baseline":20,"target":60.5,"latest_value":null,'
    '"latest_on":null}],"starts_on":"2026-09-07","due_on":"2027-05-28","outcome":null,'
    '"closed_at":null,"created_at":"2026-09-07T15:00:00.000Z",'
    '"updated_at":"2026-09-14T15:00:00.000Z"}\n'
)
#: two lines: a goal, and the end
LINES_EXAMPLE = (
    f'{_GOAL}{{"complete": {{"rows": 1, "position": "example-position-1", "epoch": "{_ID}"}}}}\n'
)
#: three rows: the names, a goal, and the end
TABLE_EXAMPLE = (
    "\ufeffid,version,level,kind,state,title,school_year_id,school_year_title,school_id,"
    "school_external_id,team_id,teacher_id,teacher_external_id,parent_id,indicator_keys,measures,"
    "starts_on,due_on,outcome,closed_at,created_at,updated_at\n"
    f"{_ID},3,individual,growth,agreed,Wait three seconds,{_ID},2026/27,{_ID},S-12,,{_ID},T-4711,,"
    f'"[""new-leaders:leap:2012:LE1""]","[{{""id"":""{_ID}"",""unit"":""%"",""baseline"":20,'
    '""target"":60.5,""latest_value"":null,""latest_on"":null}]",2026-09-07,2027-05-28,,,'
    "2026-09-07T15:00:00.000Z,2026-09-14T15:00:00.000Z\n"
    f"#complete,1{',' * 20}\n"
)


def _header(words: str, **schema: Any) -> dict[str, Any]:
    return {"description": words, "schema": {"type": "string", **schema}}


def _file(example: str) -> dict[str, Any]:
    return {"schema": {"type": "string", "format": "binary"}, "example": example}


#: the answer in the contract
ANSWER: dict[str, Any] = {
    "headers": {
        "Content-Disposition": _header(
            "The name of the file.",
            pattern=r'^attachment; filename="[a-z0-9.-]+"$',
            maxLength=200,
        ),
        "Feed-Position": _header(
            "Where /changes goes on from this export; send it as `since`.",
            pattern="^[A-Za-z0-9_-]+$",
            maxLength=1000,
        ),
        "Feed-Epoch": _header(
            "Renewed when the database was restored.", format="uuid", maxLength=36
        ),
        "Content-Encoding": _header("`gzip`, when it was asked for.", enum=["gzip"]),
    },
    "content": {
        "application/x-ndjson": _file(LINES_EXAMPLE),
        "text/csv": _file(TABLE_EXAMPLE),
    },
}
