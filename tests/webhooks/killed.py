"""A worker that can be killed while it sends: `python -m tests.webhooks.killed ADDRESS SECONDS`.

It is the program's own, with quicker heartbeats.
"""

import asyncio
import sys
from datetime import timedelta

from app.core.database import Database
from app.worker import work
from tests.webhooks.setting import NO_MAIL, handlers


async def main(url):
    await work(Database(url), handlers(), NO_MAIL, alive=timedelta(seconds=float(sys.argv[2])))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
