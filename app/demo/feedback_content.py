"""The words of the demo's feedback: protocols, conversations, formal feedback, and the small steps
that come of them. No student is named, and no line is about a real person."""

from dataclasses import dataclass

from app.demo.cycles_content import DELPHINE, MARCUS, SOLVEIG, TEODOR, YOLANDA
from app.demo.observations_content import ANSELM, ROSALIND
from app.demo.telling import When

#: leader, protocol, when it was chosen, and why where it took another's place
PROTOCOLS: tuple[tuple[str, str, When, str], ...] = (
    (ROSALIND, "relay_six_steps", (1, 2, "08:20"), ""),
    (ANSELM, "see_name_do", (1, 2, "08:20"), ""),
    (
        ANSELM,
        "reflecting_map",
        (5, 3, "08:20"),
        "Our leads asked for more questions and fewer steps. We look at it again in spring.",
    ),
)


@dataclass(frozen=True)
class TalkWords:
    """A feedback conversation, by the school's protocol or, with a reason, by another."""

    key: str
    by: str
    teacher: str
    visit: str
    #: prepared, held, shared or acknowledged
    reached: str
    #: when it was held, or the day of the coming week and the hour for which it is set
    when: When | None = None
    coming: tuple[int, str] | None = None
    cycle: str = ""
    protocol: tuple[str, str] | None = None
    #: step of the protocol, and what is noted there
    notes: tuple[tuple[str, str], ...] = ()
    reply: str = ""
    later: str = ""


TALKS = (
    TalkWords(
        key="pause talk",
        by=DELPHINE,
        teacher=TEODOR,
        visit="quiet_half",
        cycle="pause",
        reached="acknowledged",
        when=(4, 3, "11:00"),
        notes=(
            ("praise", "You held four seconds after the hardest question of the lesson."),
            ("probe", "What did you do in the two places where you did not hold it?"),
            (
                "problem_and_action_step",
                "Two questions run together. One question, then the count.",
            ),
            ("practice", "We stood up and asked three questions each; I counted on my fingers."),
            ("plan_ahead", "The three questions of Friday are on a card, one below the other."),
            ("follow_up", "Tuesday's 1:1, with the card."),
        ),
        reply="The counting on the fingers is silly and works.",
        later="I did it on Friday in front of the class, and they counted along.",
    ),
    TalkWords(
        key="lines talk",
        by=DELPHINE,
        teacher=TEODOR,
        visit="lines",
        reached="shared",
        when=(6, 4, "11:00"),
        notes=(
            ("praise", "The check came at minute five, when it could still change the lesson."),
            ("probe", "How did you decide who came to the window?"),
            ("problem_and_action_step", "Those who stayed had nothing new. Give them a next task."),
            ("practice", "We wrote the next task for two lessons and read it aloud."),
            ("plan_ahead", "It stands in Monday's plan, in the margin."),
            ("follow_up", "You bring Monday's plan to our 1:1."),
        ),
    ),
    TalkWords(
        key="clip talk",
        by=YOLANDA,
        teacher="Lucia Pembroke",
        visit="clip",
        cycle="recordings",
        reached="held",
        when=(7, 3, "12:20"),
        notes=(
            ("impressions", "You liked it better the third time. I asked what had changed."),
            ("causes", "The four minutes were announced, so nobody looked for you."),
            ("new_learning", "They need to know how long they have."),
        ),
    ),
    TalkWords(
        key="seminar talk",
        by=MARCUS,
        teacher=SOLVEIG,
        visit="seminar",
        cycle="questions",
        reached="prepared",
        coming=(0, "12:30"),
        notes=(
            ("praise", "Nine minutes of their talk on one question, and you put the card away."),
            ("probe", "What were you waiting for when you came in at minute fourteen?"),
        ),
    ),
    TalkWords(
        key="stands talk",
        by=SOLVEIG,
        teacher="Benicio Lowe",
        visit="stands",
        reached="shared",
        when=(6, 3, "12:10"),
        protocol=("reflecting_map", "Between colleagues we would rather ask than take steps."),
        notes=(
            ("impressions", "You said it was chaos. I heard eleven decisions in ten minutes."),
            ("causes", "The rubric lay on the stand, so they argued about it and not with you."),
            ("application", "You try it with the younger group; I steal it for my seminar."),
        ),
    ),
)


@dataclass(frozen=True)
class IndicatorWords:
    """Formal feedback on one indicator, for a cycle or a visit; rated where the visit is."""

    by: str
    teacher: str
    code: str
    text: str
    when: When
    #: draft or acknowledged
    reached: str
    cycle: str = ""
    visit: str = ""
    score: int | None = None
    #: the place of the visit's item that it rests on
    cites: int | None = None
    reply: str = ""


ON_INDICATORS = (
    IndicatorWords(
        by=DELPHINE,
        teacher=TEODOR,
        code="I.5",
        text="You now leave room for an answer before you judge it. Next, let what you hear decide "
        "the next question.",
        when=(5, 4, "16:10"),
        reached="acknowledged",
        cycle="pause",
        reply="That is the second pause. I am on it.",
    ),
    IndicatorWords(
        by=ROSALIND,
        teacher=SOLVEIG,
        code="I.2",
        text="The task asks everybody to decide and to give a reason that others can test.",
        when=(6, 2, "14:10"),
        reached="acknowledged",
        visit="letter",
        score=7,
        cites=2,
        reply="Thank you. I would like to show the task to the team.",
    ),
    IndicatorWords(
        by=YOLANDA,
        teacher="Rufus Dahl",
        code="I.4",
        text="The frame is used, and the word `because` stands where it belongs in most reports.",
        when=(7, 2, "16:20"),
        reached="draft",
        cycle="claims",
    ),
)


