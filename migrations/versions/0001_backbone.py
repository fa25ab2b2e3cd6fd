"""The backbone: every table, row-level security, and the four functions beside it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OUTSIDE = {"district", "installation", "login_key", "login_attempt"}

#: row-level security: with `(select …)` the setting is read once a statement; unset shows no row
_POLICY = """
alter table {table} enable row level security

alter table {table} force row level security

create policy district_only on {table}
    using (district_id = (select nullif(current_setting('app.district', true), '')::uuid))
    with check (district_id = (select nullif(current_setting('app.district', true), '')::uuid));
"""

#: The caller and the district in one statement. It runs with the application role's own rights, so
#: row-level security holds inside it; the district comes from a token that was verified before.
_LOAD_CALLER = """
create function load_caller(p_district uuid, p_session uuid, p_subject uuid, p_local boolean, p_now timestamptz)
returns jsonb language plpgsql set search_path = public, pg_temp as $$
declare
    answer jsonb;
begin
    perform set_config('app.district', p_district::text, p_local);
    if p_session = p_subject then
        select jsonb_build_object(
            'id', c.id, 'district_id', d.id, 'kind', 'client', 'zone', d.zone, 'scopes', c.scopes)
        into answer
        from integration_client c join district d on d.id = c.district_id
        where c.district_id = p_district and c.id = p_subject and c.active;
    else
        select jsonb_build_object(
            'id', p.id,
            'district_id', d.id,
            'kind', 'person',
            'zone', coalesce(p.zone, d.zone),
            'is_administrator', coalesce(r.is_administrator, false),
            'schools_led', r.schools_led,
            'schools', r.schools,
            'teams_led', r.teams_led,
            'teams', r.teams,
            'coached', c.coached,
            'coached_paused', c.coached_paused,
            'coached_proposed', c.coached_proposed,
            'coached_formerly', c.coached_formerly,
            'leads', t.leads)
        into answer
        from auth_session s
        join person p on p.district_id = s.district_id and p.id = s.person_id
        join district d on d.id = s.district_id
        cross join lateral (
            select
                bool_or(kind = 'district_administrator') as is_administrator,
                jsonb_agg(distinct school_id) filter (where kind = 'school_leader') as schools_led,
                jsonb_agg(distinct school_id) filter (where school_id is not null) as schools,
                jsonb_agg(distinct team_id) filter (
                    where kind in ('senior_team_lead', 'team_lead', 'other_teacher_leader')
                ) as teams_led,
                jsonb_agg(distinct team_id) filter (where team_id is not null) as teams
            from role
            where district_id = p_district and person_id = p.id and ended_on is null
        ) r
        cross join lateral (
            select
                jsonb_agg(distinct teacher_id) filter (where state = 'active' and "primary")
                    as coached,
                jsonb_agg(distinct teacher_id) filter (where state = 'paused' and "primary")
                    as coached_paused,
                jsonb_agg(distinct teacher_id) filter (
                    where state = 'proposed' or (state in ('active', 'paused') and not "primary")
                ) as coached_proposed,
                jsonb_agg(distinct teacher_id) filter (
                    where state = 'ended' and ended_at > p_now - make_interval(days => coalesce((
                        select (v.values ->> 'former_lead_days')::int from district_policy v
                        where v.district_id = p_district), 90))
                ) as coached_formerly
            from coaching_relationship
            where district_id = p_district and lead_id = p.id
        ) c
        cross join lateral (
            select jsonb_agg(distinct lead_id) as leads
            from coaching_relationship
            where district_id = p_district and teacher_id = p.id
                and state in ('proposed', 'active', 'paused')
        ) t
        where s.district_id = p_district and s.id = p_session and s.person_id = p_subject
            and s.ended_at is null and s.expires_at > p_now and p.active;
    end if;
    if answer is null then
        perform set_config('app.district', '', p_local);
    end if;
    return answer;
end $$;
"""

#: The application role cannot read login_key: these answer or change one exact key.
_LOGIN_KEYS = """
create function find_login_key(p_kind text, p_hash text)
returns table (district_id uuid, subject_id uuid)
language sql security definer stable set search_path = public, pg_temp as $$
    select k.district_id, k.subject_id from login_key k
    where k.kind = p_kind and k.key_hash = p_hash
$$;

