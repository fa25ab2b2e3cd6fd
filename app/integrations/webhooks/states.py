"""What an endpoint may be told, and how it comes to be told nothing any more."""

from app.models import IntegrationClient, WebhookEndpoint
from app.people.clients.endpoints import disable, drop, set_up_alone, waiting

#: the job that sends what waits for an endpoint, which is its subject
DELIVER = "webhook.deliver"
#: the scope without which a client reads no goal, and so is told of none
SCOPE = "goals:read"


def may_be_told(client: IntegrationClient) -> bool:
    """Whether a client is still there and may read what its endpoints are told of."""
    return client.active and SCOPE in client.scopes


def back(endpoint: WebhookEndpoint) -> None:
    """A receiver is there again, or another took its place: what waits is sent."""
    endpoint.failing_since = endpoint.paused_from = endpoint.paused_until = None


__all__ = ["DELIVER", "SCOPE", "back", "disable", "drop", "may_be_told", "set_up_alone", "waiting"]
