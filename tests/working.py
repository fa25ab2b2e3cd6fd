"""What tests of jobs and e-mail share: jobs done at once, and a mailbox that is a folder."""

from collections.abc import Mapping
from dataclasses import replace
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
    " and execute_after <= clock_timestamp() order by id limit 1) returning *"
)


async def run_due(
    database: Any, mailer: Mailer, handlers: Mapping[str, Handler] = HANDLERS, **options: Any
) -> int:
    """Do the jobs that are due, one after the other, as a worker does; how many there were.

    Works inside a test's own transaction too, where no real worker would see them. Everything in
    such a transaction has one `now()`: a job that was put off for a moment is not due in it.
    """
    done = 0
    while True:
        async with database.writing() as session:
            picked = await session.execute(_PICK, {"worker": uuid4(), "names": list(handlers)})
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
