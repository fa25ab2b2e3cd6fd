"""The words of the demo's goal chain: SLOs, growth plans, feedback, systems and standards."""

from dataclasses import dataclass
from typing import Literal

#: the district's own expectations, as a file of the documented CSV form
STANDARDS = """code,statement,title,parent,type,grades
M,Mathematics in grades 6 to 8,Mathematics,,Subject,06|07|08
M.R,Ratios and proportional thinking,Ratios,M,Strand,06|07
M.R.1,"Compares two ratios by a table, a double line or a unit rate, and defends the choice",\
Compare ratios,M.R,Standard,06
M.R.2,"Tells a proportional relationship from one that is not, in a table, a graph and a story",\
Proportional or not,M.R,Standard,07
M.E,Expressions and equations,Equations,M,Strand,07|08
M.E.1,"Writes an equation for a situation and says what each part of it stands for",\
Situations as equations,M.E,Standard,08
M.E.2,"Names the property behind each step of a solution",Justify steps,M.E,Standard,08
L,Language arts in grades 6 to 8,Language arts,,Subject,06|07|08
L.A,Argument,Argument,L,Strand,06|07|08
L.A.1,"Names a writer's claim and judges whether the evidence carries it",Weigh evidence,L.A,\
Standard,07
L.A.2,"Answers the strongest objection to an own claim",Answer objections,L.A,Standard,08
S,Science practices in grades 6 to 8,Science,,Subject,06|07|08
S.1,"Plans a fair test: changes one thing, measures one, and keeps the rest alike",Fair tests,S,\
Standard,06|07
S.2,"States how sure a measurement is, and why",Measure and doubt,S,Standard,07|08
A,Music in grades 6 to 8,Music,,Subject,06|07|08
A.1,"Hears an own performance, names one thing to change, and changes it",Refine,A,Standard,06|07|08
"""
STANDARDS_NAMED = {
    "publisher": "larkspur-valley",
    "code": "course-expectations",
    "edition": "1",
    "title": "Larkspur Valley course expectations",
}


@dataclass(frozen=True)
class TemplateWords:
    """A school's goal template: what a goal begun with it says at first."""

    key: str
    title: str
    goal: str
    statement: str
    link: str
    #: name, unit, target
    measure: tuple[str, str, float]


TEMPLATE = TemplateWords(
    key="explain_your_thinking",
    title="An SLO about explaining",
    goal="Students explain how they know: [topic]",
    statement="By [date], [share] of the students of [course] explain in writing how they know "
    "that an answer is right, at the level that our shared rubric calls Prepared.",
    link="Students who explain in writing explain to each other, which is what our school works "
    "on this year.",
    measure=("Students at Prepared or above", "% of students", 75),
)


# --- SLOs -------------------------------------------------------------------------------------

SourceKind = Literal["assessment", "student_work", "prior_results", "survey", "observation"]
Stage = Literal[
    "none",
    "submitted",
    "returned",
    "approved",
    "end_submitted",
    "end_returned",
    "finalised",
    "reopened",
]


@dataclass(frozen=True)
class SloWords:
    """An SLO and how far its approval has come. Weeks count from the beginning of the demo."""

    teacher: str
    stage: Stage
    title: str
    statement: str
    rationale: str
    #: text, and codes of the district's expectations
    standards: tuple[str, ...]
    items: tuple[str, ...]
    course: str
    population: str
    counts: tuple[int, ...]
    #: name, kind and how many days before the plan was written
    sources: tuple[tuple[str, SourceKind, int], ...]
    #: what shows each level, the lowest first
    criteria: tuple[str, ...]
    evidence: str
    #: name, unit, baseline, target
    measure: tuple[str, str, float, float]
    begins: float
    due: float
    link: str | None = None
    #: week, value, note
    progress: tuple[tuple[float, float, str], ...] = ()
    #: week, what was looked at, what was seen, students by level
    seen: tuple[tuple[float, str, str, tuple[int, ...] | None], ...] = ()
    end_counts: tuple[tuple[int, ...], ...] = ()
    #: baseline level (0 is the lowest), students, why
    excluded: tuple[tuple[int, int, str], ...] = ()
    #: what the school leader says on returning or reopening
    reason: str = ""
    #: begun with the school's template
    from_template: bool = False


