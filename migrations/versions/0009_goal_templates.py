"""Templates of goals: a partial goal by kind and subject, and which one a goal began with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: What squawk warns of here waits for nothing long: templates are few, and of the goals, of which
#: there are more, the new column is empty in every row. The wider list of kinds forbids less.
_VALIDATE = """-- squawk-ignore constraint-missing-not-valid
alter table {table} validate constraint {name}"""
_DROP = """-- squawk-ignore ban-drop-constraint
alter table template drop constraint ck_template_kind"""
_CONSTRAINTS = (
    (
        "template",
        "ck_template_kind",
        "check (kind in ('outreach', 'questionnaire', 'conversation', 'preferences', 'agreement',"
        " 'goal'))",
    ),
    (
        "template",
        "ck_template_goal_kind",
        "check (goal_kind in ('student_learning', 'growth'))",
    ),
    (
        "template",
        "ck_template_kind_of_goal",
        "check ((kind = 'goal') = (goal_kind is not null))",
    ),
    (
        "template",
        "ck_template_parts_of_goal",
        "check (kind = 'goal' or (school_subject is null and goal is null))",
    ),
    (
        "goal",
        "fk_goal_district_id_template_id",
        "foreign key (district_id, template_id) references template (district_id, id)",
    ),
)


def upgrade() -> None:
    op.add_column("template", sa.Column("goal_kind", sa.Text()))
    op.add_column("template", sa.Column("school_subject", sa.Text()))
    op.add_column("template", sa.Column("goal", postgresql.JSONB()))
    op.add_column("goal", sa.Column("template_id", sa.Uuid()))
    op.execute(_DROP)
    for table, name, rule in _CONSTRAINTS:
        op.execute(f"alter table {table} add constraint {name} {rule} not valid")
        op.execute(_VALIDATE.format(table=table, name=name))


def downgrade() -> None:
    op.drop_column("goal", "template_id")
    # A program before this one knows no such kind. Row-level security binds the owner too, so each
    # district is entered for its own rows.
    op.execute(
        """do $$
        declare district_of uuid;
        begin
            for district_of in select id from district loop
                perform set_config('app.district', district_of::text, true);
                delete from template where district_id = district_of and kind = 'goal';
            end loop;
            perform set_config('app.district', '', true);
        end $$"""
    )
    op.drop_constraint("ck_template_parts_of_goal", "template")
    op.drop_constraint("ck_template_kind_of_goal", "template")
    op.drop_constraint("ck_template_goal_kind", "template")
    op.drop_constraint("ck_template_kind", "template")
    op.drop_column("template", "goal")
    op.drop_column("template", "school_subject")
    op.drop_column("template", "goal_kind")
    op.create_check_constraint(
        op.f("ck_template_kind"),
        "template",
        "kind in ('outreach', 'questionnaire', 'conversation', 'preferences', 'agreement')",
    )