@dataclass(frozen=True)
class IdeaWords:
    """An idea in a school's bank."""

    key: str
    by: str
    code: str
    text: str
    practice: str
    retired: bool = False


IDEAS = (
    IdeaWords(
        "card",
        DELPHINE,
        "I.5",
        "Write the one question that decides the lesson on a card and ask it at the same minute.",
        "Ask it to a colleague and wait for the answer.",
    ),
    IdeaWords(
        "fingers",
        DELPHINE,
        "I.8",
        "Count three fingers behind your back before you take an answer.",
        "Three questions, standing up.",
    ),
    IdeaWords(
        "away",
        MARCUS,
        "I.2",
        "Put the card away once the question is asked.",
        "Say the question and step back two paces.",
    ),
    IdeaWords(
        "timer", ROSALIND, "I.3", "Set a timer for each part of the lesson.", "", retired=True
    ),
    IdeaWords(
        "table",
        YOLANDA,
        "I.6",
        "Write beside each move why it was made, in five words.",
        "Do it for last week's moves.",
    ),
)


@dataclass(frozen=True)
class StepWords:
    """An action step: who proposed it and when (or so many days ago), and what became of it."""

    key: str
    teacher: str
    by: str
    text: str
    practice: str
    code: str
    #: days until it is due, and until the two come back to it
    due: int
    follow_up: int | None
    #: proposed, agreed or practising; what came after is told once the 1:1s were held
    reached: str
    when: When | None = None
    ago: int = 0
    idea: str = ""
    talk: str = ""
    adjustment: str = ""
    #: when it ended, how (met, not_met, dropped, carried_over), and what was seen
    end: tuple[When, str, str] | None = None


STEPS = (
    StepWords(
        key="one question",
        teacher=TEODOR,
        by=DELPHINE,
        text="Ask one question, then count three fingers behind your back.",
        practice="Three questions each, standing up, the other one counts.",
        code="I.5",
        due=8,
        follow_up=5,
        reached="practising",
        when=(4, 3, "11:40"),
        talk="pause talk",
        adjustment="pause 0",
        end=((6, 2, "15:50"), "met", "Eight of nine questions in Tuesday's lesson."),
    ),
    StepWords(
        key="card",
        teacher=TEODOR,
        by=TEODOR,
        text="",
        practice="",
        code="I.5",
        due=12,
        follow_up=12,
        reached="practising",
        when=(5, 3, "15:50"),
        idea="card",
        end=((7, 1, "15:20"), "carried_over", "The card is there; the minute is not yet."),
    ),
    StepWords(
        key="two paces",
        teacher=SOLVEIG,
        by=SOLVEIG,
        text="Step back two paces after a planned question and stay there for a minute.",
        practice="In an empty room, with the question said aloud.",
        code="I.2",
        due=12,
        follow_up=4,
        reached="agreed",
        ago=4,
        adjustment="questions 0",
    ),
    StepWords(
        key="one voice",
        teacher=SOLVEIG,
        by=MARCUS,
        text="When the talk stops, read their last sentence back and say nothing more.",
        practice="I stop in the middle of a sentence; you read it back.",
        code="I.8",
        due=13,
        follow_up=7,
        reached="proposed",
        ago=1,
        talk="seminar talk",
    ),
    StepWords(
        key="no picture",
        teacher="Lucia Pembroke",
        by=YOLANDA,
        text="Listen to one clip a week without the picture before our talk.",
        practice="The first minute together.",
        code="P.5",
        due=10,
        follow_up=None,
        reached="practising",
        when=(6, 2, "12:10"),
        end=((7, 2, "16:30"), "not_met", "The week of the science fair had no clip in it."),
    ),
    StepWords(
        key="frame",
        teacher="Rufus Dahl",
        by=YOLANDA,
        text="Take the sentence frame off the wall on Friday.",
        practice="Say what you will answer to those who miss it.",
        code="I.4",
        due=7,
        follow_up=None,
        reached="proposed",
        when=(7, 0, "16:10"),
        end=((7, 1, "08:10"), "dropped", "Too soon: a third of them still lean on it."),
    ),
    StepWords(
        key="five words",
        teacher="Ines Calloway",
        by="Ines Calloway",
        text="",
        practice="",
        code="I.6",
        due=14,
        follow_up=7,
        reached="practising",
        when=(7, 3, "15:50"),
        idea="table",
    ),
)


@dataclass(frozen=True)
class CalendarWords:
    """A coaching calendar from the shipped template."""

    teacher: str
    cycle: str
    title: str
    #: when it was made; its first week is that week
    when: When
    #: titles of entries that were said to be done, or left out with a reason
    done: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


CALENDARS = (
    CalendarWords(
        teacher=TEODOR,
        cycle="pause",
        title="The pause: eight weeks",
        when=(2, 3, "15:50"),
        done=("Bring a question to the team",),
        left_out=(("What we tried, what we saw", "The team met about the field day instead."),),
    ),
    CalendarWords(
        teacher=SOLVEIG, cycle="questions", title="Questions: eight weeks", when=(5, 2, "16:20")
    ),
)
