"""The fields of an answer, in the program's order, and those of a draft that may be changed."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from bench.drf.models import (
    FrameworkItem,
    Goal,
    GoalAgreement,
    GoalMeasure,
    Indicator,
)
from bench.drf.permissions import permissions


class MeasureSerializer(serializers.ModelSerializer):
    # numbers, as the program answers; a DecimalField would be text
    baseline = serializers.FloatField()
    target = serializers.FloatField()
    latest_value = serializers.FloatField()

    class Meta:
        model = GoalMeasure
        fields = (
            "id",
            "name",
            "unit",
            "baseline",
            "target",
            "direction",
            "due_on",
            "latest_value",
            "latest_on",
        )


class IndicatorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Indicator
        fields = ("id", "key", "code", "title")


class StandardSerializer(serializers.ModelSerializer):
    class Meta:
        model = FrameworkItem
        fields = ("id", "framework_id", "code", "title")


class AgreementSerializer(serializers.ModelSerializer):
    class Meta:
        model = GoalAgreement
        fields = ("person_id", "capacity", "at")


class GoalSerializer(serializers.ModelSerializer):
    """A goal as a person sees it."""

    school_id = serializers.UUIDField(read_only=True)
    school_year_id = serializers.UUIDField(read_only=True)
    teacher_id = serializers.UUIDField(read_only=True)
    owner_id = serializers.UUIDField(read_only=True)
    indicators = serializers.SerializerMethodField()
    standard_items = serializers.SerializerMethodField()
    measures = MeasureSerializer(many=True, read_only=True)
    agreements = AgreementSerializer(many=True, read_only=True)
    overdue = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Goal
        fields = (
            "id",
            "version",
            "level",
            "kind",
            "state",
            "title",
            "statement",
            "rationale",
            "link_statement",
            "school_id",
            "school_year_id",
            "team_id",
            "teacher_id",
            "owner_id",
            "author_id",
            "parent_id",
            "indicators",
            "standards",
            "standard_items",
            "measures",
            "starts_on",
            "due_on",
            "overdue",
            "revision",
            "agreements",
            "outcome",
            "closed_at",
            "template_id",
            "approval",
            "approver_id",
            "created_at",
            "updated_at",
            "permissions",
            "warnings",
        )
        read_only_fields = fields

    def get_indicators(self, goal: Goal) -> Any:
        found = [link.indicator for link in goal.goal_indicators.all()]
        return IndicatorSerializer(found, many=True).data if found else []

    def get_standard_items(self, goal: Goal) -> Any:
        found = [link.item for link in goal.goal_standards.all()]
        return StandardSerializer(found, many=True).data if found else []

    def get_overdue(self, goal: Goal) -> bool:
        if goal.state not in ("agreed", "published") or goal.due_on is None:
            return False
        return goal.due_on < timezone.localdate(timezone=self.context["request"].user.zone)

    def get_permissions(self, goal: Goal) -> list[str]:
        return permissions(self.context["request"].user, goal)

    def get_warnings(self, goal: Goal) -> list[str]:  # noqa: ARG002 - the framework's signature
        return []


class PulledMeasureSerializer(MeasureSerializer):
    class Meta:
        model = GoalMeasure
        fields = ("id", "unit", "baseline", "target", "latest_value", "latest_on")


class PulledGoalSerializer(serializers.ModelSerializer):
    """A goal as an integration gets it: the allow-list of `goals:read`."""

    school_year_id = serializers.UUIDField(read_only=True)
    school_year_title = serializers.CharField(source="school_year.title")
    school_id = serializers.UUIDField(read_only=True)
    school_external_id = serializers.CharField(source="school.external_id")
    teacher_id = serializers.UUIDField(read_only=True)
    teacher_external_id = serializers.CharField(source="teacher.external_id", default=None)
    indicator_keys = serializers.SerializerMethodField()
    measures = PulledMeasureSerializer(many=True, read_only=True)

    class Meta:
        model = Goal
        fields = (
            "id",
            "version",
            "level",
            "kind",
            "state",
            "title",
            "school_year_id",
            "school_year_title",
            "school_id",
            "school_external_id",
            "team_id",
            "teacher_id",
            "teacher_external_id",
            "parent_id",
            "indicator_keys",
            "measures",
            "starts_on",
            "due_on",
            "outcome",
            "closed_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_indicator_keys(self, goal: Goal) -> list[str]:
        return [link.indicator.key for link in goal.goal_indicators.all()]


class GoalChangeSerializer(serializers.ModelSerializer):
    """What may be changed of a draft without touching other tables."""

    class Meta:
        model = Goal
        fields = (
            "title",
            "statement",
            "rationale",
            "link_statement",
            "standards",
            "starts_on",
            "due_on",
        )
