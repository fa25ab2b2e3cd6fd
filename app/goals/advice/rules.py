"""The rules of advice. Each is one small pure function over a snapshot: it says what could be
better, or nothing. None of them blocks anything.

A rule that looks at words is silent when the text is not recognisably English.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.goals.advice import english
from app.goals.advice.snapshot import Measure, Snapshot

Check = Callable[[Snapshot], str | None]

_DORAN = (
    "G. T. Doran, \"There's a S.M.A.R.T. way to write management's goals and objectives\","
    " Management Review 70 (11), 1981"
)
_LOCKE = (
    'E. A. Locke and G. P. Latham, "Building a practically useful theory of goal setting and task'
    ' motivation", American Psychologist 57 (9), 2002'
)
_BANDURA = (
    'A. Bandura and D. H. Schunk, "Cultivating competence, self-efficacy, and intrinsic interest'
    ' through proximal self-motivation", Journal of Personality and Social Psychology 41 (3), 1981'
)
_SLO = (
    "What guidance on student learning objectives by state education departments of the United"
    " States has in common: the students, where they start, a target for them, and why."
    " Well-made ones go with larger gains: Community Training and Assistance Center,"
    ' "Catalyst for Change: Pay for Performance in Denver", 2004'
)
# What refuses a goal later, in words: whoever reads a source has no list of gates.
_NAMED_PARTS = "What this program asks of a goal before both can agree to it"
_BOTH_AGREE = "What this program asks when both agree: easing a target needs a reason"
_BEFORE_SUBMITTING = "What this program asks of an SLO before it is submitted"
_OWN = "A rule of thumb of this program"
_ALL = ("school", "team", "individual")
_BOTH = ("student_learning", "growth")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, its words and where it comes from."""

    code: str
    title: str
    next_step: str
    source: str
    #: the field of the goal that it is about
    field: str
    levels: tuple[str, ...]
    kinds: tuple[str, ...]
    #: it reads words, and is silent on texts in other languages
    english: bool
    check: Check

    def says(self, goal: Snapshot) -> str | None:
        """What could be better; nothing, when all is well or the rule is not for such a goal."""
        if goal.level not in self.levels or goal.kind not in self.kinds:
            return None
        return self.check(goal)


RULES: list[Rule] = []


def _rule(
    title: str,
    next_step: str,
    source: str,
    field: str,
    *,
    levels: tuple[str, ...] = _ALL,
    kinds: tuple[str, ...] = _BOTH,
    english: bool = False,
) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        code = check.__name__
        RULES.append(Rule(code, title, next_step, source, field, levels, kinds, english, check))
        return check

    return add


_OF_ONE = ("individual",)
_SLO_ONLY = ("student_learning",)
_GROWTH_ONLY = ("growth",)


# --- what it says -----------------------------------------------------------------------------


@_rule(
    "The goal is written down",
    "Write in one or two sentences who will do what, and how it will be seen.",
    _NAMED_PARTS,
    "statement",
)
def statement_missing(goal: Snapshot) -> str | None:
    return None if goal.statement else "The goal has a title, but no statement yet."


@_rule(
    "The statement says what, not only that it should be better",
    "Name what somebody would see or hear: which students or lessons, doing what.",
    f"{_DORAN}; {_LOCKE}",
    "statement",
    english=True,
)
def statement_vague(goal: Snapshot) -> str | None:
    found = english.words(goal.statement)
    if not found or len(english.contentful(found)) > 2 or re.search(r"\d", goal.statement or ""):
        return None
    return "The statement says that something should get better, but not what that looks like."


#: others who must act; what a school decides
_OTHERS_ACT = re.compile(
    r"\b(parents?|guardians?|famil(y|ies)|administrators?|the administration|the principal"
    r"|the district|the school board)( of [a-z ]{1,40})? (will|must|should|shall|need to|have to)\b"
    r"|\b(attendance policy|bell schedule|class sizes?|funding)\b[a-z ]{0,40} (will|must|should)\b",
    re.IGNORECASE,
)


