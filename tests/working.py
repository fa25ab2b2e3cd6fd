"""What tests of jobs and e-mail share: jobs done at once, and a mailbox that is a folder."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

from pgqueuer.domain.models import Job
from sqlalchemy import text

from app.core.mail import Mailer
from app.settings import Settings
from app.worker import HANDLERS, Handler, Work

_PICK = text(
    "update pgqueuer set status = 'picked', queue_manager_id = :worker"
    " where id = (select id from pgqueuer where status = 'queued' and entrypoint = any(:names)"
    " and execute_after <= clock_timestamp() + :ahead and id <= :last order by id limit 1)"
    " returning *"
)


async def run_due(
    database: Any,
    mailer: Mailer,
    handlers: Mapping[str, Handler] = HANDLERS,
    *,
    ahead: timedelta = timedelta(0),
    **options: Any,
) -> int:
    """Do the jobs that are due, or will be `ahead`, one after the other; how many there were.

    As a worker does, and also inside a test's own transaction, where no worker would see them. What
    these jobs put off or ask for waits for the next call.
    """
    done = 0
    async with database.writing() as session:
        last = await session.scalar(text("select coalesce(max(id), 0) from pgqueuer"))
    while True:
        values = {"worker": uuid4(), "names": list(handlers), "ahead": ahead, "last": last}
        async with database.writing() as session:
            picked = await session.execute(_PICK, values)
            row = picked.mappings().one_or_none()
            await session.commit()
        if row is None:
            return done
        await Work(database, handlers, mailer, **options).do(Job.model_validate(dict(row)))
        done += 1


class Mailbox:
    """A mailer that writes into a folder, and what it wrote."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        self.mailer = Mailer(
            replace(
                settings, mail_url=folder.as_uri(), mail_from="Alongside <coach@alongside.example>"
            )
        )

    @property
    def messages(self) -> list[EmailMessage]:
        """Every message, by file name."""
        return [
            message_from_bytes(file.read_bytes(), policy=policy.default)  # type: ignore[misc]
            for file in sorted(self.folder.glob("*.eml"))
        ]