SLOS: tuple[SloWords, ...] = (
    SloWords(
        teacher="Callum Reyes",
        stage="none",
        title="Students explain how they know: comparing ratios",
        statement="By the middle of May, three quarters of my grade 6 students compare two ratios "
        "and defend the choice in writing, at the level our shared rubric calls Prepared.",
        rationale="",
        standards=("Ratios and rates, grade 6",),
        items=("M.R.1",),
        course="Mathematics, grade 6",
        population="Both grade 6 sections, everybody enrolled since the second week.",
        counts=(),
        sources=(("Opening task on mixtures", "student_work", 6),),
        criteria=(),
        evidence="",
        measure=("Students at Prepared or above", "% of students", 12, 75),
        begins=6,
        due=36,
        from_template=True,
    ),
    SloWords(
        teacher="Benicio Lowe",
        stage="submitted",
        title="Players hear what to change",
        statement="By the spring concert, two thirds of my grade 7 players name one thing to "
        "change after hearing themselves, change it, and say what became of it.",
        rationale="In the fall recordings most of them said that it was fine. They play better "
        "than they listen.",
        link="Players who judge what they hear talk to each other instead of to me, which is the "
        "team's goal.",
        standards=("Refine a performance, grade 7",),
        items=("A.1",),
        course="Band, grade 7",
        population="All players of the grade 7 band, beginners of this fall included.",
        counts=(4, 11, 9, 5, 1),
        sources=(
            ("Listening log of the first piece", "student_work", 9),
            ("Recording talk, two minutes each", "observation", 4),
        ),
        criteria=(
            "Says whether it was good.",
            "Says where it was not good.",
            "Names one thing to change.",
            "Names it, changes it, and hears whether it helped.",
            "Does so in a part that is not their own.",
        ),
        evidence="Three recordings of one piece in April, each with a log; two colleagues of the "
        "arts mark ten logs blind.",
        measure=("Players at Prepared or above", "% of players", 20, 66),
        begins=5,
        due=33,
    ),
    SloWords(
        teacher="Solveig Hart",
        stage="returned",
        title="Evidence that carries the claim",
        statement="By May, seven of ten of my grade 7 students judge in a paragraph whether the "
        "evidence carries a writer's claim, and say what is missing.",
        rationale="On the opening text they underlined evidence and did not weigh it.",
        standards=("Evaluate an argument, grade 7",),
        items=("L.A.1",),
        course="English language arts, grade 7",
        population="Three sections of grade 7, students who joined by the end of September.",
        counts=(9, 24, 26, 15, 4),
        sources=(
            ("Opening paragraph on an opinion piece", "assessment", 12),
            ("Margins of the first two readings", "student_work", 5),
        ),
        criteria=(
            "Repeats the text.",
            "Finds a claim.",
            "Finds the claim and evidence for it.",
            "Judges whether the evidence carries the claim.",
            "Judges it and says which evidence would.",
        ),
        evidence="A paragraph on a new text in the first week of May, marked with a colleague.",
        measure=("Students at Prepared or above", "% of students", 24, 70),
        begins=3,
        due=33,
        reason="I like the five levels. Two things before I say yes: which colleague marks, and "
        "what happens with the students who join after September?",
    ),
    SloWords(
        teacher="Teodor Lindqvist",
        stage="approved",
        title="Situations that become equations",
        statement="By the end of April, three quarters of my grade 8 students write an equation "
        "for a situation they have not met, and say what each part stands for.",
        rationale="They solve what is set up for them. Four of five stopped where the setting up "
        "began.",
        standards=("Modelling with linear equations, grade 8",),
        items=("M.E.1", "M.E.2"),
        course="Mathematics, grade 8",
        population="Two sections of grade 8 mathematics, everybody with a baseline.",
        counts=(6, 17, 18, 8, 3),
        sources=(
            ("Unit 1 check, open part", "assessment", 8),
            ("Two exit tickets of week 2", "student_work", 3),
        ),
        criteria=(
            "Takes numbers from the text and combines them.",
            "Names what is unknown.",
            "Writes an equation for a situation like one they know.",
            "Writes one for a new situation and says what each part stands for.",
            "Compares two equations for one situation.",
        ),
        evidence="An open task in the last week of April, four levels of difficulty, marked by two "
        "of us with the criteria above.",
        measure=("Students at Prepared or above", "% of students", 20, 75),
        begins=1,
        due=31,
        progress=(
            (2.5, 22, "Exit tickets. The unknown is named, the rest is guessed."),
            (4, 27, "Two sections differ by nine points: second period writes more."),
            (6, 33, "First task without a model to copy."),
            (8, 38, "Open part of the unit 2 check."),
        ),
        seen=(
            (3.5, "Exit tickets of three days", "The sentence first, then the letter.", None),
            (5.5, "Group work in second period", "They ask what the 4 stands for.", None),
            (
                8,
                "Unit 2 check, open part",
                "Level 2 is where they wait. A second example of another kind moves them.",
                (3, 11, 18, 15, 5),
            ),
        ),
    ),
    SloWords(
        teacher="Nadia Farrow",
        stage="end_submitted",
        title="Fractions that fit into a recipe",
        statement="At the end of this nine-week course, 85 in 100 of the students scale a recipe "
        "up and down with unlike denominators, and check the result by another way.",
        rationale="Kitchen fractions are the ones they believe. The check is what they skip.",
        standards=("Number and operations: fractions, grade 6",),
        items=(),
        course="Math lab, first quarter",
        population="The fall group of the math lab, all who came in the first week.",
        counts=(5, 8, 5, 2, 0),
        sources=(
            ("Entry task of the lab", "assessment", 4),
            ("Grade 5 records", "prior_results", 7),
        ),
        criteria=(
            "Draws, and does not calculate.",
            "Scales with halves and quarters.",
            "Scales with unlike denominators.",
            "Scales and checks by another way.",
            "Explains when the check could fail.",
        ),
        evidence="The last lab task, done alone, with the check written beside it.",
        measure=("Students who scale and check", "% of students", 25, 85),
        begins=1,
        due=8.8,
        progress=(
            (2.5, 34, "Halves and quarters sit."),
            (4.5, 50, "Thirds came with the muffins."),
            (6.5, 63, "The check is still what they forget."),
            (8.2, 76, "Last task but one."),
        ),
        end_counts=(
            (1, 2, 2, 0, 0),
            (0, 1, 3, 3, 0),
            (0, 0, 1, 3, 1),
            (0, 0, 0, 1, 1),
            (0, 0, 0, 0, 0),
        ),
        excluded=((1, 1, "Changed schools in the fourth week."),),
    ),
    SloWords(
        teacher="Ines Calloway",
        stage="end_returned",
        title="Fair tests without a recipe",
        statement="At the end of this nine-week elective, four of five students plan a test in "
        "which one thing changes, and say what they kept alike.",
        rationale="In the opening lab two groups in nine could say what they had kept alike.",
        standards=("Plan an investigation, grade 7",),
        items=("S.1",),
        course="Lab skills, first quarter",
        population="Everybody enrolled in the elective from the first week.",
        counts=(7, 9, 5, 1, 0),
        sources=(
            ("Plan for the opening lab", "student_work", 6),
            ("Short questions on fair tests", "assessment", 3),
        ),
        criteria=(
            "Names a question.",
            "Changes more than one thing.",
            "Changes one thing and measures one.",
            "Says also what is kept alike.",
            "Finds what could not be kept alike, and says what it does.",
        ),
        evidence="A plan written alone in the last week, read by two of the team.",
        measure=("Students with a fair plan", "% of students", 5, 80),
        begins=1.2,
        due=8.8,
        progress=(
            (3, 12, "Groups plan well; alone they do not."),
            (5, 24, "Changed the task: one sheet each."),
            (7, 37, "The ramp lab was too easy to tell."),
            (8.2, 44, "Half of them. The quarter is too short for two labs a topic."),
        ),
        end_counts=(
            (2, 2, 1, 0, 0),
            (0, 2, 4, 1, 0),
            (0, 0, 2, 2, 1),
            (0, 0, 0, 1, 0),
            (0, 0, 0, 0, 0),
        ),
        excluded=((0, 2, "Often away."), (1, 2, "Came late into the course.")),
        reason="Being away often is no reason we leave somebody out for: please find an end level "
        "for these two. For the other two, say from which week they were enrolled.",
    ),
    SloWords(
        teacher="Callum Reyes",
        stage="finalised",
        title="Graphs that tell a story",
        statement="At the end of this nine-week course, three quarters of the students tell from a "
        "graph what happened, with a rate in it.",
        rationale="They read points off a graph and do not read the way between them.",
        standards=("Describe relationships from graphs, grade 7",),
        items=("M.R.2",),
        course="Data and graphs, first quarter",
        population="The first-quarter group, all with both entry tasks.",
        counts=(3, 8, 9, 3, 1),
        sources=(
            ("Entry task with three graphs", "assessment", 4),
            ("Talk about one graph", "observation", 3),
        ),
        criteria=(
            "Reads single points.",
            "Says up or down.",
            "Tells the story in order.",
            "Tells it with a rate.",
            "Tells what the graph leaves out.",
        ),
        evidence="A new graph in the last week, told in writing and marked twice.",
        measure=("Students at Prepared or above", "% of students", 17, 75),
        begins=1,
        due=8.4,
        progress=(
            (3, 29, "Up and down, with a time."),
            (5.5, 38, "Rates come with the bike graphs."),
            (8, 46, "The last task."),
        ),
        end_counts=(
            (1, 2, 0, 0, 0),
            (0, 3, 4, 1, 0),
            (0, 1, 3, 4, 1),
            (0, 0, 0, 2, 1),
            (0, 0, 0, 0, 1),
        ),
    ),
    SloWords(
        teacher="Lucia Pembroke",
        stage="reopened",
        title="How sure are we of that number?",
        statement="At the end of this nine-week course, seven of ten students give a measurement "
        "with how sure they are of it, and why.",
        rationale="Every answer in the opening lab had four decimals and no doubt.",
        standards=("Measure and record, grade 7",),
        items=("S.2",),
        course="Measuring the pond, first quarter",
        population="The pond group, everybody with two entry measurements.",
        counts=(2, 6, 8, 4, 0),
        sources=(
            ("Two measurements of the opening lab", "student_work", 5),
            ("Survey on doubt and numbers", "survey", 3),
        ),
        criteria=(
            "Gives a number.",
            "Gives it with its unit.",
            "Measures twice.",
            "Says how sure, and why.",
            "Says how to become surer.",
        ),
        evidence="Portfolio of three measurements, the last one alone.",
        measure=("Students who say how sure", "% of students", 20, 70),
        begins=1.2,
        due=8.3,
        progress=(
            (3.5, 35, "Measuring twice is a habit now."),
            (6, 55, "The why is missing in half of them."),
            (8, 71, "Portfolios so far."),
        ),
        end_counts=(
            (0, 1, 1, 0, 0),
            (0, 1, 3, 2, 0),
            (0, 0, 2, 4, 1),
            (0, 0, 0, 2, 2),
            (0, 0, 0, 0, 0),
        ),
        excluded=((2, 1, "Moved away in week five."),),
        reason="Three portfolios came in after the count. I would rather have them in it: please "
        "count again and send it back to me.",
    ),
)