create function put_login_key(p_kind text, p_hash text, p_subject uuid) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into login_key (kind, key_hash, district_id, subject_id)
    values (p_kind, p_hash, current_setting('app.district')::uuid, p_subject)
    on conflict do nothing;
    return exists (
        select 1 from login_key k where k.kind = p_kind and k.key_hash = p_hash
            and k.subject_id = p_subject
            and k.district_id = current_setting('app.district')::uuid);
end $$;

create function drop_login_keys(p_kind text, p_subject uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
    delete from login_key k
    where k.kind = p_kind and k.subject_id = p_subject
        and k.district_id = nullif(current_setting('app.district', true), '')::uuid
$$;

revoke all on function find_login_key(text, text) from public

revoke all on function put_login_key(text, text, uuid) from public

revoke all on function drop_login_keys(text, uuid) from public;
"""


def _run(script: str) -> None:
    """One statement at a time: the driver prepares each. A blank line parts them."""
    for statement in script.strip().split("\n\n"):
        op.execute(statement.rstrip(";"))


def upgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table(
        "district",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_hash", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index(
        "ix_login_attempt_account", "login_attempt", ["account_hash", "at"], unique=False
    )
    op.create_table(
        "course",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("subjects", postgresql.JSONB(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_course_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_course")),
    )
    op.create_index(
        "uq_course_external", "course", ["district_id", "source", "external_id"], unique=True
    )
    op.create_table(
        "district_policy",
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_district_policy_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_district_policy")),
    )
    op.create_index("uq_district_policy_one", "district_policy", ["district_id"], unique=True)
    op.create_table(
        "event",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("standing_in", sa.Boolean(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("record_class", sa.Text(), nullable=False),
        sa.Column("changed", postgresql.JSONB(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "record_class in ('private', 'pair', 'school', 'goal', 'evaluative', 'support', 'administration')",
            name=op.f("ck_event_record_class"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_event_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_actor", "event", ["district_id", "actor_id", "id"], unique=False)
    op.create_index("ix_event_owner", "event", ["district_id", "owner_id", "id"], unique=False)
    op.create_index("ix_event_school", "event", ["district_id", "school_id", "id"], unique=False)
    op.create_index("ix_event_subject", "event", ["district_id", "subject_id", "id"], unique=False)
    op.create_table(
        "feed_entry",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column(
            "transaction",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text::bigint)"),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("object_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_feed_entry_district_id")
        ),
        sa.PrimaryKeyConstraint(
            "district_id", "transaction", "position", name=op.f("pk_feed_entry")
        ),
    )
    op.create_index("ix_feed_entry_age", "feed_entry", ["at"], unique=False)
    op.create_table(
        "framework",
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('draft', 'published', 'retired')", name=op.f("ck_framework_state")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_framework_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_framework")),
    )
    op.create_index(
        "uq_framework_key",
        "framework",
        ["district_id", "publisher", "code", "edition"],
        unique=True,
    )
    op.create_table(
        "idempotency_key",
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("object_version", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_idempotency_key_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_age", "idempotency_key", ["created_at"], unique=False)
    op.create_index(
        "uq_idempotency_key_request",
        "idempotency_key",
        ["district_id", "caller_id", "method", "path", "key"],
        unique=True,
    )
    op.create_table(
        "integration_client",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_integration_client_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_integration_client")),
    )
    op.create_index(
        "uq_integration_client_name", "integration_client", ["district_id", "name"], unique=True
    )
    op.create_table(
        "login_key",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind in ('email', 'refresh', 'invitation', 'client')", name=op.f("ck_login_key_kind")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_login_key_district_id")
        ),
        sa.PrimaryKeyConstraint("kind", "key_hash", name=op.f("pk_login_key")),
    )
    op.create_index(
        "ix_login_key_subject", "login_key", ["district_id", "subject_id"], unique=False
    )
    op.create_table(
        "person",
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("may_lead", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_person_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_person")),
    )
    op.create_index(
        "ix_person_name", "person", ["district_id", "family_name", "given_name", "id"], unique=False
    )
    op.create_index(
        "uq_person_external", "person", ["district_id", "source", "external_id"], unique=True
    )
    op.create_table(
        "roster_import",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("roster", postgresql.JSONB(), nullable=True),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('reported', 'refused', 'committed')", name=op.f("ck_roster_import_state")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_roster_import_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_roster_import")),
    )
    op.create_table(
        "school",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_school_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_school")),
    )
    op.create_index(
        "uq_school_external", "school", ["district_id", "source", "external_id"], unique=True
    )
    op.create_table(
        "auth_session",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_auth_session_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_auth_session_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_auth_session")),
    )
    op.create_index(
        "ix_auth_session_person", "auth_session", ["district_id", "person_id"], unique=False
    )
    op.create_table(
        "class_section",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "course_id"],
            ["course.district_id", "course.id"],
            name=op.f("fk_class_section_district_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_class_section_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_class_section_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_class_section")),
    )
    op.create_index(
        "ix_class_section_school", "class_section", ["district_id", "school_id"], unique=False
    )
    op.create_index(
        "uq_class_section_external",
        "class_section",
        ["district_id", "source", "external_id"],
        unique=True,
    )
    op.create_table(
        "credential",
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_credential_district_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_credential_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_credential")),
    )
    op.create_table(
        "expectation",
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("scale", postgresql.JSONB(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "framework_id"],
            ["framework.district_id", "framework.id"],
            name=op.f("fk_expectation_district_id_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_expectation_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_expectation")),
    )
    op.create_index(
        "ix_expectation_framework",
        "expectation",
        ["district_id", "framework_id", "position"],
        unique=False,
    )
    op.create_table(
        "invitation",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose in ('invite', 'reset')", name=op.f("ck_invitation_purpose")),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_invitation_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_invitation_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_invitation")),
    )
    op.create_index(
        "ix_invitation_person", "invitation", ["district_id", "person_id"], unique=False
    )
    op.create_table(
        "school_vision",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_school_vision_district_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_school_vision_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_school_vision")),
    )
    op.create_table(
        "school_year",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("days", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_day < last_day", name=op.f("ck_school_year_in_order")),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_school_year_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_school_year_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_school_year")),
    )
    op.create_index(
        "ix_school_year_school",
        "school_year",
        ["district_id", "school_id", "first_day"],
        unique=False,
    )
    op.create_table(
        "coaching_relationship",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("school_year_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("evaluator_scope", sa.Text(), nullable=False),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "evaluator_scope in ('none', 'contributes', 'owns')",
            name=op.f("ck_coaching_relationship_evaluator_scope"),
        ),
        sa.CheckConstraint(
            "state in ('proposed', 'active', 'paused', 'withdrawn', 'ended')",
            name=op.f("ck_coaching_relationship_state"),
        ),
        sa.CheckConstraint(
            "lead_id <> teacher_id", name=op.f("ck_coaching_relationship_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_relationship_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_coaching_relationship_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_year_id"],
            ["school_year.district_id", "school_year.id"],
            name=op.f("fk_coaching_relationship_district_id_school_year_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_relationship_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_coaching_relationship_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_coaching_relationship")),
    )
    op.create_index(
        "ix_coaching_relationship_lead",
        "coaching_relationship",
        ["district_id", "lead_id", "state"],
        unique=False,
    )
    op.create_index(
        "ix_coaching_relationship_school",
        "coaching_relationship",
        ["district_id", "school_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_coaching_relationship_teacher",
        "coaching_relationship",
        ["district_id", "teacher_id", "state"],
        unique=False,
    )
    op.create_index(
        "uq_coaching_relationship_lead",
        "coaching_relationship",
        ["district_id", "teacher_id"],
        unique=True,
        postgresql_where=sa.text("\"primary\" and state in ('active', 'paused')"),
    )
    op.create_index(
        "uq_coaching_relationship_pair",
        "coaching_relationship",
        ["district_id", "lead_id", "teacher_id", "school_year_id"],
        unique=True,
        postgresql_where=sa.text("state in ('proposed', 'active', 'paused')"),
    )
    op.create_index(
        "uq_coaching_relationship_primary",
        "coaching_relationship",
        ["district_id", "teacher_id", "school_year_id"],
        unique=True,
        postgresql_where=sa.text("\"primary\" and state in ('proposed', 'active', 'paused')"),
    )
    op.create_table(
        "indicator",
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("expectation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("observed", sa.Boolean(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("gateway", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "expectation_id"],
            ["expectation.district_id", "expectation.id"],
            name=op.f("fk_indicator_district_id_expectation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "framework_id"],
            ["framework.district_id", "framework.id"],
            name=op.f("fk_indicator_district_id_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_indicator_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_indicator")),
    )
    op.create_index(
        "ix_indicator_framework",
        "indicator",
        ["district_id", "framework_id", "position"],
        unique=False,
    )
    op.create_index("uq_indicator_key", "indicator", ["district_id", "key"], unique=True)
    op.create_table(
        "refresh_token",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "session_id"],
            ["auth_session.district_id", "auth_session.id"],
            name=op.f("fk_refresh_token_district_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_refresh_token_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_refresh_token")),
    )
    op.create_index(
        "ix_refresh_token_session", "refresh_token", ["district_id", "session_id"], unique=False
    )
    op.create_table(
        "teaching_assignment",
        sa.Column("class_section_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "class_section_id"],
            ["class_section.district_id", "class_section.id"],
            name=op.f("fk_teaching_assignment_district_id_class_section_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_teaching_assignment_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_teaching_assignment_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_teaching_assignment")),
    )
    op.create_index(
        "ix_teaching_assignment_class",
        "teaching_assignment",
        ["district_id", "class_section_id"],
        unique=False,
    )
    op.create_index(
        "ix_teaching_assignment_person",
        "teaching_assignment",
        ["district_id", "person_id"],
        unique=False,
    )
    op.create_index(
        "uq_teaching_assignment_external",
        "teaching_assignment",
        ["district_id", "source", "external_id"],
        unique=True,
    )
    op.create_table(
        "team",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("common_indicator_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "common_indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_team_district_id_common_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_team_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_team_district_id")),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_team")),
    )
    op.create_index("ix_team_school", "team", ["district_id", "school_id"], unique=False)
    op.create_table(
        "goal",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("school_year_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("teacher_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("co_written", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("link_statement", sa.Text(), nullable=True),
        sa.Column("standards", postgresql.JSONB(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(level = 'individual') = (teacher_id is not null)", name=op.f("ck_goal_teacher_owner")
        ),
        sa.CheckConstraint(
            "(level = 'team') = (team_id is not null)", name=op.f("ck_goal_team_owner")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome is not null)", name=op.f("ck_goal_outcome_when_closed")
        ),
        sa.CheckConstraint(
            "case level when 'individual' then state <> 'published' else state not in ('proposed', 'agreed') end",
            name=op.f("ck_goal_state_of_level"),
        ),
        sa.CheckConstraint("kind in ('student_learning', 'growth')", name=op.f("ck_goal_kind")),
        sa.CheckConstraint("level in ('school', 'team', 'individual')", name=op.f("ck_goal_level")),
        sa.CheckConstraint(
            "state in ('draft', 'proposed', 'agreed', 'published', 'closed')",
            name=op.f("ck_goal_state"),
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_goal_parent")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "parent_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_district_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_goal_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_year_id"],
            ["school_year.district_id", "school_year.id"],
            name=op.f("fk_goal_district_id_school_year_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_goal_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_goal_district_id")),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal")),
    )
    op.create_index(
        "ix_goal_due", "goal", ["district_id", "school_id", "due_on", "id"], unique=False
    )
    op.create_index("ix_goal_parent", "goal", ["district_id", "parent_id"], unique=False)
    op.create_index(
        "ix_goal_school_year",
        "goal",
        ["district_id", "school_id", "school_year_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_goal_shared",
        "goal",
        ["district_id", "school_id", "id"],
        unique=False,
        postgresql_where=sa.text("level <> 'individual'"),
    )
    op.create_index("ix_goal_teacher", "goal", ["district_id", "teacher_id", "id"], unique=False)
    op.create_index("ix_goal_team", "goal", ["district_id", "team_id", "id"], unique=False)
    op.create_table(
        "role",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("tested_subject", sa.Boolean(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'district_administrator') = (school_id is null)", name=op.f("ck_role_place")
        ),
        sa.CheckConstraint(
            "(kind = 'teacher') = (tested_subject is not null)", name=op.f("ck_role_tested")
        ),
        sa.CheckConstraint(
            "(kind in ('senior_team_lead', 'team_lead', 'other_teacher_leader', 'team_member')) = (team_id is not null)",
            name=op.f("ck_role_team_kinds"),
        ),
        sa.CheckConstraint(
            "kind in ('district_administrator', 'school_leader', 'senior_team_lead', 'team_lead', 'other_teacher_leader', 'ilt_member', 'mentor', 'teacher', 'team_member')",
            name=op.f("ck_role_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_role_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_role_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_role_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_role_district_id")),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_role")),
    )
    op.create_index("ix_role_person", "role", ["district_id", "person_id"], unique=False)
    op.create_index("ix_role_school", "role", ["district_id", "school_id", "kind"], unique=False)
    op.create_index("ix_role_team", "role", ["district_id", "team_id"], unique=False)
    op.create_index(
        "uq_role_open",
        "role",
        ["district_id", "person_id", "kind", "school_id", "team_id"],
        unique=True,
        postgresql_where=sa.text("ended_on is null"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "goal_comment",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("teacher_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('comment', 'evidence')", name=op.f("ck_goal_comment_kind")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_comment_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_comment_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_comment_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_comment_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_comment")),
    )
    op.create_index(
        "ix_goal_comment_author", "goal_comment", ["district_id", "author_id", "id"], unique=False
    )
    op.create_index(
        "ix_goal_comment_goal", "goal_comment", ["district_id", "goal_id", "id"], unique=False
    )
    op.create_table(
        "goal_indicator",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_indicator_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_goal_indicator_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_indicator_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_indicator")),
    )
    op.create_index(
        "ix_goal_indicator_indicator",
        "goal_indicator",
        ["district_id", "indicator_id", "goal_id"],
        unique=False,
    )
    op.create_index(
        "uq_goal_indicator",
        "goal_indicator",
        ["district_id", "goal_id", "indicator_id"],
        unique=True,
    )
    op.create_table(
        "goal_measure",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("target", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("latest_value", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("latest_on", sa.Date(), nullable=True),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "direction in ('increase', 'decrease')", name=op.f("ck_goal_measure_direction")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_measure_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_measure_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_measure")),
    )
    op.create_index(
        "ix_goal_measure_goal", "goal_measure", ["district_id", "goal_id", "position"], unique=False
    )
    op.create_table(
        "goal_revision",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("replaced", postgresql.JSONB(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("teacher_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('content', 'closing')", name=op.f("ck_goal_revision_kind")),
        sa.CheckConstraint(
            "state in ('proposed', 'agreed', 'withdrawn')", name=op.f("ck_goal_revision_state")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_revision_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_revision_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_revision_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_revision_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_revision")),
    )
    op.create_index(
        "ix_goal_revision_goal", "goal_revision", ["district_id", "goal_id", "id"], unique=False
    )
    op.create_index(
        "uq_goal_revision_open",
        "goal_revision",
        ["district_id", "goal_id"],
        unique=True,
        postgresql_where="state = 'proposed'",
    )
    op.create_table(
        "goal_agreement",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "capacity in ('teacher', 'lead', 'school_leader_standing_in')",
            name=op.f("ck_goal_agreement_capacity"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_agreement_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_agreement_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "revision_id"],
            ["goal_revision.district_id", "goal_revision.id"],
            name=op.f("fk_goal_agreement_district_id_revision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_agreement_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_agreement")),
    )
    op.create_index(
        "ix_goal_agreement_goal", "goal_agreement", ["district_id", "goal_id"], unique=False
    )
    op.create_table(
        "goal_progress",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("teacher_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_progress_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_progress_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_progress_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "measure_id"],
            ["goal_measure.district_id", "goal_measure.id"],
            name=op.f("fk_goal_progress_district_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_progress_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_progress")),
    )
    op.create_index(
        "ix_goal_progress_goal", "goal_progress", ["district_id", "goal_id", "id"], unique=False
    )
    op.create_index(
        "ix_goal_progress_measure",
        "goal_progress",
        ["district_id", "measure_id", "on", "id"],
        unique=False,
    )
    for table in sorted(sa.inspect(op.get_bind()).get_table_names()):
        if table not in _OUTSIDE | {"alembic_version"}:
            _run(_POLICY.format(table=table))
    _run(_LOAD_CALLER)
    _run(_LOGIN_KEYS)


def downgrade() -> None:
    op.execute("drop function load_caller(uuid, uuid, uuid, boolean, timestamptz)")
    op.execute("drop function find_login_key(text, text)")
    op.execute("drop function put_login_key(text, text, uuid)")
    op.execute("drop function drop_login_keys(text, uuid)")
    # ### commands auto generated by Alembic - please adjust! ###
    op.drop_index("ix_goal_progress_measure", table_name="goal_progress")
    op.drop_index("ix_goal_progress_goal", table_name="goal_progress")
    op.drop_table("goal_progress")
    op.drop_index("ix_goal_agreement_goal", table_name="goal_agreement")
    op.drop_table("goal_agreement")
    op.drop_index(
        "uq_goal_revision_open", table_name="goal_revision", postgresql_where="state = 'proposed'"
    )
    op.drop_index("ix_goal_revision_goal", table_name="goal_revision")
    op.drop_table("goal_revision")
    op.drop_index("ix_goal_measure_goal", table_name="goal_measure")
    op.drop_table("goal_measure")
    op.drop_index("uq_goal_indicator", table_name="goal_indicator")
    op.drop_index("ix_goal_indicator_indicator", table_name="goal_indicator")
    op.drop_table("goal_indicator")
    op.drop_index("ix_goal_comment_goal", table_name="goal_comment")
    op.drop_index("ix_goal_comment_author", table_name="goal_comment")
    op.drop_table("goal_comment")
    op.drop_index(
        "uq_role_open",
        table_name="role",
        postgresql_where=sa.text("ended_on is null"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index("ix_role_team", table_name="role")
    op.drop_index("ix_role_school", table_name="role")
    op.drop_index("ix_role_person", table_name="role")
    op.drop_table("role")
    op.drop_index("ix_goal_team", table_name="goal")
    op.drop_index("ix_goal_teacher", table_name="goal")
    op.drop_index(
        "ix_goal_shared", table_name="goal", postgresql_where=sa.text("level <> 'individual'")
    )
    op.drop_index("ix_goal_school_year", table_name="goal")
    op.drop_index("ix_goal_parent", table_name="goal")
    op.drop_index("ix_goal_due", table_name="goal")
    op.drop_table("goal")
    op.drop_index("ix_team_school", table_name="team")
    op.drop_table("team")
    op.drop_index("uq_teaching_assignment_external", table_name="teaching_assignment")
    op.drop_index("ix_teaching_assignment_person", table_name="teaching_assignment")
    op.drop_index("ix_teaching_assignment_class", table_name="teaching_assignment")
    op.drop_table("teaching_assignment")
    op.drop_index("ix_refresh_token_session", table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index("uq_indicator_key", table_name="indicator")
    op.drop_index("ix_indicator_framework", table_name="indicator")
    op.drop_table("indicator")
    op.drop_index(
        "uq_coaching_relationship_primary",
        table_name="coaching_relationship",
        postgresql_where=sa.text("\"primary\" and state in ('proposed', 'active', 'paused')"),
    )
    op.drop_index(
        "uq_coaching_relationship_pair",
        table_name="coaching_relationship",
        postgresql_where=sa.text("state in ('proposed', 'active', 'paused')"),
    )
    op.drop_index(
        "uq_coaching_relationship_lead",
        table_name="coaching_relationship",
        postgresql_where=sa.text("\"primary\" and state in ('active', 'paused')"),
    )
    op.drop_index("ix_coaching_relationship_teacher", table_name="coaching_relationship")
    op.drop_index("ix_coaching_relationship_school", table_name="coaching_relationship")
    op.drop_index("ix_coaching_relationship_lead", table_name="coaching_relationship")
    op.drop_table("coaching_relationship")
    op.drop_index("ix_school_year_school", table_name="school_year")
    op.drop_table("school_year")
    op.drop_table("school_vision")
    op.drop_index("ix_invitation_person", table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("ix_expectation_framework", table_name="expectation")
    op.drop_table("expectation")
    op.drop_table("credential")
    op.drop_index("uq_class_section_external", table_name="class_section")
    op.drop_index("ix_class_section_school", table_name="class_section")
    op.drop_table("class_section")
    op.drop_index("ix_auth_session_person", table_name="auth_session")
    op.drop_table("auth_session")
    op.drop_index("uq_school_external", table_name="school")
    op.drop_table("school")
    op.drop_table("roster_import")
    op.drop_index("uq_person_external", table_name="person")
    op.drop_index("ix_person_name", table_name="person")
    op.drop_table("person")
    op.drop_index("ix_login_key_subject", table_name="login_key")
    op.drop_table("login_key")
    op.drop_index("uq_integration_client_name", table_name="integration_client")
    op.drop_table("integration_client")
    op.drop_index("uq_idempotency_key_request", table_name="idempotency_key")
    op.drop_index("ix_idempotency_key_age", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index("uq_framework_key", table_name="framework")
    op.drop_table("framework")
    op.drop_index("ix_feed_entry_age", table_name="feed_entry")
    op.drop_table("feed_entry")
    op.drop_index("ix_event_subject", table_name="event")
    op.drop_index("ix_event_school", table_name="event")
    op.drop_index("ix_event_owner", table_name="event")
    op.drop_index("ix_event_actor", table_name="event")
    op.drop_table("event")
    op.drop_index("uq_district_policy_one", table_name="district_policy")
    op.drop_table("district_policy")
    op.drop_index("uq_course_external", table_name="course")
    op.drop_table("course")
    op.drop_index("ix_login_attempt_account", table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_table("installation")
    op.drop_table("district")
