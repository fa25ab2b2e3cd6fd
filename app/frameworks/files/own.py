"""A framework that was made here, as a CASE package: domains, groups and indicators as items,
scales as rubrics. What CASE has no place for stands under `extensions.alongside`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.frameworks.files.making import Maker
from app.frameworks.files.shape import Json

DOMAIN, GROUP, INDICATOR = "Domain", "Expectation", "Indicator"


def key_of(framework: Any) -> str:
    """What the ids of a framework's parts are made of."""
    return f"{framework.publisher}:{framework.code}:{framework.edition}"


def package_of(framework: Any, groups: Iterable[Any], indicators: Iterable[Any]) -> Json:
    """The package of a framework's rows, its groups and indicators in order."""
    at: datetime = framework.created_at.astimezone(UTC)
    made = Maker(
        key_of(framework),
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        title=framework.title,
        creator=framework.publisher,
        publisher=framework.publisher,
        version=framework.edition,
        ours={
            "code": framework.code,
            "edition": framework.edition,
            "source": framework.source,
            "licence": framework.licence,
        },
    )
    inside: dict[Any, list[Any]] = {}
    for indicator in indicators:
        inside.setdefault(indicator.expectation_id, []).append(indicator)
    domains: dict[str, int] = {}
    for group in groups:
        domain = made.id_of("domain", group.domain)
        if group.domain not in domains:
            domains[group.domain] = 0
            made.item(domain, fullStatement=group.domain, CFItemType=DOMAIN)
            made.child(domain, None, len(domains))
        domains[group.domain] += 1
        heading = made.id_of("expectation", group.position)
        made.item(
            heading,
            fullStatement=group.title,
            CFItemType=GROUP,
            ours={"kind": "expectation", "scale": group.scale},
        )
        made.child(heading, domain, domains[group.domain])
        for number, indicator in enumerate(inside.get(group.id, ()), 1):
            item = made.id_of("indicator", indicator.code)
            flags = ("observed", "optional", "gateway")
            made.item(
                item,
                fullStatement=indicator.title,
                humanCodingScheme=indicator.code,
                CFItemType=INDICATOR,
                ours={"kind": "indicator", **{name: getattr(indicator, name) for name in flags}},
            )
            made.child(item, heading, number)
        if group.scale is not None:
            scored: list[tuple[str, list[str | None]]] = [
                (made.id_of("indicator", indicator.code), [])
                for indicator in inside.get(group.id, ())
            ]
            made.rubric(str(group.position), group.title, group.scale, scored)
    return made.package