# --- growth plans -----------------------------------------------------------------------------


@dataclass(frozen=True)
class StepWords:
    """An action step: who does it, when it is due, and what became of it."""

    text: str
    due: float
    owner: Literal["teacher", "lead"] = "teacher"
    #: what it builds on
    resources: tuple[tuple[str, str | None], ...] = ()
    done: bool = False
    #: why it will not be done
    dropped: str = ""


@dataclass(frozen=True)
class Said:
    """What one of the two says in a review."""

    words: str
    rating: Literal["on_track", "needs_attention", "off_track"] | None = None
    next_words: str | None = None


@dataclass(frozen=True)
class PlanWords:
    """A growth plan and how far it has come; that of last year was entered when this one began."""

    teacher: str
    stage: Literal["draft", "agreed", "mid_year_reviewed", "closed"]
    title: str
    aspiration: str
    steps: tuple[StepWords, ...]
    begins: float
    #: titles of goals of this year that are there
    goals: tuple[str, ...] = ()
    #: of last year: title, statement, LEAP indicator, and what showed that it was met
    former: tuple[str, str, str, str] | None = None
    #: the teacher's and the lead's words at mid-year, and at the end
    mid_year: tuple[Said, Said] | None = None
    end_of_year: tuple[Said, Said] | None = None


