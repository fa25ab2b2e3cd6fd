"""Each rule of advice by itself: one goal that it speaks of and one that it does not; and a table
of goals as people write them, with all that they are told."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.goals.advice.rules import RULES
from app.goals.advice.service import judge
from app.goals.advice.snapshot import Measure, Other, Scale, Snapshot

#: LEAP's observed scale
SEVEN = Scale(
    Decimal(1),
    Decimal(7),
    tuple((Decimal(a), Decimal(b)) for a, b in ((1, 2), (3, 4), (5, 6), (7, 7))),
)
CHECKS = Measure("Checks", "per lesson", Decimal(4), Decimal(1))
GROWTH = Snapshot(
    level="individual",
    kind="growth",
    title="Check for understanding every ten minutes",
    statement="By May I check every student's understanding at least every ten minutes.",
    rationale="In June a third of the class was lost without my seeing it.",
    indicators=1,
    measures=(CHECKS,),
    due_on=date(2027, 5, 14),
    year_first=date(2026, 8, 17),
    year_last=date(2027, 6, 4),
    scales=(SEVEN,),
)
SLO = replace(
    GROWTH,
    kind="student_learning",
    title="Fractions on a number line",
    statement="By May, 24 of my 30 students place fractions on a number line and explain why.",
    standards=("4.NF.A.2",),
    indicators=0,
    measures=(Measure("Who can", "students", Decimal(24), Decimal(6)),),
)
SCHOOL = replace(
    SLO,
    level="school",
    title="Every reader grows",
    statement="Every student grows by more than a year in reading.",
    rationale=None,
    standards=(),
)


def rated(baseline: int, target: int, unit: str = "level on the scale") -> tuple[Measure, ...]:
    return (Measure("Rating of I.5", unit, Decimal(target), Decimal(baseline)),)


def measured(target: float, baseline: float | None, unit: str = "% of students") -> Any:
    first = None if baseline is None else Decimal(str(baseline))
    return (Measure("Share", unit, Decimal(str(target)), first),)


def codes(goal: Snapshot) -> list[str]:
    return [found.rule.code for found in judge(goal)]


#: code → goals that it speaks of, and goals next to them that it does not
CASES: dict[str, tuple[list[Snapshot], list[Snapshot]]] = {
    "statement_missing": ([replace(GROWTH, statement=None)], [GROWTH, SCHOOL]),
    "statement_vague": (
        [
            replace(GROWTH, statement=text)
            for text in (
                "Improve student engagement.",
                "I will become a better teacher.",
                "I want to get better at classroom management this year.",
                "Students will improve their writing skills.",
            )
        ],
        [
            GROWTH,
            SLO,
            SCHOOL,
            replace(GROWTH, statement="I wait three seconds after each question."),
            replace(GROWTH, statement="Mejorar la participación de los estudiantes."),
        ],
    ),
    "actor_missing": (
        [replace(SLO, statement="Reading scores go up by ten points between September and May.")],
        [
            SLO,
            GROWTH,
            replace(SCHOOL, statement="Reading scores go up by ten points by May."),
            replace(SLO, statement="Sophomores support a claim with evidence from the text."),
            replace(SLO, statement="Kindergartners name the letters and their sounds."),
        ],
    ),
    "gap_left": (
        [replace(GROWTH, statement="By May, I [what I will do] in every lesson.")],
        [
            replace(GROWTH, statement="By May, I ask [1] open question in every lesson."),
            replace(GROWTH, rationale="As in [the unit plan](plan.html) that we wrote."),
            replace(SLO, statement="Students explain slope on [0, 10], as in [HSF.LE.A.2]."),
        ],
    ),
    "rationale_missing": ([replace(SLO, rationale=None)], [SLO, replace(GROWTH, rationale=None)]),
    "indicator_missing": ([replace(GROWTH, indicators=0)], [GROWTH, SLO]),
    "too_many_indicators": ([replace(GROWTH, indicators=3)], [replace(GROWTH, indicators=2)]),
    "standard_missing": ([replace(SLO, standards=())], [SLO, replace(GROWTH, standards=())]),
    "link_missing": (
        [
            replace(SLO, untested=True),
            replace(SLO, untested=True, has_parent=True),
            replace(SLO, untested=True, link_statement="Musicians count, and so do readers."),
        ],
        [
            SLO,
            replace(SLO, untested=True, has_parent=True, link_statement="Musicians count, too."),
            replace(GROWTH, untested=True),
        ],
    ),
    "common_indicator_missing": ([replace(GROWTH, lacks_common=True)], [GROWTH]),
    "measure_missing": ([replace(GROWTH, measures=()), replace(SCHOOL, measures=())], [GROWTH]),
    "baseline_missing": ([replace(GROWTH, measures=measured(80, None))], [GROWTH]),
    "target_is_baseline": (
        [replace(SLO, measures=measured(40, 40))],
        [replace(SLO, measures=measured(41, 40))],
    ),
    "target_implausible": (
        [
            replace(SLO, measures=measured(120, 40)),
            replace(SLO, measures=measured(90, 4, "questions a lesson")),
            replace(SLO, measures=measured(-5, 40, "percent of students")),
        ],
        [
            replace(SLO, measures=measured(100, 0)),
            replace(SLO, measures=measured(90, 12)),
            replace(SLO, measures=measured(150, 100, "% of a year's growth")),
            replace(SLO, measures=measured(12, 1, "questions a lesson")),
            # two who can in September, and a class of thirty in May
            replace(SLO, measures=measured(28, 2, "students")),
            replace(SLO, measures=measured(1, 60, "interruptions a lesson")),
        ],
    ),
    "level_jump": (
        [replace(GROWTH, measures=rated(3, 7)), replace(GROWTH, measures=rated(2, 5))],
        [
            replace(GROWTH, measures=rated(2, 3)),
            replace(GROWTH, measures=rated(3, 6)),
            replace(GROWTH, measures=rated(1, 6, "checks a lesson"), scales=()),
            replace(SLO, measures=rated(1, 7)),
            replace(GROWTH, measures=(Measure("Checks", "per lesson", Decimal(6), Decimal(1)),)),
            replace(GROWTH, measures=rated(2, 80)),
        ],
    ),
    "too_many_measures": (
        [replace(GROWTH, measures=(CHECKS,) * 4)],
        [replace(GROWTH, measures=(CHECKS,) * 3)],
    ),
    "due_missing": (
        [replace(GROWTH, due_on=None)],
        [
            GROWTH,
            replace(GROWTH, due_on=None, measures=(replace(CHECKS, due_on=date(2027, 5, 1)),)),
        ],
    ),
    "due_outside_year": (
        [
            replace(GROWTH, due_on=date(2027, 9, 1)),
            replace(GROWTH, measures=(replace(CHECKS, due_on=date(2026, 6, 1)),)),
        ],
        [replace(GROWTH, due_on=date(2027, 6, 4)), replace(GROWTH, year_last=None)],
    ),
    "outside_control": (
        [
            replace(SLO, statement=text)
            for text in (
                "Parents will read with their child every night.",
                "The families of the students must send them on time.",
                "The attendance policy of the school will be enforced for every student.",
            )
        ],
        [
            replace(GROWTH, statement=text)
            for text in (
                "I call two families a week, so that parents will know what we read.",
                "By May my students explain their work to their parents in a conference.",
                "Students whose parents work late find a quiet place for their homework with me.",
                "Los padres will leer cada noche.",
            )
        ],
    ),
    "not_about_students": (
        [replace(SLO, statement="I will use the new reading units in each of the lessons.")],
        [
            SLO,
            replace(SLO, statement="Our fourth graders will solve two-step problems by May."),
            replace(GROWTH, statement="I will use the new units in each of the lessons."),
        ],
    ),
    "only_about_students": (
        [replace(GROWTH, statement="By May, 80% of the students will pass the unit test.")],
        [
            GROWTH,
            SLO,
            replace(GROWTH, statement="Students explain their thinking since I wait longer."),
        ],
    ),
    "eased_without_reason": (
        [replace(GROWTH, eased=True)],
        [replace(GROWTH, eased=True, reason="Two double lessons fell away."), GROWTH],
    ),
    "same_as_other": (
        [
            replace(
                GROWTH,
                others=(
                    Other(
                        "growth",
                        "Another",
                        "By May I check every student's understanding every ten minutes.",
                    ),
                ),
            ),
            replace(GROWTH, statement=None, others=(Other("growth", GROWTH.title.upper()),)),
        ],
        [
            replace(
                GROWTH,
                others=(
                    Other("student_learning", "Another", GROWTH.statement),
                    Other("growth", GROWTH.title, "By May I wait three seconds for an answer."),
                    Other("growth", "Wait time"),
                ),
            )
        ],
    ),
    "too_many_goals": (
        [replace(GROWTH, others=tuple(Other("growth", f"Goal {n}") for n in range(3)))],
        [
            replace(
                GROWTH,
                others=(
                    *(Other("growth", f"Goal {n}") for n in range(2)),
                    *(Other("student_learning", f"Objective {n}") for n in range(2)),
                ),
            )
        ],
    ),
    "student_named": (
        [
            replace(SLO, rationale="This is for my student Mara Quist, who reads below the level."),
            replace(GROWTH, statement="I sit with a student named Joss at least once a week."),
            replace(GROWTH, statement="I meet with the student Joss at least once a week."),
        ],
        [
            replace(SLO, title="Student Engagement Through Better Questions"),
            replace(SLO, rationale="The student Learning Objective of the team is the same."),
            replace(SLO, rationale="A student in Algebra Two and each of the others said so."),
            replace(SLO, rationale="Each student Monday and Friday."),
            replace(SLO, rationale="The student Handbook says so, and the student Council too."),
        ],
    ),
}


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_a_rule_speaks_of_what_it_is_for_and_of_nothing_else(code: str) -> None:
    bad, good = CASES[code]
    for goal in bad:
        assert code in codes(goal), goal
    for goal in good:
        assert code not in codes(goal), goal


def test_every_rule_has_words_a_source_and_a_field() -> None:
    assert len(RULES) >= 12
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert min(map(len, (rule.title, rule.next_step, rule.source, rule.field))) > 4, rule.code
        assert max(map(len, (rule.title, rule.next_step, rule.source))) <= 500, rule.code
        assert rule.levels
        assert rule.kinds


@pytest.mark.parametrize("goal", [GROWTH, SLO, SCHOOL], ids=["growth", "slo", "school"])
def test_a_good_goal_is_left_alone(goal: Snapshot) -> None:
    assert codes(goal) == []


#: goals as people write them, in our own words → what they are told
REALISTIC: tuple[tuple[Snapshot, str], ...] = (
    (replace(GROWTH, statement="Be more engaging."), "statement_vague"),
    (
        replace(
            GROWTH,
            statement="I will post the content-language objective and have students restate it in"
            " their own words at the start of each lesson, so that they know why we do what we do.",
        ),
        "",
    ),
    (
        replace(
            GROWTH,
            statement="I want to use higher-order questions in discussions. By spring, half of the"
            " questions I ask call for a reason.",
            measures=(Measure("Questions that ask why", "% of questions", Decimal(50)),),
        ),
        "baseline_missing",
    ),
    (
        replace(
            GROWTH,
            statement="My students work in groups without me for fifteen minutes.",
            measures=measured(15, 4, "minutes"),
        ),
        "",
    ),
    (
        replace(
            GROWTH,
            statement="All students will be on grade level in mathematics.",
            measures=(),
            due_on=None,
        ),
        "measure_missing due_missing only_about_students",
    ),
    (replace(GROWTH, measures=rated(4, 7, "level")), "level_jump"),
    (
        replace(
            SLO,
            statement="80% of my Algebra I students will score 70 or better on the final.",
            measures=measured(80, 35),
        ),
        "",
    ),
    (
        replace(SLO, statement="Reading.", measures=(), rationale=None, due_on=None),
        "statement_vague rationale_missing measure_missing due_missing",
    ),
    (
        replace(
            SLO,
            statement="The choir sings in three parts and every singer reads the score at sight.",
            untested=True,
            has_parent=True,
            link_statement="Reading music is reading, too.",
            measures=measured(18, 5, "singers"),
        ),
        "",
    ),
    (
        replace(SLO, statement="Parents will make sure that homework is done.", standards=()),
        "standard_missing outside_control",
    ),
    (
        replace(
            GROWTH,
            statement="Antes de mayo compruebo cada diez minutos lo que entiende cada estudiante.",
            title="Comprobar la comprensión",
            rationale=None,
        ),
        "",
    ),
    (replace(GROWTH, statement="Verbessern.", title="Besser unterrichten"), ""),
    (
        replace(
            SCHOOL,
            level="team",
            statement="Our team's students explain their reasoning in writing in every unit.",
            measures=(),
        ),
        "measure_missing",
    ),
    (
        replace(
            SCHOOL,
            statement="Every classroom is calm, and every adult greets every child by name.",
            due_on=None,
            measures=measured(95, 60, "% of classrooms"),
        ),
        "due_missing",
    ),
)


@pytest.mark.parametrize(("goal", "told"), REALISTIC, ids=[g.statement[:40] for g, _ in REALISTIC])
def test_goals_as_people_write_them(goal: Snapshot, told: str) -> None:
    assert codes(goal) == told.split()


def test_a_text_that_is_not_english_is_told_nothing_about_its_words() -> None:
    wordy = {rule.code for rule in RULES if rule.english}
    assert len(wordy) >= 6
    for text in (
        "Los padres deben leer con el estudiante Mara Quist todas las noches.",
        "Les élèves vont améliorer leur lecture et les parents doivent aider.",
        "Die Eltern müssen jeden Abend vorlesen, damit alle besser lesen.",
        "提高学生的阅读能力",
        "Nâng cao khả năng đọc của học sinh.",
    ):
        for kind in ("growth", "student_learning"):
            goal = replace(GROWTH, kind=kind, statement=text, title=text, rationale=text)
            assert wordy.isdisjoint(codes(goal)), text
