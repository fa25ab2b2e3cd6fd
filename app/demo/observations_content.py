"""The words of the demo's observations: who visited whom, what was seen, and what became of it.
No student is named, and no line is about a real person."""

from dataclasses import dataclass
from typing import Any

from app.demo.cycles_content import DELPHINE, MARCUS, SOLVEIG, TEODOR, YOLANDA
from app.demo.telling import When

#: the states in the order in which a visit comes to them
COURSE = (
    "scheduled",
    "in_progress",
    "drafted",
    "shared",
    "discussed",
    "acknowledged",
    "locked",
)
ROSALIND, ANSELM = "Rosalind Achter", "Anselm Pruitt"


@dataclass(frozen=True)
class SeenWords:
    """An item of the script: in which minute, and what was seen, thought or asked."""

    minute: int
    text: str
    kind: str = "evidence"
    codes: tuple[str, ...] = ()
    verbatim: bool = False
    #: the place of the evidence that it is about
    about: int | None = None


@dataclass(frozen=True)
class VisitWords:
    """A visit, from when it was planned to where it has come."""

    key: str
    by: str
    teacher: str
    kind: str
    minutes: int
    #: of COURSE, or cancelled or void
    reached: str
    #: when it was; for one to come, the day of the coming week and the hour. Neither: it is on now
    when: When | None = None
    coming: tuple[int, str] | None = None
    announced: bool = True
    focus: str = ""
    place: str = ""
    intends: tuple[str, ...] = ()
    overrides: tuple[dict[str, Any], ...] = ()
    cycle: str = ""
    seen: tuple[SeenWords, ...] = ()
    #: indicator to its score, or to why it was not observed
    rated: tuple[tuple[str, int | str], ...] = ()
    #: who looks on as well, and whether the teacher consented; what they saw
    looks_on: tuple[str, bool] | None = None
    also_seen: tuple[SeenWords, ...] = ()
    reply: str = ""
    #: why it was cancelled or does not count
    reason: str = ""
    #: after sharing: the place of an item, its new words, and why
    revised: tuple[int, str, str] | None = None
    #: the place of an item, who cites it, and in which goal (its title) or cycle (its key)
    cited: tuple[tuple[int, str, str, str], ...] = ()
    #: who read it that is neither teacher nor observer
    read_by: str = ""


#: leaders and leads who may score, and what it is called
CERTIFIED = (
    (ROSALIND, "Observer certification, renewed this summer"),
    (ANSELM, "Observer certification"),
    (DELPHINE, "Observer certification for team leads"),
)

