"""The demo's work on practice in its order: what is written rests on what was there before it."""

from app.demo import action_steps, cycles, feedback, observations
from app.demo.telling import Telling


async def tell(telling: Telling) -> None:
    """Cycles, visits, feedback and steps, up to the 1:1s."""
    await telling.look_up()
    await feedback.choose(telling)
    await cycles.begin(telling)
    await observations.tell(telling)
    await feedback.tell(telling)
    await action_steps.fill_bank(telling)
    await action_steps.agree(telling)
    await action_steps.lay_out(telling)
    await cycles.go_on(telling)
    await telling.session.flush()  # what was written last keeps its time, too


async def come_back(telling: Telling) -> None:
    """What became of the steps, once the 1:1s were held."""
    await action_steps.come_back(telling)
    await telling.now()