PLANS: tuple[PlanWords, ...] = (
    PlanWords(
        teacher="Nadia Farrow",
        stage="draft",
        title="From knowing to doing",
        aspiration="I know where each of my students stands by four o'clock. I want the next "
        "morning to show it.",
        goals=("Exit tickets that change tomorrow's plan",),
        steps=(
            StepWords("Sort one class's tickets into three piles on Mondays and Wednesdays.", 12),
            StepWords("Watch how Callum begins a lesson with three tasks on the door.", 14),
        ),
        begins=7,
    ),
    PlanWords(
        teacher="Teodor Lindqvist",
        stage="agreed",
        title="Room to think",
        aspiration="I fill silences. I want my students to own them.",
        goals=("A pause of three seconds after every open question",),
        steps=(
            StepWords(
                "Record ten minutes a week and count the seconds after each open question.",
                6,
                resources=(("Sheet for counting pauses", None),),
                done=True,
            ),
            StepWords("Count in second period, every other Thursday.", 8, owner="lead", done=True),
            StepWords(
                "Read the chapter on think time and try one thing of it.",
                13,
                resources=(
                    ("Think time, chapter of the team's book", "https://library.larkspur.example"),
                ),
            ),
            StepWords(
                "Visit a seminar in Humanities.",
                9,
                dropped="The periods collide until January; a recording does it, too.",
            ),
        ),
        begins=4,
    ),
    PlanWords(
        teacher="Solveig Hart",
        stage="mid_year_reviewed",
        title="Fewer questions, better ones",
        aspiration="I planned questions on the way to school. I wanted to plan them with the text.",
        former=(
            "Three questions a text, written the day before",
            "For every text I write three questions the day before and mark which of them nobody "
            "can answer from the page.",
            "I.2",
            "",
        ),
        steps=(StepWords("Write the three questions into the team's folder.", 2, done=True),),
        begins=1.5,
        mid_year=(
            Said(
                "Two texts in three had their questions. The third is always Friday's.",
                "on_track",
                "Plan Friday's on Wednesday.",
            ),
            Said("The questions got shorter, and the answers longer.", "on_track"),
        ),
        end_of_year=(
            Said(
                "By April it was every text. What I did not expect: I ask fewer of the others.",
                "on_track",
                "This year: questions that climb.",
            ),
            Said("I want to look at my notes of May before I write this."),
        ),
    ),
    PlanWords(
        teacher="Teodor Lindqvist",
        stage="closed",
        title="A board that students can read",
        aspiration="My board was for me. I wanted it to be where they look when they are stuck.",
        former=(
            "A worked example stays on the board",
            "In four of five lessons a worked example stays on the board, with the reason beside "
            "each step, until the last student has begun.",
            "I.1",
            "Photographs of the board on eighteen days of spring; sixteen show an example with "
            "reasons.",
        ),
        steps=(
            StepWords("Take a picture of the board at the end of each lesson.", 2, done=True),
            StepWords(
                "Sit at the back once a month and say what can be read from there.",
                2,
                owner="lead",
                done=True,
            ),
        ),
        begins=1.2,
        mid_year=(
            Said("The example stays. The reasons do not fit beside it yet.", "needs_attention"),
            Said("From the back I could read the steps, not the reasons.", "needs_attention"),
        ),
        end_of_year=(
            Said(
                "Reasons in another colour, fewer words. They point at it when they argue.",
                "on_track",
                "Next I want them to do the talking.",
            ),
            Said("Students walked to your board without asking. That was the goal.", "on_track"),
        ),
    ),
)


