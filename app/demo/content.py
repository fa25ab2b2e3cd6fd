"""The words of the demo: invented people, schools and goals. No line is about a real person."""

from dataclasses import dataclass, field

DISTRICT = "Larkspur Valley Schools"
ZONE = "America/Denver"
DOMAIN = "larkspur.example"

_WORDS = """
acorn amber anchor apron arrow bamboo banjo barley basil beacon birch biscuit blanket bobbin
bramble brisket bronze bucket button cactus candle canyon caramel cedar cello chisel cinder
clover cobalt comet copper coral cotton cricket crocus dahlia dapple delta denim domino dragon
drizzle ember fennel fiddle flannel flint fossil gable galaxy garnet ginger glacier gravel
hammock harbor hazel heron hickory indigo island ivory jasmine jigsaw juniper kayak kettle
lagoon lantern lavender lentil lichen linen magnet mango maple marble meadow mitten morsel
mosaic muffin nectar nickel nutmeg oatmeal olive onyx orchard osprey paddle pebble pepper
pigment pillow pistachio plume pocket pollen prairie pumice quartz quilt radish raven ribbon
river saddle saffron sapling scarlet shovel sierra silver sparrow spindle thimble thistle timber
tulip tundra velvet walnut willow zephyr
"""
#: for passwords people can type; five of them and a number are drawn per installation
WORDS = tuple(_WORDS.split())


@dataclass(frozen=True)
class Team:
    """A team: its lead, the kind of lead, and its teachers with whether a state test covers them.
    Everybody is `Given Family`."""

    name: str
    lead: str
    kind: str
    teachers: tuple[tuple[str, bool], ...]
    #: the LEAP indicator that every member works on
    indicator: str
    goal: str
    statement: str


@dataclass(frozen=True)
class School:
    """A school with its people."""

    name: str
    leader: str
    vision: str
    goal: str
    statement: str
    measure: tuple[str, str, float, float]
    teams: tuple[Team, ...]
    ilt: str | None = None
    mentor: str | None = None
    #: a teacher whom nobody coaches yet: the school leader stands in
    alone: str | None = None


ADMINISTRATOR = "Imani Voss"

SCHOOLS = (
    School(
        name="Quarry Hill School",
        leader="Rosalind Achter",
        vision="Every adult here teaches and is coached. Leading is spread over many shoulders, so "
        "that good teaching in one room becomes good teaching down the whole corridor.",
        goal="Every lesson asks students to explain their thinking",
        statement="By May, in nine of ten visits, students explain how they reached an answer, to "
        "each other or to the class, without being prompted twice.",
        measure=("Visits with student explanations", "% of visits", 48, 90),
        teams=(
            Team(
                name="Mathematics",
                lead="Delphine Okoro",
                kind="senior_team_lead",
                teachers=(
                    ("Teodor Lindqvist", True),
                    ("Nadia Farrow", True),
                    ("Callum Reyes", True),
                    ("Priya Wexford", False),
                ),
                indicator="I.5",
                goal="Checks for understanding shape the next ten minutes",
                statement="Each of us checks every student at least twice a lesson and changes the "
                "plan on the spot when a third or more are not there yet.",
            ),
            Team(
                name="Humanities",
                lead="Marcus Teal",
                kind="team_lead",
                teachers=(
                    ("Solveig Hart", True),
                    ("Benicio Lowe", False),
                    ("Agnes Mbeki", True),
                ),
                indicator="I.8",
                goal="Discussion carried by students",
                statement="In two lessons a week, students talk to each other for at least twelve "
                "minutes with the teacher speaking for fewer than three.",
            ),
        ),
        ilt="Hollis Grantham",
        mentor="Petra Sandoval",
        alone="Edwin Marsh",
    ),
    School(
        name="Saltmarsh School",
        leader="Anselm Pruitt",
        vision="We grow teachers the way we grow readers: a little every day, beside somebody who "
        "knows us, on texts that are worth the trouble.",
        goal="Academic language in every subject",
        statement="By the end of the year, four of five lessons have a language objective that "
        "students can say in their own words.",
        measure=("Lessons with a language objective", "% of lessons", 35, 80),
        teams=(
            Team(
                name="Sciences",
                lead="Yolanda Brisk",
                kind="other_teacher_leader",
                teachers=(
                    ("Ines Calloway", True),
                    ("Rufus Dahl", True),
                    ("Odette Finch", False),
                    ("Kwame Arden", True),
                    ("Lucia Pembroke", True),
                    ("Stellan Moor", False),
                    ("Harriet Obi", True),
                    ("Davi Northrup", True),
                ),
                indicator="I.4",
                goal="Students write like scientists",
                statement="Every unit ends with a claim, its evidence and its reasoning, in "
                "sentences that use the unit's own terms.",
            ),
        ),
    ),
)

