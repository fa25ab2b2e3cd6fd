"""Templates of learning cycles, reflections, feedback protocols and coaching calendars."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: What squawk warns of here waits for nothing long: templates are few, and the wider list of kinds
#: forbids less.
_DROP = """-- squawk-ignore ban-drop-constraint
alter table template drop constraint ck_template_kind"""
_VALIDATE = """-- squawk-ignore constraint-missing-not-valid
alter table template validate constraint {name}"""
_CONSTRAINTS = (
    (
        "ck_template_kind",
        "kind in ('outreach', 'questionnaire', 'conversation', 'preferences', 'agreement', 'goal',"
        " 'learning_cycle', 'reflection', 'feedback_protocol', 'coaching_calendar')",
    ),
    ("ck_template_protocol_ordered", "kind = 'feedback_protocol' or not ordered"),
    ("ck_template_calendar_entries", "kind = 'coaching_calendar' or entries = '[]'::jsonb"),
)


def upgrade() -> None:
    op.add_column(
        "template",
        sa.Column("ordered", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column(
        "template",
        sa.Column("entries", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")),
    )
    op.execute(_DROP)
    for name, rule in _CONSTRAINTS:
        op.execute(f"alter table template add constraint {name} check ({rule}) not valid")
        op.execute(_VALIDATE.format(name=name))


def downgrade() -> None:
    op.execute(
        "delete from template where kind in ('learning_cycle', 'reflection', 'feedback_protocol',"
        " 'coaching_calendar')"
    )
    for name, _ in _CONSTRAINTS:
        op.drop_constraint(op.f(name), "template")
    op.drop_column("template", "entries")
    op.drop_column("template", "ordered")
    op.create_check_constraint(
        op.f("ck_template_kind"),
        "template",
        "kind in ('outreach', 'questionnaire', 'conversation', 'preferences', 'agreement', 'goal')",
    )
