"""The words of the demo's beginnings: how far each pair has come since the first welcome."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Beginning:
    """What a lead and a teacher did so far, each step only as far as it says."""

    teacher: str
    why: str = ""
    hope: str = "That we both leave our 1:1s with one thing to try."
    #: handed_over, queued or draft; empty: no welcome yet
    welcome: str = ""
    #: what the teacher told of themselves, and how far: assigned, in_progress, submitted, reviewed
    told: dict[str, Any] = field(default_factory=dict)
    asked: str = ""
    #: planned, scheduled, missed, held or closed; empty: none yet
    talk: str = ""
    place: str = "The bench by the gym"
    team_link: str = ""
    #: what is asked of roles, and the answer
    question: tuple[str, str] | None = None
    introduction: str = ""
    #: preferences in turn: changes to the ones before, and why from the second on
    prefers: tuple[tuple[dict[str, Any], str | None], ...] = ()
    #: accepted, or proposed by the lead and accepted by them alone
    agreement: str = ""
    #: weeks until the two look at their agreement again
    review_weeks: int = 12
    #: the two opened the conversation to their school leader
    shared: bool = False


PREFERENCES: dict[str, Any] = {
    "where_to_be": "back",
    "talk_to_students": "ask",
    "walk_around": "ask",
    "co_teach": "no",
    "model": "ask",
    "notice": "day_before",
    "feedback_form": ["talk"],
}
NORMS: dict[str, Any] = {
    "time": "We begin and end on the minute. Whoever must move says so the day before.",
    "agenda": "The teacher writes it. The lead adds one thing at most.",
    "confidence": "What we say stays with us. That we meet is no secret.",
    "feedback": "One thing at a time; the teacher says first what they noticed.",
}

BEGINNINGS = (
    Beginning(
        teacher="Teodor Lindqvist",
        why="your students argue with each other's numbers, and you let them.",
        welcome="handed_over",
        asked="reviewed",
        told={
            "strengths": "Patience with a wrong answer.",
            "challenge": "The same five hands.",
            "learning": ["watching", "trying"],
            "feedback": "at_once",
            "coached_before": True,
            "coaching_was": "Lists of eleven things. One would do.",
        },
        talk="closed",
        team_link="Longer pauses are my way into checks that change the next ten minutes.",
        question=(
            "Who reads what you write after a visit?",
            "You and I. A formal visit is another thing, and you will know before it begins.",
        ),
        introduction="Ms. Okoro is here because teachers practise, too. She watches me, not you.",
        prefers=(
            ({}, None),
            (
                {"where_to_be": "with_students", "talk_to_students": "yes", "walk_around": "yes"},
                "The students like to be asked, and I learn more from what they say to her.",
            ),
        ),
        agreement="accepted",
    ),
    Beginning(
        teacher="Nadia Farrow",
        why="your exit tickets are the best read in the building.",
        welcome="handed_over",
        asked="submitted",
        told={
            "strengths": "I know where each of them stands.",
            "challenge": "Doing something about it the next morning.",
            "feedback": "written",
        },
        talk="scheduled",
    ),
    Beginning(
        teacher="Callum Reyes",
        why="nobody starts a lesson as calmly as you do.",
        welcome="handed_over",
        asked="reviewed",
        told={"strengths": "Routines.", "challenge": "Talk that goes somewhere."},
        talk="held",
        question=("May I say no to a visit?", ""),
    ),
    Beginning(
        teacher="Solveig Hart",
        why="your seminar is the one place where I forget to look at the clock.",
        welcome="handed_over",
        asked="reviewed",
        told={"strengths": "Questions.", "challenge": "Asking fewer of them."},
        talk="closed",
        team_link="Questions that climb are what carries a discussion without me.",
        prefers=(({"where_to_be": "anywhere"}, None),),
        agreement="proposed",
    ),
    Beginning(
        teacher="Benicio Lowe",
        why="your ensembles listen.",
        welcome="handed_over",
        asked="in_progress",
        told={"strengths": "Ears."},
        talk="missed",
    ),
    Beginning(
        teacher="Agnes Mbeki",
        why="I have heard your students quote you in my lessons.",
        welcome="draft",
        asked="assigned",
    ),
    Beginning(
        teacher="Ines Calloway",
        why="every group in your lab has something to do with its hands.",
        welcome="handed_over",
        asked="reviewed",
        told={"strengths": "Materials.", "challenge": "Groups that fit."},
        talk="closed",
        place="A walk around the pond",
        team_link="Groups by need talk science to each other, which is where writing begins.",
        introduction="Two adults, one lesson: you may ask either of us why we are here.",
        prefers=(({}, None),),
        agreement="accepted",
        shared=True,
    ),
    Beginning(
        teacher="Rufus Dahl",
        why="your students defend what they claim.",
        welcome="handed_over",
        asked="reviewed",
        told={"strengths": "Argument.", "challenge": "The written half of it."},
        talk="closed",
        team_link="Claim, evidence and reasoning is the team's goal in one unit.",
    ),
    Beginning(
        teacher="Odette Finch",
        why="you are warm and brief, and that is rare.",
        welcome="queued",
        asked="assigned",
    ),
    Beginning(
        teacher="Kwame Arden",
        why="words stick in your room.",
        welcome="handed_over",
        asked="reviewed",
        told={"strengths": "Vocabulary.", "challenge": "Hearing it back."},
        talk="planned",
    ),
    Beginning(
        teacher="Lucia Pembroke",
        why="you film yourself and watch it twice.",
        welcome="handed_over",
        asked="reviewed",
        told={"strengths": "Looking.", "challenge": "Choosing what to look at."},
        talk="closed",
        team_link="One recorded lesson a month shows whether students write like scientists.",
        prefers=(({"notice": "none", "feedback_form": ["video", "talk"]}, None),),
        agreement="accepted",
        review_weeks=5,
    ),
    Beginning(teacher="Davi Northrup", talk="scheduled"),
)
