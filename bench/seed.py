"""A district of any size, written by INSERT … SELECT as the superuser, triggers off."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.access.actor import Actor
from app.auth import keys
from app.core.database import Database
from app.core.dburl import async_url
from app.core.embedded import Server
from app.core.migrate import migrate_async
from app.frameworks import service as frameworks
from app.models import District, DistrictPolicy
from app.templates import service as templates

#: of a school; at 5,000 teachers that is 100 schools and 700 leads
TEACHERS, LEADS = 50, 7
ZONE = "America/Denver"
#: teachers and goals of the district that the bars speak of
SIZES = (5_000, 1_000_000)
#: leads that make the load together
LOADED = 40

#: an id that sorts like the program's own: time first (n milliseconds), then chance
_V7 = """
create function pg_temp.v7(kind text, n bigint) returns uuid language sql immutable as $$
    select (lpad(to_hex(1735689600000 + n), 12, '0') || '7' || substr(h, 1, 3) || '8'
        || substr(h, 4, 15))::uuid
    from (select md5(kind || n) as h) as hashed
$$
"""

#: n-th teacher → school n/50, team and lead n*7/50; years 0 (five years ago) to 4 (now)
_TABLES = (
    """insert into school (district_id, id, name, zone, active, version, created_at, updated_at)
    select :d, pg_temp.v7('school', s), 'School ' || s, 'America/Denver', true, 1, now(), now()
    from generate_series(0, :schools - 1) s""",
    """insert into school_year (district_id, id, school_id, title, first_day, last_day, days,
        version, created_at, updated_at)
    select :d, pg_temp.v7('year', s * 5 + y), pg_temp.v7('school', s), 'Year ' || y,
        current_date - 100 - (4 - y) * 365, current_date + 200 - (4 - y) * 365, '[]', 1, now(),
        now()
    from generate_series(0, :schools - 1) s, generate_series(0, 4) y""",
    """insert into person (district_id, id, given_name, family_name, email, active,
        mail_reminders, may_lead, version, created_at, updated_at)
    select :d, pg_temp.v7(kind, n), initcap(kind), 'Number ' || n, kind || n || '@bench.example',
        true, true, false, 1, now(), now()
    from (select 'teacher' as kind, generate_series(0, :teachers - 1) as n
        union all select 'lead', generate_series(0, :leads - 1)
        union all select 'leader', generate_series(0, :schools - 1)
        union all select 'administrator', 0) people""",
    """insert into team (district_id, id, school_id, name, active, version, created_at, updated_at)
    select :d, pg_temp.v7('team', l), pg_temp.v7('school', l / 7), 'Team ' || l, true, 1,
        now(), now()
    from generate_series(0, :leads - 1) l""",
    """insert into role (district_id, id, person_id, kind, school_id, team_id, tested_subject,
        started_on, version, created_at, updated_at)
    select :d, gen_random_uuid(), person, kind, school, team, tested, current_date - 900, 1,
        now(), now()
    from (
        select pg_temp.v7('teacher', n) as person, 'teacher' as kind,
            pg_temp.v7('school', n / 50) as school, null::uuid as team, n % 4 > 0 as tested
        from generate_series(0, :teachers - 1) n
        union all select pg_temp.v7('teacher', n), 'team_member', pg_temp.v7('school', n / 50),
            pg_temp.v7('team', n * 7 / 50), null from generate_series(0, :teachers - 1) n
        union all select pg_temp.v7('lead', l), 'teacher', pg_temp.v7('school', l / 7), null, true
        from generate_series(0, :leads - 1) l
        union all select pg_temp.v7('lead', l), 'team_lead', pg_temp.v7('school', l / 7),
            pg_temp.v7('team', l), null from generate_series(0, :leads - 1) l
        union all select pg_temp.v7('leader', s), 'school_leader', pg_temp.v7('school', s), null,
            null from generate_series(0, :schools - 1) s
        union all select pg_temp.v7('administrator', 0), 'district_administrator', null, null, null
    ) roles""",
    """insert into coaching_relationship (district_id, id, school_id, school_year_id, lead_id,
        teacher_id, evaluator_scope, capacities, "primary", state, version, created_at, updated_at)
    select :d, gen_random_uuid(), pg_temp.v7('school', n / 50),
        pg_temp.v7('year', (n / 50) * 5 + 4), pg_temp.v7('lead', n * 7 / 50),
        pg_temp.v7('teacher', n), 'contributes', '["coach", "evaluator"]', true, 'active', 1,
        now(), now()
    from generate_series(0, :teachers - 1) n""",
    """insert into auth_session (district_id, id, person_id, last_used_at, expires_at, version,
        created_at, updated_at)
    select :d, md5(p.id::text)::uuid, p.id, now(), now() + interval '30 days', 1, now(), now()
    from person p where p.district_id = :d""",
    """insert into integration_client (district_id, id, name, scopes, secret_hash, active, version,
        created_at, updated_at)
    values (:d, pg_temp.v7('client', 0), 'Bench', '["goals:read"]', 'none', true, 1, now(), now())
    """,
    """insert into goal (district_id, id, level, kind, state, school_id, school_year_id, team_id,
        teacher_id, author_id, co_written, parent_id, title, statement, rationale, standards,
        due_on, revision, outcome, closed_at, version, created_at, updated_at)
    select :d, pg_temp.v7('shared', g), case when g < :schools then 'school' else 'team' end,
        'growth', 'published', pg_temp.v7('school', s), pg_temp.v7('year', s * 5 + 4),
        case when g < :schools then null else pg_temp.v7('team', g - :schools) end, null,
        case when g < :schools then pg_temp.v7('leader', s) else pg_temp.v7('lead', g - :schools)
        end, false, case when g >= :schools then pg_temp.v7('shared', s) end,
        'A goal that many share', 'What all of us reach by May.', null, '[]',
        current_date + 100, 1, null, null, 2, now(), now()
    from (select g, case when g < :schools then g else (g - :schools) / 7 end as s
        from generate_series(0, :schools + :leads - 1) g) shared""",
    """insert into goal (district_id, id, level, kind, state, school_id, school_year_id, teacher_id,
        author_id, lead_id, co_written, parent_id, title, statement, rationale, standards, due_on,
        revision, outcome, closed_at, version, created_at, updated_at)
    select :d, pg_temp.v7('goal', g), 'individual',
        case when g % 2 = 0 then 'growth' else 'student_learning' end, state,
        pg_temp.v7('school', t / 50), pg_temp.v7('year', (t / 50) * 5 + y),
        pg_temp.v7('teacher', t), pg_temp.v7('teacher', t), pg_temp.v7('lead', t * 7 / 50), false,
        pg_temp.v7('shared', :schools + t * 7 / 50),
        'Goal ' || g || ' about checking what was understood',
        'By May I check what each student understood at least twice in every lesson I teach.',
        repeat('Why this matters to the people in the room. ', 6), '["Standard 1"]',
        current_date - 600 + (g % 900)::int, 1, case when state = 'closed' then 'met' end,
        case when state = 'closed' then now() end, 3, now(), now()
    from (select g, (g % :teachers)::int as t, (g / :teachers % 5)::int as y,
        case when s < 2 then 'draft' when s = 2 then 'proposed' when s < 12 then 'agreed'
            else 'closed' end as state
        from (select g, (g + g / :teachers) % 20 as s from generate_series(0, :goals - 1) g) n
        ) goals""",
    """insert into goal_measure (district_id, id, goal_id, position, name, unit, baseline, target,
        direction, latest_value, latest_on, dropped)
    select :d, pg_temp.v7('measure', g), pg_temp.v7('goal', g), 0, 'Checks', 'per lesson', 1, 4,
        'increase', 2, current_date, false from generate_series(0, :goals - 1) g""",
    """insert into goal_indicator (district_id, id, goal_id, indicator_id, position)
    select :d, gen_random_uuid(), pg_temp.v7('goal', g), i.id, 0
    from generate_series(0, :goals - 1) g
    join indicator i on i.district_id = :d and i.position = g % 18""",
    """insert into goal_agreement (district_id, id, goal_id, person_id, capacity, at)
    select :d, gen_random_uuid(), id, case when side = 0 then teacher_id else lead_id end,
        case when side = 0 then 'teacher' else 'lead' end, now() + side * interval '1 s'
    from goal, generate_series(0, 1) side
    where district_id = :d and level = 'individual' and state in ('agreed', 'closed')""",
    """insert into feed_entry (district_id, transaction, type, object_id, object_version, at)
    select :d, 3 + row_number() over (order by id) * 500 / :goals, 'goal', id, 3, now()
    from goal
    where district_id = :d and level = 'individual' and state in ('agreed', 'closed')""",
    """insert into event (district_id, id, at, action, actor_kind, actor_id, standing_in,
        subject_type, subject_id, subject_version, school_id, owner_id, record_class, changed)
    select :d, pg_temp.v7('event', g), now(), 'goal.agreed', 'person',
        pg_temp.v7('teacher', g % :teachers), false, 'goal', pg_temp.v7('goal', g), 3,
        pg_temp.v7('school', g % :teachers / 50), pg_temp.v7('teacher', g % :teachers), 'goal', '[]'
    from generate_series(0, :goals - 1) g""",
    # forty 1:1s a teacher, half of them past; no bookings: they are not read
    """insert into meeting_series (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, school_year_id, every_weeks, first_on, last_on, at, zone, minutes, led_by,
        focus, state, review_due, version, created_at, updated_at)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, lead_id, id, school_year_id, 1,
        current_date - 140, current_date + 140, '15:00', 'UTC', 30, 'teacher', 'check_in',
        'active', false, 1, now(), now()
    from coaching_relationship where district_id = :d""",
    """insert into meeting (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, series_id, due_on, "on", at, zone, minutes, starts_at, ends_at, time_moved,
        moved, led_by, focus, state, no_next_steps, completed_at, version, created_at, updated_at)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, lead_id, relationship_id, id,
        current_date + w * 7, current_date + w * 7, '15:00', 'UTC', 30,
        current_date + w * 7 + interval '15 hours', current_date + w * 7 + interval '15.5 hours',
        false, false, 'teacher', 'check_in', case when w < 0 then 'completed' else 'scheduled' end,
        false, case when w < 0 then current_date + w * 7 + interval '15.5 hours' end, 2, now(),
        now()
    from meeting_series, generate_series(-20, 19) w where district_id = :d""",
    """insert into agenda_item (district_id, id, school_id, teacher_id, lead_id, author_id,
        meeting_id, position, text, state, version, created_at, updated_at)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, teacher_id, id, 1,
        'What I want to talk about', case when state = 'completed' then 'discussed' else 'open' end,
        1, now(), now()
    from meeting where district_id = :d""",
    """insert into next_step (district_id, id, school_id, teacher_id, lead_id, author_id,
        meeting_id, owner_id, text, due_on, state, version, created_at, updated_at)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, teacher_id, id, teacher_id,
        'What I will try', due_on + 7, case when due_on > current_date - 15 then 'open' else 'done'
        end, 1, now(), now()
    from meeting where district_id = :d and state = 'completed'""",
    # what a pair begins the year with, some of it more than once
    """insert into outreach_message (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, version, created_at, updated_at, template_id, subject, text, answers,
        state, sent_at, tries)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, lead_id, id, 1, now(), now(),
        (select id from template where district_id = :d and key = 'welcome'),
        'Welcome', 'I look forward to this year.', '{}', 'sent', now(), 1
    from coaching_relationship where district_id = :d""",
    """insert into questionnaire (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, version, created_at, updated_at, template_id, state, submitted_at,
        reviewed_at)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, lead_id, id, 1, now(), now(),
        (select id from template where district_id = :d and key = 'getting_to_know_you'),
        'reviewed', now(), now()
    from coaching_relationship where district_id = :d""",
    """insert into questionnaire_submission (district_id, id, school_id, teacher_id, lead_id,
        author_id, questionnaire_id, template_id, number, answers, version, created_at, updated_at)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, teacher_id, id, template_id, n,
        '{"strengths": "Patience."}', 1, now(), now()
    from questionnaire, generate_series(1, 2) n where district_id = :d""",
    """insert into conversation (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, version, created_at, updated_at, kind, answers, state, starts_at,
        ends_at, "on", at, zone, minutes, time_moved, held_on,
        closed_at, vision_revisited, roles_discussed, goal_setting_previewed)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, lead_id, id, 1, now(), now(),
        kind, '{}', reached, now() - interval '60 days', now() - interval '60 days',
        current_date - 60, '15:00', 'UTC', 45, false, current_date - 60, now(), true, true, true
    from coaching_relationship,
        (values ('beginning_of_year', 'closed'), ('mid_year', 'planned')) k (kind, reached)
    where district_id = :d""",
    """insert into role_note (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, version, created_at, updated_at, kind, text, state)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, teacher_id, id, 1, now(), now(),
        'question', 'Will you write my evaluation?', 'open'
    from coaching_relationship, generate_series(1, 4) where district_id = :d""",
    """insert into introduction (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, version, created_at, updated_at, text, introduced_by)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, teacher_id, id, 1, now(), now(),
        'We are both here to get better.', 'both'
    from coaching_relationship where district_id = :d""",
    """insert into coaching_preferences (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, version, created_at, updated_at, template_id, number, answers, reason,
        from_on)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, teacher_id, id, 1, now(), now(),
        (select id from template where district_id = :d and key = 'coaching_and_observation'),
        n, '{"notice": "same_day"}', 'More at ease.', current_date - 30 * n
    from coaching_relationship, generate_series(1, 3) n where district_id = :d""",
    """insert into coaching_agreement (district_id, id, school_id, teacher_id, lead_id, author_id,
        relationship_id, version, created_at, updated_at, template_id, number, answers, reason,
        review_on, state, accepted_at)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, teacher_id, id, 1, now(), now(),
        (select id from template where district_id = :d and key = 'coaching_agreement'),
        n, '{}', 'A year wiser.', current_date + 30,
        case n when 2 then 'accepted' else 'superseded' end,
        now()
    from coaching_relationship, generate_series(1, 2) n where district_id = :d""",
    """insert into shared_record (district_id, id, school_id, teacher_id, lead_id, author_id,
        record_type, record_id, record_version, content, shared_with, state, teacher_yes_at,
        lead_yes_at, version, created_at, updated_at)
    select :d, gen_random_uuid(), school_id, teacher_id, lead_id, teacher_id, 'conversation', id, 1,
        '{"notes": "What we said."}', 'school_leader', 'open', now(), now(), 2, now(), now()
    from conversation where district_id = :d and kind = 'beginning_of_year'""",
    """insert into reminder (district_id, id, person_id, step_id, kind, due_on, created_at)
    select :d, gen_random_uuid(), owner_id, id, 'overdue', due_on, now()
    from next_step where district_id = :d and state = 'open' and due_on < current_date""",
    # ten systems of the district and one of each school; three of four people have answered
    """insert into goal_system (district_id, id, title, kind, serves, state, school_id, author_id,
        for_teachers, for_leads, required_from, version, created_at, updated_at)
    select :d, pg_temp.v7('system', n), 'System ' || n, 'system', 'both', 'active',
        case when n >= 10 then pg_temp.v7('school', n - 10) end, pg_temp.v7('leader', 0), true,
        true, current_date - 60, 1, now(), now()
    from generate_series(0, :schools + 9) n""",
    """insert into system_confirmation (district_id, id, system_id, person_id, has_access,
        understands, version, created_at, updated_at)
    select :d, gen_random_uuid(), pg_temp.v7('system', s), pg_temp.v7('teacher', n),
        case when n % 9 = 0 then 'no' else 'yes' end,
        case when n % 7 = 0 then 'partly' else 'yes' end, 1, now(), now()
    from generate_series(0, :teachers - 1) n, generate_series(0, 9) s where (n + s) % 4 > 0""",
)


@dataclass(frozen=True)
class Seeded:
    """Whom the benchmark asks as, and which goals it asks for."""

    district: UUID
    #: how many there are: of a kept database, what it holds
    schools: int
    teachers: int
    leads_in_all: int
    goals: int
    lead: UUID
    teacher: UUID
    leader: UUID
    school: UUID
    client: UUID
    administrator: UUID
    #: of the school
    year: UUID
    school_goal: UUID
    #: who makes the load, and goals of their teachers: any, and drafts that are edited
    leads: list[UUID]
    readable: list[tuple[UUID, UUID]]
    drafts: list[tuple[UUID, UUID]]


async def seed(server: Server, teachers: int, goals: int) -> Seeded:
    """Migrate a database and fill it, unless an earlier run did."""
    await migrate_async(server.owner_url, server.app_url)
    district = await _district(server.app_url)
    # `transaction` is a plain number here, far below any real one that follows
    address, arguments = async_url(server.superuser_url.replace("/postgres?", "/alongside?"))
    engine = create_async_engine(address, connect_args=arguments, poolclass=NullPool)
    sizes = {
        "schools": -(-teachers // TEACHERS),
        "leads": -(-teachers * LEADS // TEACHERS),
        "teachers": teachers,
        "goals": goals,
    }
    async with engine.connect() as connection:
        await connection.execute(text("set session_replication_role = replica"))
        await connection.exec_driver_sql(_V7)
        fresh = not await connection.scalar(text("select exists (select 1 from goal)"))
        if not fresh:
            sizes = await _kept(connection)
        for statement in _TABLES if fresh else ():
            words = statement.replace(":d", f"'{district}'")
            for name, value in sizes.items():
                words = words.replace(f":{name}", str(value))
            await connection.exec_driver_sql(words)
        await connection.commit()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if fresh:
            await connection.exec_driver_sql("vacuum analyze")

        async def one(words: str) -> UUID:
            return UUID(str(await connection.scalar(text(f"select {words}"))))

        lead = await one("pg_temp.v7('lead', 0)")
        # forty leads and their teachers' goals: some of each, drafts apart
        theirs = (
            await connection.execute(
                text(
                    "select lead_id, id, state from (select lead_id, id, state, row_number() over"
                    " (partition by lead_id, state = 'draft' order by id) as n from goal"
                    " where district_id = :d and level = 'individual' and lead_id = any(:leads)) g"
                    " where n <= 40 order by n, lead_id"
                ),
                {
                    "d": district,
                    "leads": [
                        await one(f"pg_temp.v7('lead', {number * sizes['leads'] // LOADED})")
                        for number in range(min(LOADED, sizes["leads"]))
                    ],
                },
            )
        ).all()
        seeded = Seeded(
            district=district,
            schools=sizes["schools"],
            teachers=sizes["teachers"],
            leads_in_all=sizes["leads"],
            goals=sizes["goals"],
            lead=lead,
            teacher=await one("pg_temp.v7('teacher', 0)"),
            leader=await one("pg_temp.v7('leader', 0)"),
            school=await one("pg_temp.v7('school', 0)"),
            client=await one("pg_temp.v7('client', 0)"),
            administrator=await one("pg_temp.v7('administrator', 0)"),
            year=await one("pg_temp.v7('year', 4)"),
            school_goal=await one("pg_temp.v7('shared', 0)"),
            leads=list(dict.fromkeys(row.lead_id for row in theirs)),
            readable=[(row.lead_id, row.id) for row in theirs],
            drafts=[(row.lead_id, row.id) for row in theirs if row.state == "draft"],
        )
    await engine.dispose()
    return seeded


async def _kept(connection: AsyncConnection) -> dict[str, int]:
    """The sizes of a database that an earlier run filled."""
    rows = await connection.execute(
        text(
            "select (select count(*) from school) as schools,"
            " (select count(*) from team) as leads,"
            " (select count(*) from person where email like 'teacher%') as teachers,"
            " (select count(*) from goal where level = 'individual') as goals"
        )
    )
    return dict(rows.one()._mapping)


async def _district(url: str) -> UUID:
    """The district with LEAP in it, made unless it is there."""
    database = Database(url, write_pool=1, read_pool=1)
    async with database.writing() as session:
        kept = await session.scalar(select(District.id))
        if kept is not None:
            await database.close()
            return UUID(str(kept))
        district = District(name="Bench", zone=ZONE)
        session.add(district)
        await session.flush()
        await keys.enter(session, district.id)
        session.add(DistrictPolicy(district_id=district.id, values={}))
        actor = Actor.operator(district.id, ZONE)
        leap = await frameworks.install(session, actor, frameworks.leap())
        await frameworks.publish(session, actor, leap.id, leap.version)
        await templates.ship(session, actor)
        await session.commit()
        district_id: UUID = district.id
    await database.close()
    return district_id
