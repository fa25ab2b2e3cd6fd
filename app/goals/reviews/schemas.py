"""Reviews and their parts as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Instant, LongText, Out, Permissions, Text, Version, Warnings
from app.goals.schemas import AgreementOut, Next

Kind = Literal["mid_year", "end_of_year"]
State = Literal["open", "complete"]
RatingName = Literal["on_track", "needs_attention", "off_track"]
Words = Annotated[
    LongText | None,
    Field(description="How the work goes, as you see it; for the other of the two. No student."),
]
Rating = Annotated[RatingName | None, Field(description="How it goes in a word, if you like")]
NextWords = Annotated[Text | None, Field(description="What comes next. Name no student.")]


class GoalReviewNew(In):
    """A review to begin."""

    kind: Kind


class GoalReviewOut(Out):
    """A review of a growth plan or of an individual goal. What the two say are its parts."""

    id: Id
    version: Version
    kind: Kind
    state: State
    plan_id: Annotated[Id | None, Field(description="The plan that is reviewed, or")]
    goal_id: Annotated[Id | None, Field(description="the goal")]
    teacher_id: Id
    author_id: Id
    acknowledgements: Annotated[
        list[AgreementOut],
        Field(max_length=10, description="Words that are submitted later end those before"),
    ]
    completed_at: Instant | None
    created_at: Instant
    permissions: Permissions
    warnings: Warnings = []


class GoalReviewPage(Out):
    """Reviews you may see, the oldest first."""

    items: Annotated[list[GoalReviewOut], Field(max_length=200)]
    next: Next


class GoalReviews(Out):
    """The reviews of one plan or goal: at most one of each kind."""

    items: Annotated[list[GoalReviewOut], Field(max_length=2)]


class ReviewPartNew(In):
    """Your words in a review, for yourself until you submit them."""

    words: Words = None
    rating: Rating = None
    next_words: NextWords = None


class ReviewPartChange(In):
    """What to change; absent fields stay, null clears."""

    words: Words = None
    rating: Rating = None
    next_words: NextWords = None


class ReviewPartOut(Out):
    """What one of the two says in a review."""

    id: Id
    version: Version
    review_id: Id
    author_id: Id
    state: Literal["draft", "submitted"]
    words: LongText | None
    rating: RatingName | None
    next_words: Text | None
    submitted_at: Instant | None
    created_at: Instant
    permissions: Permissions


class ReviewPartPage(Out):
    """Parts of reviews that you may see, the oldest first."""

    items: Annotated[list[ReviewPartOut], Field(max_length=200)]
    next: Next
