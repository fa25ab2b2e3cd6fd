"""The limit: the least that could answer these requests safely on this stack.

A bare ASGI function, asyncpg, JSON made by PostgreSQL; the token is verified and the caller loaded
as the program does it. No validation, idempotency, ETag of the body or feed; one lead's rule,
written by hand.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import asyncpg
from sqlalchemy.engine import make_url

from app.settings import load
from app.web.tokens import Tokens

_COLUMNS = """
    g.id, g.version, g.level, g.kind, g.state, g.title, g.statement, g.rationale, g.link_statement,
    g.school_id, g.school_year_id, g.team_id, g.teacher_id, g.teacher_id as owner_id, g.author_id,
    g.parent_id, g.standards, g.starts_on, g.due_on, g.revision, g.outcome, g.closed_at,
    g.created_at, g.updated_at,
    g.state = 'agreed' and g.due_on < current_date as overdue,
    case g.state when 'draft' then array['edit', 'propose', 'comment', 'read_notes']
        when 'proposed' then array['request_changes', 'agree', 'comment', 'read_notes']
        when 'agreed' then array['revise', 'close', 'progress', 'comment', 'read_notes']
        else array['comment', 'read_notes'] end as permissions,
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
    (select coalesce(jsonb_agg(jsonb_build_object('person_id', a.person_id, 'capacity', a.capacity,
        'at', a.at) order by a.at), '[]')
        from goal_agreement a where a.district_id = $1 and a.goal_id = g.id
        and a.revision_id is null) as agreements
"""
_MINE = "g.district_id = $1 and g.level = 'individual' and g.teacher_id = any($2::uuid[])"
_ONE = f"""select to_jsonb(one)::text from (select {_COLUMNS} from goal g
    where {_MINE} and g.id = $3) one"""  # noqa: S608  # constants of this file
_PAGE = f"""select jsonb_build_object('items', coalesce(jsonb_agg(to_jsonb(page)), '[]'))::text
    from (select {_COLUMNS} from goal g where {_MINE} order by g.id limit 51) page"""  # noqa: S608
_EDIT = f"""with edited as (
        update goal g set title = $4, version = version + 1, updated_at = now(), co_written = true
        where {_MINE} and g.id = $3 and g.version = $5 and g.state = 'draft' returning g.*),
    noted as (
        insert into event (district_id, id, at, action, actor_kind, actor_id, standing_in,
            subject_type, subject_id, subject_version, school_id, owner_id, record_class, changed)
        select $1, gen_random_uuid(), now(), 'goal.changed', 'person', $6, false, 'goal', id,
            version, school_id, teacher_id, 'pair', '["title"]' from edited)
    select to_jsonb(one)::text from (select {_COLUMNS} from edited g) one"""  # noqa: S608
_CALLER = "select load_caller($1, $2, $3, $4, $5)"


class Limit:
    """The ASGI application."""

    def __init__(self) -> None:
        settings = load()
        self.tokens = Tokens(settings.secret_keys, settings.public_url, timedelta(minutes=10))
        self.url = settings.database_url or ""
        self.pool: Any = None
        self.statements = 0

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
        headers = dict(scope["headers"])
        access = self.tokens.read(headers[b"authorization"][7:].decode())
        body = await receive()
        async with self.pool.acquire() as connection:
            if scope["method"] == "PATCH":
                async with connection.transaction():
                    answer = await self._answer(connection, scope, headers, access, body["body"])
            else:
                answer = await self._answer(connection, scope, headers, access, b"")
        await send(
            {
                "type": "http.response.start",
                "status": 200 if answer else 404,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(answer or "")).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": (answer or "").encode()})

    async def _answer(
        self, connection: Any, scope: Any, headers: Any, access: Any, body: bytes
    ) -> str | None:
        write = scope["method"] == "PATCH"
        loaded = await connection.fetchval(
            _CALLER, access.district, access.session, access.subject, write, datetime.now(UTC)
        )
        caller = json.loads(loaded)
        coached = caller["coached"]
        last = scope["path"].rpartition("/")[2]
        if last == "goals":
            return str(await connection.fetchval(_PAGE, access.district, coached))
        if not write:
            found = await connection.fetchval(_ONE, access.district, coached, UUID(last))
            return None if found is None else str(found)
        version = int(headers[b"if-match"].strip(b'"').partition(b"-")[0])
        title = json.loads(body)["title"]
        edited = await connection.fetchval(
            _EDIT, access.district, coached, UUID(last), title, version, access.subject
        )
        return None if edited is None else str(edited)


async def _no_reset(_connection: Any) -> None:
    """As the program: the next request sets the district anew."""


app = Limit()