# --- feedback on a school goal ----------------------------------------------------------------


@dataclass(frozen=True)
class RoundWords:
    """A round of feedback on Quarry Hill's school goal."""

    question: str
    begins: float
    #: days until it closes by itself
    days: int
    #: who, stance, words, and the leader's answer
    said: tuple[tuple[str, str, str, str], ...]
    #: what was heard, and the goal's new statement with why; without it the round is open
    summary: str = ""
    statement: str = ""
    reason: str = ""


ROUNDS: tuple[RoundWords, ...] = (
    RoundWords(
        question="Is this goal the right one for all our subjects? What would you change?",
        begins=1.5,
        days=14,
        said=(
            (
                "Solveig Hart",
                "supports",
                "Yes. It is what a seminar is for, and I would like to see it in numbers, too.",
                "",
            ),
            (
                "Edwin Marsh",
                "supports_with_changes",
                "Explaining is not only speaking. My students who write it well would not count.",
                "You are right, and they should. I will put writing into the goal.",
            ),
            (
                "Benicio Lowe",
                "concerns",
                "Nine of ten visits is a lot for a rehearsal. They explain with their instruments.",
                "Let us look at one rehearsal together before we say what counts there.",
            ),
        ),
        summary="Most of you want this goal, and three things came back: writing counts as "
        "explaining, numbers and words belong together, and a rehearsal needs its own look.",
        statement="By May, in nine of ten visits, students explain how they reached an answer, "
        "speaking or in writing, to each other or to the class, without being prompted twice.",
        reason="Several of you said that writing is explaining, too.",
    ),
    RoundWords(
        question="Nine weeks in: what helps you with this goal, and what should we stop?",
        begins=8.5,
        days=14,
        said=(
            (
                "Teodor Lindqvist",
                "supports",
                "The shared rubric helps. The second form after a visit does not.",
                "The second form is gone from next week on.",
            ),
            (
                "Hollis Grantham",
                "supports_with_changes",
                "Let us show each other student writing, not only talk about it.",
                "",
            ),
        ),
    ),
)
#: week, value and note of each school goal's measure, by its leader
SCHOOL_PROGRESS = {
    "Rosalind Achter": (
        (2.0, 50, "Twenty visits, all subjects."),
        (5.0, 55, "Twenty-four visits; writing counted."),
        (8.5, 60, "Twenty visits."),
    ),
    "Anselm Pruitt": (
        (3.0, 36, "Fifteen lessons."),
        (8.0, 40, "Twenty lessons. Objectives are written and not yet said."),
    ),
}

