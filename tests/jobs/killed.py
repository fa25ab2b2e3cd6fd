"""A worker that can be killed in the middle of a job: `python -m tests.jobs.killed ADDRESS`.

Its handler writes what it would have kept, says so, and never ends.
"""

import asyncio
import sys
from datetime import timedelta

from sqlalchemy import text

from app.core.database import Database
from app.core.mail import Mailer
from app.settings import Settings
from app.worker import work


async def stuck(session, actor, subject_id, _mailer):
    await session.execute(
        text("update school set name = 'Begun' where id = :id"), {"id": subject_id}
    )
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await asyncio.sleep(600)


async def main(url):
    alive = timedelta(seconds=float(sys.argv[2]))
    await work(Database(url), {"rename": stuck}, Mailer(Settings()), alive=alive)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
