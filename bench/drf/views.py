"""Reading goals, and editing a draft."""

import re
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from bench.drf.models import Event, FeedEntry, Goal
from bench.drf.serializers import (
    GoalChangeSerializer,
    GoalSerializer,
    PulledGoalSerializer,
)

_VERSION = re.compile(r'(?:W/)?"(\d{1,9})(?:-[0-9a-f]{8})?"')


class VersionMissing(APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "Send If-Match with the version that you changed."


class VersionDiffers(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "Somebody changed it since."


class WrongState(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "Only a draft is edited."


def record(caller: Any, action: str, goal: Goal, changed: list[str]) -> None:
    """The audit's row, and the feed's where integrations may learn of the goal."""
    now = timezone.now()
    Event.objects.create(
        district_id=goal.district_id,
        at=now,
        action=action,
        actor_kind="person",
        actor_id=caller.id,
        standing_in=False,
        subject_type="goal",
        subject_id=goal.id,
        subject_version=goal.version,
        school_id=goal.school_id,
        owner_id=goal.teacher_id,
        record_class=goal.record_class,
        changed=sorted(changed),
    )
    if goal.in_feed:
        FeedEntry.objects.create(
            district_id=goal.district_id,
            at=now,
            type="goal",
            object_id=goal.id,
            object_version=goal.version,
        )


class GoalViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """`/goals`."""

    def get_serializer_class(self) -> Any:
        return PulledGoalSerializer if self.request.user.is_client else GoalSerializer

    def get_queryset(self) -> Any:
        if self.request.user.is_client:
            return Goal.objects.pulled_by(self.request.user)
        goals = Goal.objects.visible_to(self.request.user).with_parts()
        return goals.select_for_update(of=("self",)) if self.action == "partial_update" else goals

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().retrieve(request, *args, **kwargs)
        response["ETag"] = f'"{response.data["version"]}"'
        return response

    @transaction.atomic
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        """Edit a draft: 404, 403, 412 and 409 in the program's order."""
        goal = self.get_object()
        wanted = _VERSION.fullmatch(request.headers.get("If-Match", ""))
        if wanted is None:
            raise VersionMissing
        if int(wanted[1]) != goal.version:
            raise VersionDiffers
        if goal.state != "draft":
            raise WrongState
        change = GoalChangeSerializer(goal, data=request.data, partial=True)
        change.is_valid(raise_exception=True)
        changed = list(change.validated_data)
        goal.version += 1
        goal.updated_at = timezone.now()
        goal.co_written = goal.co_written or goal.author_id != request.user.id
        for name, value in change.validated_data.items():
            setattr(goal, name, value)
        goal.save(update_fields=[*changed, "version", "updated_at", "co_written"])
        record(request.user, "goal.changed", goal, changed)
        return Response(self.get_serializer(goal).data, headers={"ETag": f'"{goal.version}"'})