#: who opts out of the team's common indicator, and why; the team's lead reads it
OPT_OUT = (
    "Callum Reyes",
    "My growth goal was about routines this fall. I would rather finish that well and join in "
    "January.",
)


# --- systems that must be used ----------------------------------------------------------------


@dataclass(frozen=True)
class SystemWords:
    """A system, whose it is, and what people say of it: access, understanding, note."""

    title: str
    by: str
    kind: Literal["system", "document", "training"]
    serves: Literal["slo", "growth_plan", "both"]
    url: str
    help: str
    contact: str
    begins: float
    said: tuple[tuple[str, Literal["yes", "no"], Literal["yes", "partly", "no"], str], ...]


SYSTEMS: tuple[SystemWords, ...] = (
    SystemWords(
        title="Student growth records",
        by="Imani Voss",
        kind="system",
        serves="slo",
        url="https://growth.larkspur.example",
        help="Counts of your classes by level, in fall and in spring. Sign in as for e-mail.",
        contact="The district's data office",
        begins=2,
        said=(
            ("Delphine Okoro", "yes", "yes", ""),
            ("Marcus Teal", "yes", "partly", "Where do nine-week courses go?"),
            ("Yolanda Brisk", "yes", "yes", ""),
            ("Teodor Lindqvist", "yes", "yes", ""),
            ("Nadia Farrow", "yes", "yes", ""),
            ("Callum Reyes", "no", "no", "My account shows last year's classes."),
            ("Solveig Hart", "yes", "partly", "I get in and do not find the spring sheet."),
            ("Edwin Marsh", "yes", "yes", ""),
            ("Ines Calloway", "yes", "yes", ""),
            ("Rufus Dahl", "yes", "yes", ""),
            ("Lucia Pembroke", "yes", "yes", ""),
        ),
    ),
    SystemWords(
        title="Growth plan workbook",
        by="Rosalind Achter",
        kind="document",
        serves="growth_plan",
        url="https://quarry-hill.larkspur.example/growth-plans",
        help="Four pages: what a step is, two plans of other schools, questions for mid-year.",
        contact="The instructional leadership team",
        begins=8,
        said=(("Teodor Lindqvist", "yes", "yes", ""), ("Delphine Okoro", "yes", "yes", "")),
    ),
)
