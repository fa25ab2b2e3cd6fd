"""The limit: the least that could answer these requests safely on this stack.

A bare ASGI function, asyncpg, JSON made by PostgreSQL; the token is verified and the caller loaded
as the program does it, in its own statement. No validation, problems, idempotency, ETag, metrics
or log; the rules of a teacher and a lead, written by hand.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy.engine import make_url

from app.settings import load
from app.web.tokens import Tokens

#: $1 district, $2 caller, $3 coached, $4 schools, $5 teams led, $6 teams
_PAIR = """g.level = 'individual' and (g.teacher_id = $2 or g.teacher_id = any($3::uuid[])
        and (g.state in ('agreed', 'published', 'closed') or g.lead_id = $2))"""
_MINE = f"""g.district_id = $1 and ({_PAIR}
    or g.level = 'school' and g.state <> 'draft' and g.school_id = any($4::uuid[])
    or g.level = 'team' and (g.team_id = any($5::uuid[])
        or g.state <> 'draft' and g.team_id = any($6::uuid[])))"""
_COLUMNS = """
    g.id, g.version, g.level, g.kind, g.state, g.title, g.statement, g.rationale, g.link_statement,
    g.school_id, g.school_year_id, g.team_id, g.teacher_id,
    case g.level when 'school' then g.school_id when 'team' then g.team_id else g.teacher_id end
        as owner_id,
    g.author_id, g.parent_id, g.standards, g.starts_on, g.due_on, g.revision, g.outcome,
    g.closed_at, g.template_id, g.approval, g.approver_id, g.created_at, g.updated_at,
    g.state in ('agreed', 'published') and coalesce(g.due_on < $7, false) as overdue,
    array_remove(array[
        case when p.writes and g.state = 'draft' then 'edit' end,
        case when g.state = 'draft' and not g.co_written and (p.team or g.author_id = $2
            and p.pair) then 'delete' end,
        case when p.pair and g.state = 'draft' then 'propose' end,
        case when p.pair and g.state = 'proposed' then 'request_changes' end,
        case when p.pair and g.state = 'proposed' and not exists (select from goal_agreement a
            where a.district_id = $1 and a.goal_id = g.id and a.revision_id is null
            and a.person_id = $2) then 'agree' end,
        case when p.team and g.state = 'draft' then 'publish' end,
        case when p.writes and p.free and g.approval in ('none', 'returned') then 'revise' end,
        case when p.writes and p.free then 'close' end,
        case when p.writes and g.state in ('agreed', 'published') then 'progress' end,
        case when p.pair or g.state <> 'draft' then 'comment' end,
        'read_notes',
        case when p.writes and g.state <> 'closed' then 'advise' end,
        case when p.pair and g.state in ('agreed', 'closed') then 'review' end,
        case when p.team and g.state = 'published' and not exists (select from goal_feedback_round r
            where r.district_id = $1 and r.goal_id = g.id and r.summarised_at is null
            and r.closed_at is null and r.closes_at > now()) then 'ask_feedback' end,
        case when p.slo and g.state <> 'closed'
            and g.approval in ('none', 'returned', 'approved', 'end_returned') then 'edit_slo' end,
        case when p.slo and p.free and g.approval in ('none', 'returned') then 'submit_slo' end,
        case when p.slo and g.state = 'agreed' and g.approval in ('approved', 'end_returned')
            then 'submit_end_slo' end,
        case when p.slo and g.state = 'agreed' then 'monitor_slo' end,
        case when p.slo and g.state = 'agreed' and g.teacher_id = $2 and g.approval in
            ('submitted', 'approved', 'end_submitted', 'end_returned') then 'name_approver_slo' end
        ], null) as permissions,
    array[]::text[] as warnings,
    (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'name', m.name, 'unit', m.unit,
        'baseline', m.baseline, 'target', m.target, 'direction', m.direction, 'due_on', m.due_on,
        'latest_value', m.latest_value, 'latest_on', m.latest_on) order by m.position), '[]')
        from goal_measure m where m.district_id = $1 and m.goal_id = g.id and not m.dropped)
        as measures,
    (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'key', i.key, 'code', i.code,
        'title', i.title) order by gi.position), '[]')
        from goal_indicator gi join indicator i
        on i.district_id = gi.district_id and i.id = gi.indicator_id
        where gi.district_id = $1 and gi.goal_id = g.id) as indicators,
    (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'framework_id', i.framework_id,
        'code', i.code, 'title', i.title) order by gs.position), '[]')
        from goal_standard gs join framework_item i
        on i.district_id = gs.district_id and i.id = gs.item_id
        where gs.district_id = $1 and gs.goal_id = g.id) as standard_items,
    (select coalesce(jsonb_agg(jsonb_build_object('person_id', a.person_id, 'capacity', a.capacity,
        'at', a.at) order by a.at), '[]')
        from goal_agreement a where a.district_id = $1 and a.goal_id = g.id
        and a.revision_id is null) as agreements
