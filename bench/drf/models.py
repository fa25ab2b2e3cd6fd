"""The program's tables, as Django sees them. They are made by the program's migrations.

Their keys are (district_id, id); an id alone is unique too, and row-level security adds the
district to every condition, so the id serves as the key here.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone

OPEN_TO_LEADERS = ("agreed", "published", "closed")


class GoalQuerySet(models.QuerySet):
    """Which goals a caller may see, and what an answer needs of them."""

    def visible_to(self, caller: Any) -> "GoalQuerySet":
        """Shared goals of their schools and teams, their own, and their teachers'."""
        return self.filter(
            Q(school_id__in=caller.schools, level="school") & ~Q(state="draft")
            | Q(team_id__in=caller.teams_led, level="team")
            | Q(team_id__in=caller.teams, level="team") & ~Q(state="draft")
            | Q(teacher_id=caller.id, level="individual")
            | Q(teacher_id__in=caller.coached, level="individual")
            & (Q(state__in=OPEN_TO_LEADERS) | Q(lead_id=caller.id)),
            district_id=caller.district_id,
        )

    def pulled_by(self, caller: Any) -> "GoalQuerySet":
        """Those of the district that a client with `goals:read` gets, with what it is told."""
        return (
            self.filter(district_id=caller.district_id, state__in=OPEN_TO_LEADERS)
            .select_related("school_year", "school", "teacher")
            .prefetch_related(
                Prefetch(
                    "measures", GoalMeasure.objects.filter(dropped=False).order_by("position")
                ),
                Prefetch(
                    "goal_indicators",
                    GoalIndicator.objects.select_related("indicator").order_by("position"),
                ),
            )
        )

    def with_parts(self) -> "GoalQuerySet":
        """One query for each kind of part, however many goals."""
        return self.annotate(
            has_open_revision=Exists(
                GoalRevision.objects.filter(goal_id=OuterRef("pk"), state="proposed")
            ),
            has_open_round=Exists(
                GoalFeedbackRound.objects.filter(
                    goal_id=OuterRef("pk"),
                    summarised_at=None,
                    closed_at=None,
                    closes_at__gt=timezone.now(),
                )
            ),
        ).prefetch_related(
            Prefetch("measures", GoalMeasure.objects.filter(dropped=False).order_by("position")),
            Prefetch(
                "goal_indicators",
                GoalIndicator.objects.select_related("indicator").order_by("position"),
            ),
            Prefetch(
                "goal_standards", GoalStandard.objects.select_related("item").order_by("position")
            ),
            Prefetch("agreements", GoalAgreement.objects.filter(revision_id=None).order_by("at")),
        )


