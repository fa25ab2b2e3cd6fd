"""`alongside worker`, and what the operator sees of the jobs that failed."""

import argparse
import asyncio
import signal
import sys

from app import worker
from app.cli_database import Stop, faults_of, on_database
from app.core import jobs as queue
from app.core.database import Database
from app.settings import Settings
from app.web.logs import configure_logs


def work(_options: argparse.Namespace, settings: Settings) -> int:
    """Do jobs and chores until SIGTERM or Ctrl-C; a job that runs then has ten seconds to end."""
    if not settings.database_url:
        raise Stop("DATABASE_URL is not set; `alongside serve` does the jobs of its own database.")
    if faults := asyncio.run(faults_of(settings.database_url)):
        raise Stop(faults[0])
    configure_logs(settings.log_format)
    asyncio.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await worker.run(settings, stop)


def jobs(options: argparse.Namespace, settings: Settings) -> int:
    """List the dead jobs, oldest first, or let them be tried anew."""

    async def look(url: str) -> int:
        database = Database(url, write_pool=1, read_pool=1)
        try:
            if options.retry:
                async with database.writing() as session:
                    number = await queue.revive(session)
                    await session.commit()
                sys.stdout.write(f"Jobs that are tried anew: {number}\n")
                return 0
            async with database.reading() as session:
                for job in await queue.dead(session):
                    sys.stdout.write(
                        f"{job.id}\t{job.name}\tdistrict {job.district_id}\t"
                        f"subject {job.subject_id}\t{job.tries} tries\t"
                        f"last {job.since.isoformat(timespec='seconds')}\n"
                    )
                sys.stdout.write(f"Jobs that wait or run: {await queue.waiting(session)}\n")
                return 0
        finally:
            await database.close()

    return on_database(settings, look)