@_rule(
    "The statement says who",
    "Name who acts or who learns: I, we, or the students of which course.",
    f"{_DORAN} (assignable)",
    "statement",
    levels=_OF_ONE,
    english=True,
)
def actor_missing(goal: Snapshot) -> str | None:
    found = english.words(goal.statement)
    if len(found) < 4 or english.of_students(found) or english.of_teachers(found):
        return None
    if _OTHERS_ACT.search(goal.statement or ""):
        return None  # it says who, and `outside_control` says what of it
    return "The statement names neither you nor your students."


#: as in the templates that come with the program; `[words](address)` is a link, and with digits it
#: is a standard's code or an interval
_GAP = re.compile(r"\[[^\[\]\n\d]{3,100}\](?!\()")


@_rule(
    "The gaps of a template are filled",
    "Put your own words in place of each gap in square brackets, or delete it.",
    _OWN,
    "statement",
)
def gap_left(goal: Snapshot) -> str | None:
    gaps = sum(len(_GAP.findall(text)) for text in goal.texts)
    return f"Gaps in square brackets that are not filled yet: {gaps}." if gaps else None


@_rule(
    "A student-learning goal says why",
    "Write what your students' work shows, and why this matters for them.",
    f"{_BEFORE_SUBMITTING}; {_SLO}",
    "rationale",
    levels=_OF_ONE,
    kinds=_SLO_ONLY,
)
def rationale_missing(goal: Snapshot) -> str | None:
    return None if goal.rationale else "The goal does not say why it matters for these students."


# --- what it is tied to -----------------------------------------------------------------------


@_rule(
    "A growth goal names the indicator it is about",
    "Choose the one indicator that the practice belongs to, from GET /indicators.",
    _NAMED_PARTS,
    "indicator_ids",
    levels=_OF_ONE,
    kinds=_GROWTH_ONLY,
)
def indicator_missing(goal: Snapshot) -> str | None:
    return None if goal.indicators else "The goal names no indicator of the framework."


@_rule(
    "A growth goal is about one practice",
    "Keep the indicator that matters most now; the others can be the next goal.",
    _OWN,
    "indicator_ids",
    levels=_OF_ONE,
    kinds=_GROWTH_ONLY,
)
def too_many_indicators(goal: Snapshot) -> str | None:
    return "The goal names more than two indicators at once." if goal.indicators > 2 else None


@_rule(
    "A student-learning goal names a standard",
    "Name the standard that the students will reach, by code or in words.",
    _NAMED_PARTS,
    "standards",
    levels=_OF_ONE,
    kinds=_SLO_ONLY,
)
def standard_missing(goal: Snapshot) -> str | None:
    return None if goal.standards else "The goal names no standard yet."


@_rule(
    "Teachers of a non-tested subject say which shared goal theirs serves",
    "Choose the team or school goal above it, and write how yours serves it.",
    _NAMED_PARTS,
    "link_statement",
    levels=_OF_ONE,
    kinds=_SLO_ONLY,
)
def link_missing(goal: Snapshot) -> str | None:
    if not goal.untested or (goal.has_parent and goal.link_statement):
        return None
    if goal.has_parent:
        return "The goal hangs below a shared goal, but does not say how it serves it."
    return "The subject is not tested by the state, and the goal hangs below no shared goal yet."


@_rule(
    "A team's common indicator is carried by its members' goals",
    "Add the team's common indicator, or talk with your team about leaving it out.",
    _NAMED_PARTS,
    "indicator_ids",
    levels=_OF_ONE,
)
def common_indicator_missing(goal: Snapshot) -> str | None:
    if not goal.lacks_common:
        return None
    return "The teacher's team chose a common indicator that this goal does not carry."


# --- how it is measured -----------------------------------------------------------------------


@_rule(
    "The goal can be measured",
    "Add one number that shows whether it is reached: what is counted, in which unit, up to where.",
    f"{_DORAN}; {_SLO}",
    "measures",
)
def measure_missing(goal: Snapshot) -> str | None:
    return None if goal.measures else "No number shows yet whether the goal is reached."


@_rule(
    "It is known where one starts",
    "Count once now, before anything changes, and give that number as the baseline.",
    f"{_BEFORE_SUBMITTING}; {_SLO}",
    "measures",
)
def baseline_missing(goal: Snapshot) -> str | None:
    lacking = [m for m in goal.measures if m.baseline is None]
    if not lacking:
        return None
    return f"Measures without a baseline, so that nobody can see the way: {len(lacking)}."


