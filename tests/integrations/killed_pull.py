"""A worker that dies in the middle of a pull: `python -m tests.integrations.killed_pull ADDRESS N`.

At its Nth page, read and written and not yet committed, it kills itself as the system would.
"""

import asyncio
import os
import signal
import sys

from app.core.database import Database
from app.core.jobs import Later
from app.core.mail import Mailer
from app.integrations.pulls.running import puller
from app.integrations.pulls.service import PULL
from app.worker import work
from tests.conftest import SETTINGS
from tests.integrations.test_roster_pulls import ALIVE, REACHING


async def main(url, pages):
    carry_on, seen = puller(REACHING), []

    async def dying(session, actor, subject_id, mailer):
        try:
            await carry_on(session, actor, subject_id, mailer)
        except Later:
            await session.flush()
            seen.append(subject_id)
            if len(seen) == pages:
                os.kill(os.getpid(), signal.SIGKILL)
            raise

    await work(Database(url), {PULL: dying}, Mailer(SETTINGS), alive=ALIVE)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