#: lead and teacher of the relationship that is paused, and of the one that waits for a yes
PAUSED = "Harriet Obi"
PROPOSED = "Agnes Mbeki"

#: what the agreed logins are called, and whose they are
LOGINS = (
    ("District administrator", ADMINISTRATOR),
    ("School leader, Quarry Hill", "Rosalind Achter"),
    ("Senior Team Lead, Mathematics", "Delphine Okoro"),
    ("Team Lead, Humanities", "Marcus Teal"),
    ("Teacher coached by Delphine Okoro", "Teodor Lindqvist"),
    ("Teacher coached by Marcus Teal", "Solveig Hart"),
    ("Teacher new to Delphine Okoro", "Priya Wexford"),
    ("Mentor, Quarry Hill", "Petra Sandoval"),
    ("ILT member, Quarry Hill", "Hollis Grantham"),
    ("School leader, Saltmarsh", "Anselm Pruitt"),
    ("Other teacher leader, Sciences", "Yolanda Brisk"),
)


@dataclass(frozen=True)
class GoalWords:
    """An individual goal and how far it has come."""

    teacher: str
    kind: str
    title: str
    statement: str
    stage: str
    indicators: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    link: str | None = None
    rationale: str | None = None
    #: name, unit, baseline, target
    measure: tuple[str, str, float, float] | None = None
    #: values noted over the weeks, each with a note
    progress: tuple[tuple[float, str], ...] = field(default=())
    #: what teacher and lead wrote, in turn, the lead first
    comments: tuple[str, ...] = ()
    evidence: str | None = None