@_rule(
    "The target is a step beyond the baseline",
    "Set a target that is one step further than today.",
    f"{_LOCKE}; {_BANDURA}",
    "measures",
)
def target_is_baseline(goal: Snapshot) -> str | None:
    same = any(m.baseline is not None and m.target == m.baseline for m in goal.measures)
    return "A target is where the baseline is already, so nothing has to change." if same else None


_PERCENT = re.compile(r"%|\bper ?cent(age)?\b", re.IGNORECASE)
#: a change in per cent may well be more than 100
_CHANGE = re.compile(r"\b(growth|increase|change|gain|more)\b", re.IGNORECASE)
_HUNDRED = Decimal(100)
#: how many times the baseline is more than a step; small counts may well multiply
_TIMES, _FROM = 10, 4


def _implausible(measure: Measure) -> bool:
    percent = _PERCENT.search(measure.unit) or _PERCENT.search(measure.name)
    if percent and not _CHANGE.search(f"{measure.name} {measure.unit}"):
        values = (measure.target, measure.baseline or Decimal(0))
        return any(not 0 <= value <= _HUNDRED for value in values)
    baseline = measure.baseline
    return (
        baseline is not None and baseline >= _FROM and measure.target > _TIMES * baseline
    ) or False


@_rule(
    "The target can be true",
    "Look at the unit, the baseline and the target again: is a digit wrong, or the step too large?",
    f"{_DORAN} (realistic)",
    "measures",
)
def target_implausible(goal: Snapshot) -> str | None:
    if not any(_implausible(measure) for measure in goal.measures):
        return None
    return "A target is outside what its unit allows, or many times the baseline."


_RATING = re.compile(r"\b(level|levels|rating|ratings|score on the (scale|indicator))\b", re.I)


@_rule(
    "A growth goal takes one step on the indicator's scale in a year",
    "Aim for the next level, and take the one after it next year.",
    _BANDURA,
    "measures",
    levels=_OF_ONE,
    kinds=_GROWTH_ONLY,
)
def level_jump(goal: Snapshot) -> str | None:
    for measure in goal.measures:
        if measure.baseline is None or not _RATING.search(f"{measure.name} {measure.unit}"):
            continue
        for scale in goal.scales:
            here, there = scale.level(measure.baseline), scale.level(measure.target)
            if here is not None and there is not None and abs(there - here) > 1:
                return "The target is more than one level of the indicator's scale away."
    return None


@_rule(
    "Few numbers are looked at often",
    "Keep the two or three numbers that you will really collect.",
    _OWN,
    "measures",
)
def too_many_measures(goal: Snapshot) -> str | None:
    if len(goal.measures) <= 3:
        return None
    return f"The goal has {len(goal.measures)} measures, and each must be collected."


# --- when -------------------------------------------------------------------------------------


@_rule(
    "The goal has a date",
    "Say by which day of this school year it is reached.",
    f"{_DORAN} (time-related)",
    "due_on",
)
def due_missing(goal: Snapshot) -> str | None:
    if goal.due_on or (goal.measures and all(m.due_on for m in goal.measures)):
        return None
    return "The goal does not say by when."


@_rule(
    "The goal is due within its school year",
    "Choose a day before the last day of the school year, or make it a goal of the next.",
    f"{_DORAN} (time-related); {_SLO}",
    "due_on",
)
def due_outside_year(goal: Snapshot) -> str | None:
    days = [goal.due_on, *(m.due_on for m in goal.measures)]
    first, last = goal.year_first, goal.year_last
    if first is None or last is None or all(d is None or first <= d <= last for d in days):
        return None
    return "The goal, or one of its measures, is due outside its school year."


# --- whose it is ------------------------------------------------------------------------------


@_rule(
    "The goal lies in the teacher's own hands",
    "Write what you or your students will do; what others do can be the reason or the help.",
    f"{_DORAN} (assignable, realistic)",
    "statement",
    levels=_OF_ONE,
    english=True,
)
def outside_control(goal: Snapshot) -> str | None:
    found = english.words(goal.statement)
    # "I call two families a week so that parents will …" is in one's own hands
    if not found or english.of_oneself(found) or not _OTHERS_ACT.search(goal.statement or ""):
        return None
    return "Whether the goal is reached depends on what others do, not on you or your students."


