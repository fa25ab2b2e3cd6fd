"""A worker that can be killed when a mail server took the letter and nothing says so yet:
`python -m tests.relationships.killed DATABASE PORT`."""

import asyncio
import sys
from datetime import timedelta

from app.core.database import Database
from app.core.mail import Mailer
from app.worker import HANDLERS, work
from tests.mail.test_mail import mailer_to


class Stuck(Mailer):
    """Sends, says so, and never comes back."""

    def __init__(self, port):
        self.real = mailer_to(port)

    async def send(self, message):
        await self.real.send(message)
        sys.stdout.write("sent\n")
        sys.stdout.flush()
        await asyncio.sleep(600)


async def main(url, port):
    await work(Database(url), HANDLERS, Stuck(port), alive=timedelta(seconds=0.6))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
