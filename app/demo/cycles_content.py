"""The words of the demo's learning cycles: what each pair and one team looks at, learns and tries.
No student is named, and no line is about a real person."""

from dataclasses import dataclass, field

from app.demo.telling import When

#: the states in the order in which a cycle comes to them
COURSE = ("intention", "learning", "application", "reflection", "closed")


@dataclass(frozen=True)
class DataWords:
    """A data point: who brings it, its source, and what was seen, or a number with its unit."""

    by: str
    source: str
    text: str = ""
    number: tuple[float, str] | None = None
    #: the key of a visit that it comes from; such a point is added once that was shared
    visit: str = ""


@dataclass(frozen=True)
class LearnWords:
    """A learning activity: done with what was taken from it, left out with a reason, or planned
    for a day of the coming week."""

    approach: str
    title: str
    who: str = "both"
    takeaway: str = ""
    left_out: str = ""
    #: day of the coming week, hour and minutes
    coming: tuple[int, str, int] | None = None
    url: str = ""


@dataclass(frozen=True)
class UseWords:
    """What shows an adjustment (by its place) in use: a visit by its key, or an address."""

    by: str
    adjustment: int
    kind: str
    where: str
    text: str
    opened: bool = False


@dataclass(frozen=True)
class ReflectionWords:
    """What somebody thinks of it afterwards; a draft is theirs alone."""

    by: str
    on_self: str
    on_process: str = ""
    on_students: str = ""
    shared: bool = True


@dataclass(frozen=True)
class EndWords:
    """How it was concluded, and by whom; the other of the two closes it."""

    by: str
    outcome: str
    evidence: str
    decision: str
    reason: str
    closes_goal: bool = False


