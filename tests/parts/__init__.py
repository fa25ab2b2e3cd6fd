"""Each feature's part of the harness, in one file: the objects and expectations of the matrix, its
chapter of the journey, and the rows that a longer list holds.

    build(add, made, objects)   adds objects to the matrix (`add(name, row)`, `made(Model, …)`)
    chapter(journey, world)     performs each of its operations once
    grow(session, world, home, name)   one more of everything that its lists hold
    IDS                         ids of rows that no list gives, where there are any
    FIRSTS                      (who, name, path): where the ids for addresses are found, in the
                                field of that name where the rows have it; a fourth says in which
                                field, when not in `id`

What a part expects stands in it at module level, by `reads`, `step` and `anywhere` of
`tests.access.table`.
"""

from tests.parts import (
    advice,
    calendars,
    conversations,
    cycle_work,
    cycles,
    edfi,
    evidence,
    exports,
    frameworks,
    goal_feedback,
    intention,
    monitoring,
    observations,
    outreach,
    plans,
    questions,
    reminders,
    roles,
    roster_pulls,
    sharing,
    slo,
    steps,
    systems,
    talks,
    templates,
    webhooks,
)

PARTS = (
    templates,
    outreach,
    reminders,
    questions,
    conversations,
    roles,
    sharing,
    advice,
    systems,
    slo,
    plans,
    goal_feedback,
    monitoring,
    frameworks,
    intention,
    cycles,
    cycle_work,
    observations,
    evidence,
    talks,
    steps,
    calendars,
    webhooks,
    roster_pulls,
    edfi,
    exports,
)
