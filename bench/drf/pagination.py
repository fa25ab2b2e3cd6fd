"""Pages by a cursor over the id."""

from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.response import Response


class GoalPagination(CursorPagination):
    """As the program's: `limit`, at most 200, and `next`."""

    ordering = "id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"items": data, "next": self.get_next_link()})