@dataclass(frozen=True)
class CycleWords:
    """A cycle, from what the two saw to where it has come."""

    key: str
    #: the teacher; of a team's cycle its lead
    of: str
    title: str
    #: when it began and came to learning, application, reflection and the close, as far as it did
    times: tuple[When, ...]
    #: the state it has come to: of COURSE, or paused or abandoned
    reached: str
    team: bool = False
    data: tuple[DataWords, ...] = ()
    #: titles of goals that it might work on, each with what speaks for it; the first one is chosen
    candidates: tuple[tuple[str, str], ...] = ()
    #: who ranked, with what they say to it
    ranked: tuple[tuple[str, str], ...] = ()
    #: why this one: the words of each who chooses
    chosen: tuple[tuple[str, str], ...] = ()
    #: lens, what is seen, indicator
    success: tuple[tuple[str, str, str], ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    learning: tuple[LearnWords, ...] = ()
    #: how it is applied, in words; by what impact is seen, in words
    plan: tuple[str, str, tuple[str, ...], str] | None = None
    #: who tries it, what, and the indicator
    adjustments: tuple[tuple[str, str, str], ...] = ()
    uses: tuple[UseWords, ...] = ()
    reflections: tuple[ReflectionWords, ...] = ()
    end: EndWords | None = None
    #: why it was given up
    reason: str = ""
    #: a member of the team from whom no adjustment is asked, and why
    waived: tuple[str, str] | None = None
    #: members who open what they try to the team
    opened: tuple[str, ...] = ()
    #: the one that follows: when and by whom it was begun, and what it is called
    successor: tuple[When, str, str] | None = None


DELPHINE, TEODOR, MARCUS, SOLVEIG = (
    "Delphine Okoro",
    "Teodor Lindqvist",
    "Marcus Teal",
    "Solveig Hart",
)
YOLANDA = "Yolanda Brisk"

CYCLES = (
    CycleWords(
        key="pause",
        of=TEODOR,
        title="What happens in three seconds",
        times=((2, 2, "15:40"), (3, 0, "15:40"), (3, 4, "15:20"), (6, 0, "15:40"), (7, 1, "16:10")),
        reached="closed",
        data=(
            DataWords(
                TEODOR,
                "self_assessment",
                "I listened to my own lesson. I answer my own questions before anybody can.",
            ),
            DataWords(TEODOR, "student_data", number=(15, "% of open questions with a full pause")),
            DataWords(
                DELPHINE, "student_work", "Six exit tickets: right answers, one line of reasons."
            ),
        ),
        candidates=(
            (
                "A pause of three seconds after every open question",
                "It is small, it is mine, and it shows in every lesson.",
            ),
            (
                "Situations that become equations",
                "The reasons on the exit tickets would have a place to go.",
            ),
        ),
        ranked=(
            (TEODOR, "I can begin with the pause tomorrow."),
            (DELPHINE, "The pause first: the reasons need time to come."),
        ),
        chosen=(
            (TEODOR, "Without the pause nothing else I ask for can happen."),
            (DELPHINE, "Both of us put it first, and we can count it."),
        ),
        success=(
            ("teacher", "I count to three in my head and keep my eyes on the class.", "I.5"),
            ("peers", "A visitor hears silence after a question, and nobody hurries it.", "I.3"),
            ("students", "Hands go up in the second and third second that were not up.", "I.8"),
        ),
        answers={"small_step": "One open question in second period, on a card in my pocket."},
        learning=(
            LearnWords(
                "article_study",
                "Six pages about wait time",
                takeaway="Two pauses: after the question, and after the first answer.",
                url="https://library.larkspur.example/wait-time",
            ),
            LearnWords(
                "modelling",
                "Delphine teaches the opening of third period",
                who="lead",
                takeaway="She looks at the back row while she waits, and it works.",
            ),
            LearnWords(
                "book_study", "A chapter on classroom talk", left_out="The article said it shorter."
            ),
        ),
        plan=(
            "trying_with_students",
            "One planned question a lesson, then two, each with a pause I count.",
            ("observation", "tracker"),
            "A tally of pauses, and who speaks after them.",
        ),
        adjustments=(
            (TEODOR, "Wait three seconds after each planned question, eyes on the class.", "I.5"),
            (TEODOR, "After the first answer, wait again before I say anything.", "I.8"),
        ),
        uses=(
            UseWords(
                DELPHINE,
                0,
                "observation",
                "quiet_half",
                "Seven of nine questions with a full pause. Two voices from the back row.",
            ),
            UseWords(
                TEODOR,
                1,
                "tracker",
                "https://sheets.larkspur.example/pauses",
                "Twelve lessons counted. The second pause is still the harder one.",
            ),
        ),
        reflections=(
            ReflectionWords(
                TEODOR,
                "I was afraid of the silence, not they. I speak a third less than in September.",
                "Counting helped more than advice. One visit a fortnight was right.",
                "More of them begin with `because`. The quiet half is a quiet third now.",
            ),
            ReflectionWords(
                DELPHINE,
                "I gave one thing at a time and had to hold back the other six.",
                "The model lesson was worth an hour of talk.",
                "They answer each other more often than they look for him.",
            ),
        ),
        end=EndWords(
            TEODOR,
            "partly_met",
            "Fifty-five of a hundred counted questions with a full pause, from fifteen. After the "
            "first answer it is one in three.",
            "continue",
            "The second pause deserves a cycle of its own.",
        ),
        successor=((7, 3, "15:50"), TEODOR, "The second pause"),
    ),
    CycleWords(
        key="tickets",
        of="Nadia Farrow",
        title="From knowing to changing the plan",
        times=((7, 0, "09:10"),),
        reached="intention",
        data=(
            DataWords("Nadia Farrow", "student_data", number=(41, "% placed both fractions")),
            DataWords(
                DELPHINE, "student_work", "Three piles of exit tickets, and one plan for all three."
            ),
            DataWords("Nadia Farrow", "team_goal", "Checks that shape the next ten minutes."),
        ),
        candidates=(
            ("Exit tickets that change tomorrow's plan", "The piles are there already."),
            ("Fractions as numbers on a line", "It is what the tickets are about just now."),
        ),
        ranked=((DELPHINE, "The plan first: it will carry the fractions, too."),),
    ),
    CycleWords(
        key="questions",
        of=SOLVEIG,
        title="Questions worth eleven minutes",
        times=((5, 1, "10:10"), (6, 2, "10:10")),
        reached="learning",
        data=(
            DataWords(SOLVEIG, "self_assessment", "One card in nine asks for a judgement."),
            DataWords(MARCUS, "observation_feedback", number=(11, "% of questions above recall")),
        ),
        candidates=(
            ("Questions that climb", "Everything else in the seminar hangs on it."),
            ("Sources that disagree", "The texts are chosen."),
        ),
        ranked=((SOLVEIG, "Fewer and better."), (MARCUS, "The questions first.")),
        chosen=(
            (SOLVEIG, "I want to hear what they say when the page cannot help them."),
            (MARCUS, "It is the half of the team's goal that she can teach the rest of us."),
        ),
        success=(
            ("teacher", "Three questions of judgement on a card before the lesson.", "I.2"),
            ("peers", "A colleague can tell from the card what the talk will be about.", "P.3"),
            ("students", "They ask each other why before I do.", "I.8"),
        ),
        learning=(
            LearnWords(
                "co_planning_lesson",
                "Three questions for the letter of 1917",
                takeaway="The third one came when we had crossed out five.",
            ),
            LearnWords(
                "co_observing_by_video",
                "Twelve minutes of somebody else's seminar",
                coming=(3, "12:10", 30),
            ),
        ),
        plan=(
            "designing_instruction",
            "The questions are written the day before and shown to Marcus.",
            ("observation", "video"),
            "How long talk goes on after each of them.",
        ),
        adjustments=((SOLVEIG, "Ask the planned question and put the card away.", "I.2"),),
    ),
    CycleWords(
        key="claims",
        of="Rufus Dahl",
        title="The word `because`",
        times=((5, 2, "08:10"), (5, 4, "08:10"), (6, 0, "15:30")),
        reached="application",
        data=(
            DataWords("Rufus Dahl", "student_work", "Evidence is copied well; nothing joins it."),
            DataWords("Rufus Dahl", "student_data", number=(29, "% with all three parts")),
        ),
        candidates=(("Claim, evidence, reasoning", "The written half is the missing half."),),
        ranked=(("Rufus Dahl", ""), (YOLANDA, "")),
        chosen=(("Rufus Dahl", "There is only this one, and it is enough."), (YOLANDA, "Yes.")),
        success=(
            ("teacher", "I ask for the reasoning before I praise the evidence.", "I.4"),
            ("peers", "The three parts stand on every lab wall in the same words.", "P.3"),
            ("students", "They argue about reasoning, not about spelling.", "I.4"),
        ),
        learning=(
            LearnWords(
                "co_planning_unit",
                "Where the unit asks for reasoning",
                takeaway="Twice in three weeks. It should be six times.",
            ),
        ),
        plan=(
            "trying_with_students",
            "A sentence frame in each lab report, taken away after three weeks.",
            ("observation", "tracker"),
            "Reports with a reason that was not in the frame.",
        ),
        adjustments=(
            ("Rufus Dahl", "Read one paragraph aloud and ask what joins its two halves.", "I.4"),
        ),
    ),
    CycleWords(
        key="recordings",
        of="Lucia Pembroke",
        title="Two minutes I did not like",
        times=((6, 0, "15:50"), (6, 2, "07:30"), (6, 3, "07:30"), (7, 1, "15:50")),
        reached="reflection",
        data=(
            DataWords("Lucia Pembroke", "self_assessment", "I choose the clips that flatter me."),
            DataWords(YOLANDA, "survey", number=(3, "of 20 clips showed students' talk")),
        ),
        candidates=(("One recorded lesson a month, watched together", "Let us choose harder."),),
        ranked=(("Lucia Pembroke", "With the sound on."), (YOLANDA, "")),
        chosen=(("Lucia Pembroke", "It is the habit the rest grows from."), (YOLANDA, "Gladly.")),
        success=(
            ("teacher", "I bring the clip before I have an explanation for it.", "P.5"),
            ("peers", "Yolanda asks first and answers second.", "P.6"),
            ("students", "More of the clip is theirs than mine.", "I.8"),
        ),
        learning=(
            LearnWords(
                "co_observing_by_video",
                "The same two minutes, three times",
                takeaway="Once for me, once for them, once without a picture.",
            ),
        ),
        plan=("trying_with_students", "Film the talk at one table.", ("video",), "Whose voices."),
        adjustments=(("Lucia Pembroke", "Leave a table to its talk for four minutes.", "I.8"),),
        uses=(
            UseWords(
                "Lucia Pembroke",
                0,
                "observation",
                "clip",
                "Three minutes and a half before I came. They had got to the point at three.",
            ),
        ),
        reflections=(
            ReflectionWords(
                "Lucia Pembroke",
                "I interrupt when I am proud of them.",
                "Watching without a picture was the best idea of the year.",
                "They finish each other's arguments when I am not there to do it.",
            ),
            ReflectionWords(
                YOLANDA, "I talked less, and heard more of her own plan.", shared=False
            ),
        ),
    ),
    CycleWords(
        key="groups",
        of="Ines Calloway",
        title="Monday's groups by Friday's work",
        times=((5, 1, "15:40"), (5, 2, "15:40"), (5, 4, "15:40"), (6, 4, "15:40"), (7, 2, "15:40")),
        reached="closed",
        data=(
            DataWords("Ines Calloway", "student_work", "Friday's pages fall into three piles."),
            DataWords("Ines Calloway", "self_assessment", number=(2, "of 4 weeks with new groups")),
        ),
        candidates=(("Groups by need, redrawn each week", "The table has made it possible."),),
        ranked=(("Ines Calloway", ""), (YOLANDA, "")),
        chosen=(("Ines Calloway", "I am nearly there."), (YOLANDA, "Then let us finish it well.")),
        success=(
            ("teacher", "The groups are drawn before I go home on Friday.", "I.6"),
            ("peers", "Anybody on the team can read my table.", "P.3"),
            ("students", "They know why they sit where they sit this week.", "I.6"),
        ),
        learning=(
            LearnWords(
                "meta_coaching",
                "How Yolanda sorts pages in eight minutes",
                takeaway="Sort by the next task, not by the mistake.",
            ),
        ),
        plan=("designing_instruction", "Three tasks each Monday.", ("tracker",), "Who moved, why."),
        adjustments=(("Ines Calloway", "Write the reason for the move on the table card.", "I.6"),),
        uses=(
            UseWords(
                "Ines Calloway",
                0,
                "tracker",
                "https://sheets.larkspur.example/groups",
                "Four Mondays in a row, eleven moves, each with its reason.",
            ),
        ),
        reflections=(
            ReflectionWords(
                "Ines Calloway",
                "I trust my own eye for a page again.",
                "Short and sharp: two weeks were enough because the goal was small.",
                "They ask to move, and say what for.",
            ),
            ReflectionWords(
                YOLANDA,
                "I only brought a table. The rest was hers.",
                "We met twice and wrote little; it was the right size.",
                "Nobody calls it the slow table any more.",
            ),
        ),
        end=EndWords(
            "Ines Calloway",
            "met",
            "Four of four weeks with new groups, from Friday's work, each move with its reason.",
            "new_goal",
            "It is a habit. Now the tasks themselves.",
            closes_goal=True,
        ),
        successor=((7, 3, "15:40"), YOLANDA, "Tasks that fit the groups"),
    ),
    CycleWords(
        key="redirections",
        of="Odette Finch",
        title="Ten words or fewer",
        times=((6, 1, "15:50"), (6, 3, "15:50")),
        reached="paused",
        data=(
            DataWords("Odette Finch", "survey", "They say that I am fair, and long."),
            DataWords("Odette Finch", "self_assessment", number=(40, "% brief and private")),
        ),
        candidates=(("Warm, firm, brief", "I can hear it as soon as I listen."),),
        ranked=(("Odette Finch", ""), (YOLANDA, "")),
        chosen=(("Odette Finch", "It is what tires me most."), (YOLANDA, "Then this one.")),
        success=(
            ("teacher", "I have three short sentences and use them.", "LE.2"),
            ("peers", "A visitor does not notice a redirection.", "LE.3"),
            ("students", "They are back at work before I have walked on.", "LE.3"),
        ),
    ),
    CycleWords(
        key="terms",
        of="Kwame Arden",
        title="Five new terms",
        times=((6, 1, "07:50"),),
        reached="abandoned",
        data=(DataWords("Kwame Arden", "student_work", "Definitions by heart, used by nobody."),),
        candidates=(("Vocabulary that students use, not copy", "To begin with."),),
        reason="The unit moved to spring, and the terms with it. We begin again with that unit.",
    ),
    CycleWords(
        key="checks",
        of=DELPHINE,
        team=True,
        title="What a check changes",
        times=((2, 3, "16:10"), (3, 1, "16:10"), (4, 1, "16:10")),
        reached="application",
        data=(
            DataWords(DELPHINE, "team_goal", number=(22, "% of checks after which a plan changed")),
            DataWords(
                "Callum Reyes", "self_assessment", "I check, I see it, and I go on as planned."
            ),
            DataWords(TEODOR, "student_work", "The tickets say it on the day; we read them later."),
        ),
        candidates=(("Checks for understanding shape the next ten minutes", "Our goal."),),
        ranked=((DELPHINE, ""), (TEODOR, "It is the one we have."), ("Callum Reyes", "")),
        chosen=((DELPHINE, "Three of us brought data that point the same way."),),
        success=(
            ("teacher", "Each of us has a second plan ready for one point of the lesson.", "I.5"),
            ("peers", "We tell each other on Thursday which check changed what.", "P.3"),
            ("students", "They see that their answer changed the lesson.", "I.5"),
        ),
        learning=(
            LearnWords(
                "book_study",
                "Two chapters on checks in the middle of a lesson",
                who="team",
                takeaway="A check is a fork in the road. Draw both roads.",
            ),
            LearnWords(
                "co_planning_unit",
                "Forks for the next unit",
                who="team",
                coming=(3, "15:50", 40),
            ),
        ),
        plan=(
            "trying_with_students",
            "Everybody tries one fork a week in a lesson of their choice.",
            ("tracker", "video"),
            "How often the second road was taken.",
        ),
        adjustments=(
            (TEODOR, "Show the hinge question at minute twelve and take both roads.", "I.5"),
            ("Nadia Farrow", "Sort the tickets at the door, not after school.", "I.5"),
            ("Callum Reyes", "Mini whiteboards before I turn the page.", "I.5"),
        ),
        waived=("Priya Wexford", "She is new with us and watches this round."),
        opened=(TEODOR,),
        uses=(
            UseWords(
                TEODOR,
                0,
                "tracker",
                "https://sheets.larkspur.example/forks",
                "Six forks, the second road four times.",
                opened=True,
            ),
            UseWords(
                "Callum Reyes",
                2,
                "video",
                "https://video.larkspur.example/whiteboards",
                "Half of the boards were wrong, and I did turn back.",
            ),
        ),
        reflections=(
            ReflectionWords(
                TEODOR,
                "I plan the second road now because I know I will need it.",
                "To hear what the others tried was worth the hour.",
                "They look up when I change the plan. I tell them why.",
            ),
        ),
    ),
)
