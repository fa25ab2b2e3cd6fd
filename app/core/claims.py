"""How a worker takes jobs from the queue: as they come, or with a share for each district."""

from datetime import timedelta
from typing import Any

from pgqueuer.domain.models import Job
from pgqueuer.queries import Queries


class Queue(Queries):
    """PgQueuer's statements without its own account of how jobs ended: that is the worker's, and
    its account would keep the text of failures and delete jobs that another worker has."""

    async def log_jobs(self, job_status: Any) -> None:
        """Nothing: it is written already."""


class SharedQueue(Queue):
    """Jobs that may take long, because they wait for others. Whose district has the fewest running
    comes first, and a district that has some gets another only while more than these could run
    yet: so one with a hundred slow receivers takes half, and whoever comes next is served.

    It looks at all jobs that are due: this is for one a subject, not for one a message.
    """

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: Any,
        queue_manager_id: Any,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Job]:
        """Take up to `batch_size` jobs, and no more than so many at once."""
        rows = await self.driver.fetch(
            _CLAIM,
            list(entrypoints),
            queue_manager_id,
            heartbeat_timeout,
            global_concurrency_limit,
            batch_size,
        )
        return [Job.model_validate(row) for row in rows]


#: A job's payload begins with the id of its district (app/core/jobs.py). `turn` counts it among
#: those of its district, running ones included, and `place` among those that could be taken now:
#: before it run `turn - 1` of the district and, of all, those that run now and `place - 1`. Jobs
#: without heartbeats are of workers that are gone. What another worker takes now is passed over.
_CLAIM = """
with running as (
    select substr(payload, 1, 36) as district, count(*) as number from pgqueuer
    where queue_manager_id = $2 and status = 'picked' and entrypoint = any($1) group by 1
), due as (
    select id, substr(payload, 1, 36) as district from pgqueuer
    where entrypoint = any($1) and execute_after < now()
        and (status = 'queued' or status = 'picked' and heartbeat < now() - $3::interval)
), turns as (
    select due.id, coalesce(number, 0)
        + row_number() over (partition by district order by due.id) as turn
    from due left join running using (district)
), places as (
    select id, turn, row_number() over (order by turn, id) as place from turns
), taken as (
    select job.id from places join pgqueuer job using (id)
    where $4 - (select coalesce(sum(number), 0) from running) - (place - 1) > turn - 1
        and (status = 'queued' or status = 'picked' and heartbeat < now() - $3::interval)
    order by place limit $5
    for update of job skip locked
)
update pgqueuer set status = 'picked', queue_manager_id = $2, updated = now(), heartbeat = now()
where id in (select id from taken) returning *"""