@_rule(
    "A student-learning goal is about what students learn",
    "Write what the students will be able to do; what you do for it belongs to the rationale.",
    _SLO,
    "statement",
    levels=_OF_ONE,
    kinds=_SLO_ONLY,
    english=True,
)
def not_about_students(goal: Snapshot) -> str | None:
    found = english.words(goal.statement)
    if not english.of_oneself(found) or english.of_students(found):
        return None
    return "The statement says what you will do, and not what students will have learned."


@_rule(
    "A growth goal is about the teacher's own practice",
    "Write what you will do differently; what students gain from it is how you will see it.",
    "The two kinds of goals of this program: the growth plan holds growth in"
    " practice, the student learning objective what students learn",
    "statement",
    levels=_OF_ONE,
    kinds=_GROWTH_ONLY,
    english=True,
)
def only_about_students(goal: Snapshot) -> str | None:
    found = english.words(goal.statement)
    if not english.of_students(found) or english.of_teachers(found):
        return None
    return "The statement says what students will do, and not what changes in your practice."


# --- beside the others, and over time ---------------------------------------------------------


@_rule(
    "A target is not eased without a reason",
    "Say in the revision's `reason` why it becomes easier to reach.",
    f"{_BOTH_AGREE}; {_LOCKE}",
    "measures",
)
def eased_without_reason(goal: Snapshot) -> str | None:
    if not goal.eased or goal.reason:
        return None
    return "The change makes the goal easier to reach, or gives it more time, without a reason."


def _likeness(one: str, other: str) -> bool:
    """Whether two texts are made of nearly the same words; in any language."""
    first, second = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
    if min(len(first), len(second)) < 4:
        return first == second
    return len(first & second) * 5 >= len(first | second) * 4


@_rule(
    "Two goals say two things",
    "Keep one of the two, or write what is different in this one.",
    _OWN,
    "statement",
)
def same_as_other(goal: Snapshot) -> str | None:
    for other in goal.others:
        if goal.statement and other.statement:
            same = _likeness(goal.statement, other.statement)
        else:
            same = _likeness(goal.title, other.title)
        if same and goal.kind == other.kind:
            return "Another open goal of this year says nearly the same."
    return None


@_rule(
    "A year holds few goals",
    "Decide with each other which of them matter most this year, and let the others wait.",
    _OWN,
    "title",
    levels=_OF_ONE,
)
def too_many_goals(goal: Snapshot) -> str | None:
    alike = sum(other.kind == goal.kind for other in goal.others)
    if alike < 3:
        return None
    return f"There are {alike} other open goals of this kind in this school year."


_NAMED = re.compile(
    r"\b(?:student|pupil|child|learner)s?,? (?:named|called) [A-Z][a-z]+"
    r"|\b(?:student|pupil|learner) [A-Z][a-z]+ [A-Z][a-z]+\b"
    # in the middle of a sentence a single name will do
    r"|\b(?:[Mm]y|[Tt]he|[Oo]ur|[Oo]ne) (?:student|pupil|learner) [A-Z][a-z]+\b"
)
#: capitalised words that follow "student" and are no names
_NO_NAMES = re.compile(
    r"\b(?:student|pupil|learner) (?:Learning|Growth|Services?|Handbooks?|Council|Success|Support"
    r"|Survey|Work|Achievement|Engagement|Objectives?|Outcomes?|Teacher|Voice|Data|Progress"
    r"|Assessments?|Government|Leadership|Portal|English|Spanish|Math|Mathematics|Science)\b"
)


@_rule(
    "No student is named",
    "Take the name out: write how many students, or which group.",
    "FERPA, 34 CFR Part 99; no student is ever named in this program",
    "statement",
    english=True,
)
def student_named(goal: Snapshot) -> str | None:
    for text in goal.texts:
        if english.words(text) and _NAMED.search(_NO_NAMES.sub("", text)):
            return "It looks as if a student is named."
    return None