class InDistrict(models.Model):
    """A row of one district."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    district_id = models.UUIDField()

    class Meta:
        abstract = True
        managed = False


class School(InDistrict):
    external_id = models.TextField(null=True)

    class Meta(InDistrict.Meta):
        db_table = "school"


class SchoolYear(InDistrict):
    title = models.TextField()

    class Meta(InDistrict.Meta):
        db_table = "school_year"


class Person(InDistrict):
    external_id = models.TextField(null=True)

    class Meta(InDistrict.Meta):
        db_table = "person"


class Goal(InDistrict):
    version = models.IntegerField()
    level = models.TextField()
    kind = models.TextField()
    state = models.TextField()
    title = models.CharField(max_length=200)
    statement = models.CharField(max_length=2000, null=True)
    rationale = models.CharField(max_length=20_000, null=True)
    link_statement = models.CharField(max_length=2000, null=True)
    school = models.ForeignKey(School, models.DO_NOTHING, related_name="+")
    school_year = models.ForeignKey(SchoolYear, models.DO_NOTHING, related_name="+")
    team_id = models.UUIDField(null=True)
    teacher = models.ForeignKey(Person, models.DO_NOTHING, null=True, related_name="+")
    author_id = models.UUIDField()
    lead_id = models.UUIDField(null=True)
    co_written = models.BooleanField()
    parent_id = models.UUIDField(null=True)
    standards = models.JSONField()
    starts_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    revision = models.IntegerField()
    outcome = models.TextField(null=True)
    closed_at = models.DateTimeField(null=True)
    template_id = models.UUIDField(null=True)
    approval = models.TextField()
    approver_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = GoalQuerySet.as_manager()

    class Meta(InDistrict.Meta):
        db_table = "goal"

    @property
    def owner_id(self) -> Any:
        return {"school": self.school_id, "team": self.team_id}.get(self.level, self.teacher_id)

    @property
    def record_class(self) -> str:
        if self.level != "individual":
            return "school"
        return "goal" if self.state in OPEN_TO_LEADERS else "pair"

    @property
    def in_feed(self) -> bool:
        return self.state in OPEN_TO_LEADERS


class GoalMeasure(InDistrict):
    goal = models.ForeignKey(Goal, models.DO_NOTHING, related_name="measures")
    position = models.IntegerField()
    name = models.TextField()
    unit = models.TextField()
    baseline = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    target = models.DecimalField(max_digits=12, decimal_places=4)
    direction = models.TextField()
    due_on = models.DateField(null=True)
    latest_value = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    latest_on = models.DateField(null=True)
    dropped = models.BooleanField()

    class Meta(InDistrict.Meta):
        db_table = "goal_measure"


class Indicator(InDistrict):
    key = models.TextField()
    code = models.TextField()
    title = models.TextField()

    class Meta(InDistrict.Meta):
        db_table = "indicator"


class GoalIndicator(InDistrict):
    goal = models.ForeignKey(Goal, models.DO_NOTHING, related_name="goal_indicators")
    indicator = models.ForeignKey(Indicator, models.DO_NOTHING, related_name="+")
    position = models.IntegerField()

    class Meta(InDistrict.Meta):
        db_table = "goal_indicator"


class FrameworkItem(InDistrict):
    framework_id = models.UUIDField()
    code = models.TextField(null=True)
    title = models.TextField()

    class Meta(InDistrict.Meta):
        db_table = "framework_item"


class GoalStandard(InDistrict):
    goal = models.ForeignKey(Goal, models.DO_NOTHING, related_name="goal_standards")
    item = models.ForeignKey(FrameworkItem, models.DO_NOTHING, related_name="+")
    position = models.IntegerField()

    class Meta(InDistrict.Meta):
        db_table = "goal_standard"


class GoalAgreement(InDistrict):
    goal = models.ForeignKey(Goal, models.DO_NOTHING, related_name="agreements")
    revision_id = models.UUIDField(null=True)
    person_id = models.UUIDField()
    capacity = models.TextField()
    at = models.DateTimeField()

    class Meta(InDistrict.Meta):
        db_table = "goal_agreement"


class GoalRevision(InDistrict):
    goal = models.ForeignKey(Goal, models.DO_NOTHING, related_name="revisions")
    state = models.TextField()

    class Meta(InDistrict.Meta):
        db_table = "goal_revision"


class GoalFeedbackRound(InDistrict):
    goal = models.ForeignKey(Goal, models.DO_NOTHING, related_name="rounds")
    summarised_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField()

    class Meta(InDistrict.Meta):
        db_table = "goal_feedback_round"


class Event(InDistrict):
    """The audit."""

    at = models.DateTimeField()
    action = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.UUIDField(null=True)
    standing_in = models.BooleanField()
    subject_type = models.TextField()
    subject_id = models.UUIDField()
    subject_version = models.IntegerField(null=True)
    school_id = models.UUIDField(null=True)
    owner_id = models.UUIDField(null=True)
    record_class = models.TextField()
    changed = models.JSONField()
    request_id = models.TextField(null=True)

    class Meta(InDistrict.Meta):
        db_table = "event"


class FeedEntry(models.Model):
    """The change feed; `transaction` is the database's to give."""

    position = models.BigAutoField(primary_key=True)
    district_id = models.UUIDField()
    at = models.DateTimeField()
    type = models.TextField()
    object_id = models.UUIDField()
    object_version = models.IntegerField()

    class Meta:
        managed = False
        db_table = "feed_entry"