GOALS = (
    GoalWords(
        teacher="Teodor Lindqvist",
        kind="growth",
        title="A pause of three seconds after every open question",
        statement="By March I wait at least three seconds after an open question, and after the "
        "first answer, in eight of ten questions counted.",
        rationale="My own recording showed under one second. The same five hands go up.",
        stage="agreed",
        indicators=("I.5",),
        measure=("Questions with a full pause", "% of questions", 15, 80),
        progress=(
            (30, "Counted by my lead in second period. The silence felt long; it was not."),
            (55, "Recorded myself. I still fill the pause when the question is hard."),
        ),
        comments=(
            "You let two students disagree today and said nothing. What did you notice in them?",
            "They turned to the board instead of to me. I want that every day.",
        ),
    ),
    GoalWords(
        teacher="Teodor Lindqvist",
        kind="student_learning",
        title="Students justify each step when they solve linear equations",
        statement="Three quarters of my students move up at least one level in written "
        "justification of linear equations between October and May.",
        stage="proposed",
        standards=("Reasoning with equations and inequalities, grade 8",),
        measure=("Students up one level or more", "% of students", 0, 75),
    ),
    GoalWords(
        teacher="Nadia Farrow",
        kind="growth",
        title="Exit tickets that change tomorrow's plan",
        statement="Four days a week I sort exit tickets into three piles before I leave, and the "
        "next day's first task differs by pile.",
        stage="half_agreed",
        indicators=("I.5", "P.2"),
        measure=("Days with a plan changed", "days a week", 1, 4),
        comments=("Which pile do you plan for first, and why that one?",),
    ),
    GoalWords(
        teacher="Nadia Farrow",
        kind="student_learning",
        title="Fractions as numbers on a line",
        statement="Four of five students place any two fractions on a number line and say which "
        "is greater, with a reason.",
        stage="revising",
        standards=("Number and operations: fractions, grade 6",),
        measure=("Students who place and compare", "% of students", 41, 80),
        progress=((52, "Unit check. Unlike denominators are the wall."),),
    ),
    GoalWords(
        teacher="Callum Reyes",
        kind="growth",
        title="Routines that start the lesson without me",
        statement="Students begin the first task within ninety seconds of the bell, without a word "
        "from me, in nine of ten lessons.",
        stage="met",
        indicators=("LE.3",),
        measure=("Lessons that start by themselves", "% of lessons", 30, 90),
        progress=(
            (70, "Two weeks with the task on the door instead of the board."),
            (92, "Even on the day before the break."),
        ),
        evidence="Start times of the last twenty lessons, taken by three different visitors; "
        "eighteen began within ninety seconds.",
    ),
    GoalWords(
        teacher="Priya Wexford",
        kind="growth",
        title="Feedback that names the next step",
        statement="Each student gets one written comment a week that names one next step, and time "
        "in class to take it.",
        stage="draft",
        indicators=("I.7",),
    ),
    GoalWords(
        teacher="Solveig Hart",
        kind="growth",
        title="Questions that climb",
        statement="In each seminar at least a third of my questions ask students to compare, judge "
        "or create, and I plan those before the lesson.",
        rationale="A tally showed one question in nine above recall.",
        stage="agreed",
        indicators=("I.2", "I.8"),
        measure=("Higher-order questions", "% of questions", 11, 33),
        progress=((19, "Planned three on a card; asked two of them."),),
        comments=(
            "Your second question carried eleven minutes of talk. What made it hold?",
            "Nobody could answer it from the page. I will write the next ones that way.",
        ),
    ),
    GoalWords(
        teacher="Solveig Hart",
        kind="student_learning",
        title="Sources that disagree",
        statement="Seven of ten students write a paragraph that weighs two sources that disagree "
        "and says which they trust, and why.",
        stage="closing",
        standards=("Evaluate claims and sources, grade 7",),
        measure=("Students at or above the mark", "% of students", 22, 70),
        progress=((58, "Fall writing sample, marked with a colleague."),),
        evidence="Three writing samples, each marked twice; the last stands at seventy-one.",
    ),
    GoalWords(
        teacher="Benicio Lowe",
        kind="student_learning",
        title="Ensembles that rehearse themselves",
        statement="Every ensemble runs a ten-minute rehearsal with its own goal and its own "
        "verdict, judged with one shared rubric.",
        stage="not_met",
        standards=("Rehearse, evaluate and refine, grade 8",),
        link="Students who judge their own rehearsal talk to each other instead of to me, which "
        "is the team's goal.",
        measure=("Ensembles that rehearse alone", "of 8 ensembles", 1, 8),
        progress=((3, "The younger groups wait for a signal from me."),),
        evidence="Three of eight by the date. The rubric came too late; next time it comes first.",
    ),
    GoalWords(
        teacher="Edwin Marsh",
        kind="growth",
        title="Language objectives students can repeat",
        statement="In each lesson two students, asked at random, say the language objective in "
        "their own words.",
        stage="agreed",
        indicators=("I.1",),
        measure=("Lessons in which both could", "% of lessons", 20, 80),
    ),
    GoalWords(
        teacher="Ines Calloway",
        kind="growth",
        title="Groups by need, redrawn each week",
        statement="Each Monday I redraw lab groups from Friday's work, and the tasks differ.",
        stage="agreed",
        indicators=("I.6",),
        measure=("Weeks with new groups", "of the last 4 weeks", 0, 4),
        progress=((2, "Took twenty minutes. A table by my lead cut that to eight."),),
    ),
    GoalWords(
        teacher="Rufus Dahl",
        kind="student_learning",
        title="Claim, evidence, reasoning",
        statement="Two thirds of students write all three parts, in the unit's terms, by the last "
        "unit.",
        stage="agreed",
        standards=("Engaging in argument from evidence, grade 7",),
        measure=("Students with all three parts", "% of students", 18, 66),
        progress=((29, "Evidence is there; reasoning is missing."),),
    ),
    GoalWords(
        teacher="Odette Finch",
        kind="growth",
        title="Warm, firm, brief",
        statement="I redirect in ten words or fewer, privately, in nine of ten cases.",
        stage="proposed",
        indicators=("LE.2", "LE.3"),
        measure=("Brief private redirections", "% of redirections", 40, 90),
    ),
    GoalWords(
        teacher="Kwame Arden",
        kind="growth",
        title="Vocabulary that students use, not copy",
        statement="Five new terms a unit are heard from students before they are written down.",
        stage="draft",
        indicators=("I.4",),
    ),
    GoalWords(
        teacher="Lucia Pembroke",
        kind="growth",
        title="One recorded lesson a month, watched together",
        statement="Each month I record one lesson and bring two minutes of it to our 1:1.",
        stage="agreed",
        indicators=("P.5",),
        measure=("Recordings brought", "recordings", 0, 7),
        progress=((2, "The second clip was the one I did not like. It was the better talk."),),
    ),
)