"""
#: what `permissions` asks of a goal: the pair, the team's lead, either, an SLO, no open revision
_ASKED = f"""cross join lateral (select {_PAIR} as pair,
        g.level = 'team' and g.team_id = any($5::uuid[]) as team) w
    cross join lateral (select w.pair, w.team, w.pair or w.team as writes,
        w.pair and g.kind = 'student_learning' as slo,
        g.state in ('agreed', 'published') and not exists (select from goal_revision r
            where r.district_id = $1 and r.goal_id = g.id and r.state = 'proposed') as free) p"""  # noqa: S608
_ONE = f"""select row_to_json(one)::text from (select {_COLUMNS} from goal g {_ASKED}
    where {_MINE} and g.id = $8) one"""  # noqa: S608  # constants of this file
#: first which rows, then what is told of them: else PostgreSQL works it out for all before it sorts
_PAGE = f"""select id, row_to_json(one)::text as told from (select {_COLUMNS} from (
        select g.* from goal g where {_MINE} order by g.id limit $8 + 1) g {_ASKED}
    order by g.id) one"""  # noqa: S608
#: what `record()` writes of a draft: the audit's row, and no feed entry before it is agreed
_EDIT = f"""with edited as (
        update goal g set title = $9, version = version + 1, updated_at = now(),
            co_written = g.co_written or g.author_id <> $2
        where {_MINE} and g.id = $8 and g.version = $10 and g.state = 'draft' returning g.*),
    noted as (
        insert into event (district_id, id, at, action, actor_kind, actor_id, standing_in,
            subject_type, subject_id, subject_version, school_id, owner_id, record_class, changed)
        select $1, gen_random_uuid(), now(), 'goal.changed', 'person', $2, false, 'goal', id,
            version, school_id, teacher_id, 'pair', '["title"]' from edited)
    select row_to_json(one)::text from (select {_COLUMNS} from edited g {_ASKED}) one"""  # noqa: S608
_CALLER = "select load_caller($1, $2, $3, $4, $5)"


class Limit:
    """The ASGI application."""

    def __init__(self) -> None:
        settings = load()
        self.tokens = Tokens(settings.secret_keys, settings.public_url, timedelta(minutes=10))
        self.url = settings.database_url or ""
        self.pool: Any = None

    async def open(self) -> None:
        """Connect."""
        url = make_url(self.url)
        self.pool = await asyncpg.create_pool(
            user=url.username,
            password=url.password,
            database=url.database,
            host=unquote(str(url.query["host"])),
            port=int(str(url.query["port"])),
            min_size=8,
            max_size=8,
            reset=_no_reset,
            server_settings={"jit": "off", "timezone": "UTC"},
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await self.open()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.pool.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/livez":
            await _send(send, "{}")
            return
        headers = dict(scope["headers"])
        access = self.tokens.read(headers[b"authorization"][7:].decode())
        body = await receive()
        async with self.pool.acquire() as connection:
            if scope["method"] == "PATCH":
                async with connection.transaction():
                    answer = await self._answer(connection, scope, headers, access, body["body"])
            else:
                answer = await self._answer(connection, scope, headers, access, b"")
        await _send(send, answer)

    async def _answer(
        self, connection: Any, scope: Any, headers: Any, access: Any, body: bytes
    ) -> str | None:
        write = scope["method"] == "PATCH"
        loaded = await connection.fetchval(
            _CALLER, access.district, access.session, access.subject, write, datetime.now(UTC)
        )
        caller = json.loads(loaded)
        asks = (
            access.district,
            access.subject,
            *(caller[name] or [] for name in ("coached", "schools", "teams_led", "teams")),
            datetime.now(ZoneInfo(caller["zone"])).date(),
        )
        last = scope["path"].rpartition("/")[2]
        if last == "goals":
            limit = int(scope["query_string"].partition(b"limit=")[2] or 50)
            rows = await connection.fetch(_PAGE, *asks, limit)
            following = f'"{rows[limit - 1]["id"]}"' if len(rows) > limit else "null"
            told = ",".join(row["told"] for row in rows[:limit])
            return f'{{"items":[{told}],"next":{following}}}'
        if not write:
            found = await connection.fetchval(_ONE, *asks, UUID(last))
            return None if found is None else str(found)
        version = int(headers[b"if-match"].strip(b'"').partition(b"-")[0])
        title = json.loads(body)["title"]
        edited = await connection.fetchval(_EDIT, *asks, UUID(last), title, version)
        return None if edited is None else str(edited)


async def _send(send: Any, answer: str | None) -> None:
    body = (answer or "").encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200 if answer else 404,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _no_reset(_connection: Any) -> None:
    """As the program: the next request sets the district anew."""


app = Limit()