VISITS = (
    VisitWords(
        key="quiet_half",
        by=DELPHINE,
        teacher=TEODOR,
        kind="coaching_visit",
        minutes=20,
        reached="acknowledged",
        when=(4, 2, "10:10"),
        focus="Who speaks after the pause, and who does not yet",
        place="Beside the back row",
        intends=("talk_to_students", "co_teach"),
        overrides=({"code": "preference_co_teach", "reason": None, "consent": True},),
        cycle="pause",
        seen=(
            SeenWords(
                3,
                "`Which of the two lines is steeper? Take your time.` Four seconds.",
                verbatim=True,
            ),
            SeenWords(4, "A student in the back row: `The red one, because it climbs faster.`"),
            SeenWords(
                11, "Two questions run together; the second one has no pause.", codes=("I.5",)
            ),
            SeenWords(17, "Seven of nine questions with three seconds or more.", codes=("I.5",)),
            SeenWords(
                18,
                "When he waits, the reasons come without being asked for.",
                kind="interpretation",
                about=1,
            ),
            SeenWords(19, "What did you see in the third second?", kind="question", about=0),
        ),
        reply="The third second is when the back row looks up. I had never waited to see it.",
        cited=(
            (1, TEODOR, "goal", "A pause of three seconds after every open question"),
            (1, DELPHINE, "cycle", "pause"),
        ),
    ),
    VisitWords(
        key="letter",
        by=ROSALIND,
        teacher=SOLVEIG,
        kind="full",
        minutes=45,
        reached="locked",
        when=(5, 3, "10:15"),
        focus="The whole lesson",
        seen=(
            SeenWords(
                2,
                "`Good morning. Your neighbour's name, and one thing they know about letters.`",
                codes=("LE.1", "LE.2"),
                verbatim=True,
            ),
            SeenWords(
                6,
                "Everybody has the text out within forty seconds of `You know what to do.`",
                codes=("LE.3", "LE.4"),
                verbatim=True,
            ),
            SeenWords(
                9,
                "`Today you decide which of the two you believe, and say why.`",
                codes=("I.1", "I.2"),
                verbatim=True,
            ),
            SeenWords(
                21,
                "`Use the word `reliable` or tell me why it does not fit.`",
                codes=("I.3", "I.4"),
                verbatim=True,
            ),
            SeenWords(
                34,
                "`Thumb for the first letter, palm for the second.` She counts and regroups.",
                codes=("I.5", "I.8"),
                verbatim=True,
            ),
            SeenWords(
                40, "The regrouping was decided by what she saw, in a minute.", "interpretation"
            ),
        ),
        rated=(
            ("LE.1", 6),
            ("LE.2", 6),
            ("LE.3", 6),
            ("LE.4", 5),
            ("I.1", 6),
            ("I.2", 7),
            ("I.3", 5),
            ("I.4", 6),
            ("I.5", 5),
            ("I.6", "The lesson was one task for all; other lessons will show it."),
            ("I.7", "The written work is marked later."),
            ("I.8", 6),
        ),
        reply="Thank you for staying to the end. I would like to talk about the pace once more.",
    ),
    VisitWords(
        key="lines",
        by=DELPHINE,
        teacher=TEODOR,
        kind="partial",
        minutes=25,
        reached="discussed",
        when=(6, 3, "09:20"),
        focus="Checks for understanding",
        looks_on=("Petra Sandoval", True),
        seen=(
            SeenWords(
                5,
                "`Show me on your board: is it three or a third?` Nineteen boards up.",
                codes=("I.5",),
                verbatim=True,
            ),
            SeenWords(
                7,
                "`Those with a third, come to the window with me.`",
                codes=("I.5", "I.6"),
                verbatim=True,
            ),
            SeenWords(14, "The check was early enough to change something.", "interpretation"),
        ),
        also_seen=(SeenWords(12, "At the window two students teach a third.", codes=("I.8",)),),
        rated=(("I.5", 6), ("I.6", 5)),
        revised=(
            0,
            "`Show me on your board: is it three or a third?` Twenty-one boards up, two stay down.",
            "Petra had counted, too: twenty-one boards, and two that stayed down.",
        ),
        read_by=ROSALIND,
    ),
    VisitWords(
        key="seminar",
        by=MARCUS,
        teacher=SOLVEIG,
        kind="coaching_visit",
        minutes=20,
        reached="drafted",
        when=(7, 2, "10:20"),
        focus="How long talk goes on after a planned question",
        cycle="questions",
        seen=(
            SeenWords(4, "`Whom would you have believed in 1917?`", verbatim=True, codes=("I.2",)),
            SeenWords(5, "Nine minutes of talk, her voice twice.", codes=("I.8",)),
            SeenWords(16, "What would the card have said for the silence?", "question"),
        ),
    ),
    VisitWords(
        key="stands",
        by=SOLVEIG,
        teacher="Benicio Lowe",
        kind="peer",
        minutes=20,
        reached="shared",
        when=(6, 1, "09:30"),
        focus="What an ensemble says to itself",
        seen=(
            SeenWords(3, "`Again from bar nine, and listen to the left.`", verbatim=True),
            SeenWords(9, "They decide without looking at you.", "interpretation", about=0),
        ),
    ),
    VisitWords(
        key="corridor",
        by=ANSELM,
        teacher="Ines Calloway",
        kind="walkthrough",
        minutes=8,
        reached="shared",
        when=(6, 2, "11:00"),
        announced=False,
        seen=(SeenWords(2, "The language objective is on the wall, and in two notebooks."),),
    ),
    VisitWords(
        key="clip",
        by=YOLANDA,
        teacher="Lucia Pembroke",
        kind="video",
        minutes=15,
        reached="discussed",
        when=(6, 3, "13:10"),
        focus="One table, four minutes",
        cycle="recordings",
        seen=(
            SeenWords(1, "`But the graph goes down when it gets warmer.`", verbatim=True),
            SeenWords(3, "The argument turns without an adult near.", "interpretation", about=0),
        ),
    ),
    VisitWords(
        key="drill",
        by=ROSALIND,
        teacher="Benicio Lowe",
        kind="walkthrough",
        minutes=10,
        reached="void",
        when=(6, 3, "10:40"),
        announced=False,
        reason="The fire drill took eight of the ten minutes.",
    ),
    VisitWords(
        key="frames",
        by=YOLANDA,
        teacher="Rufus Dahl",
        kind="coaching_visit",
        minutes=20,
        reached="in_progress",
        focus="What joins the two halves",
        cycle="claims",
        overrides=({"code": "double_booked", "reason": "We are in the room.", "consent": False},),
        seen=(SeenWords(0, "`What does that have to do with the claim?`", verbatim=True),),
    ),
    VisitWords(
        key="together",
        by=MARCUS,
        teacher="Benicio Lowe",
        kind="co_observation",
        minutes=30,
        reached="scheduled",
        coming=(2, "10:30"),
        focus="We watch the younger ensemble side by side",
        looks_on=("Hollis Grantham", False),
    ),
    VisitWords(
        key="unannounced",
        by=ROSALIND,
        teacher="Edwin Marsh",
        kind="walkthrough",
        minutes=10,
        reached="scheduled",
        coming=(3, "09:40"),
        announced=False,
    ),
    VisitWords(
        key="called_off",
        by=YOLANDA,
        teacher="Lucia Pembroke",
        kind="coaching_visit",
        minutes=20,
        reached="cancelled",
        coming=(1, "09:00"),
        reason="Lucia is at the science fair that day.",
    ),
)
