"""The words of the demo's 1:1s and of its request for help."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rhythm:
    """A teacher's 1:1s: when, and what was said at those that were held."""

    teacher: str
    #: 0 is Monday
    weekday: int
    at: str
    every_weeks: int = 1
    led_by: str = "teacher"
    #: what the teacher, and then the lead, put on the agenda of the meetings in turn
    agenda: tuple[str, ...] = ()
    from_lead: tuple[str, ...] = ()
    #: what the teacher will do, one a meeting; without one the two say that nothing is to be done
    steps: tuple[str, ...] = ()
    #: structure and content of the meetings in turn
    marks: tuple[tuple[int, int], ...] = ()
    word: str | None = None
    #: how the third meeting ends, in place of being held
    third: str = "completed"
    #: the two come back to action steps that are on their agenda
    comes_back: bool = False


RHYTHMS: tuple[Rhythm, ...] = (
    Rhythm(
        teacher="Teodor Lindqvist",
        weekday=1,
        at="14:45",
        agenda=("Who stays silent in the second half of a lesson", "Two exit tickets to look at"),
        from_lead=("The visit on Thursday: what shall I look for?",),
        steps=("Cold call with think time in two lessons", "Bring six exit tickets, unsorted"),
        marks=((4, 5), (5, 5), (4, 4)),
        word="I leave with one thing to try, not seven.",
        comes_back=True,
    ),
    Rhythm(
        teacher="Nadia Farrow",
        weekday=2,
        at="08:00",
        every_weeks=2,
        agenda=("Tables for the review stations",),
        steps=("Try the stations with one class",),
        marks=((5, 4),),
    ),
    Rhythm(
        teacher="Callum Reyes",
        weekday=3,
        at="15:10",
        led_by="lead",
        from_lead=("Data of the unit check", "Reading the plan for next week"),
        steps=("Send the plan by Tuesday",),
        marks=((2, 3), (2, 2)),
        word="We run out of time before my questions come up.",
        third="missed",
    ),
    Rhythm(
        teacher="Solveig Hart",
        weekday=1,
        at="11:20",
        agenda=("Seating for talk in pairs", "What to do when the talk dries up"),
        steps=("Sentence starters on every desk",),
        marks=((5, 5),),
    ),
    Rhythm(
        teacher="Benicio Lowe",
        weekday=4,
        at="13:30",
        every_weeks=2,
        agenda=("A rubric for discussion",),
        third="skipped",
    ),
    Rhythm(
        teacher="Ines Calloway",
        weekday=0,
        at="07:40",
        agenda=("Friday's lab groups",),
        from_lead=("A table that halves the sorting",),
        steps=("Redraw the groups with the table", "Note who moved and why"),
        marks=((4, 4), (4, 5)),
        word="The table is gold.",
    ),
    Rhythm(
        teacher="Odette Finch",
        weekday=2,
        at="15:00",
        agenda=("Ten words or fewer: what counts?",),
        steps=("Record ten minutes and count",),
        marks=((3, 4),),
    ),
)


#: a lead who is stuck, the teacher concerned, who is named, and what is said in turn
@dataclass(frozen=True)
class Help:
    """A support request of the demo: only those named in it find it."""

    lead: str
    about: str
    named: tuple[str, ...]
    text: str
    said: tuple[tuple[str, str, str], ...] = ()


HELP = Help(
    lead="Delphine Okoro",
    about="Callum Reyes",
    named=("Petra Sandoval", "Rosalind Achter"),
    text="Twice now Callum said that our time runs out before his questions come up. He is right: "
    "I lead every meeting. I would like to hand it over and do not know how to begin.",
    said=(
        ("Petra Sandoval", "message", "How do the two of you choose what comes first?"),
        ("Petra Sandoval", "solution", "Let him write the agenda alone for three weeks."),
    ),
)
#: lead, teacher, leader, words, and whether the teacher reads them
UPDATES = (
    (
        "Delphine Okoro",
        "Teodor Lindqvist",
        "Rosalind Achter",
        "Teodor runs his own agenda. Do drop in on a Thursday: ask him about the quiet half.",
        True,
    ),
    (
        "Delphine Okoro",
        "Callum Reyes",
        "Rosalind Achter",
        "We are changing how our 1:1s run. Please give us three weeks.",
        False,
    ),
)
