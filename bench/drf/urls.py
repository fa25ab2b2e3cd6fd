"""The three requests that are compared, and one that needs no database."""

from django.http import HttpResponse
from django.urls import path

from bench.drf.views import GoalViewSet

urlpatterns = [
    path("api/v1/goals", GoalViewSet.as_view({"get": "list"})),
    path(
        "api/v1/goals/<uuid:pk>",
        GoalViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
    ),
    path("livez", lambda _request: HttpResponse("{}", content_type="application/json")),
]
