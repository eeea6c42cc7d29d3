"""Mass sending: by tag or by openids, a few times, told of with MASSSENDJOBFINISH."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from bot.wechat_server.account import Account, Limits
from bot.wechat_server.errors import ApiError
from bot.wechat_server.followers import Followers
from handlers.ports import Clock


class MassJob(BaseModel):
    """One mass send. `status` is what message/mass/get tells."""

    id: int
    msgtype: str
    content: dict[str, Any]
    openids: list[str]
    at: datetime
    status: str = "SENDING"
    sent: list[str] = []
    filtered: int = 0
    failed: int = 0


class Mass:
    """The account's mass sends with their quota."""

    def __init__(self, account: Account, limits: Limits, clock: Clock, followers: Followers) -> None:
        self._account, self._limits, self._clock, self._followers = account, limits, clock, followers
        self.jobs: dict[int, MassJob] = {}
        self._client_ids: dict[str, tuple[int, datetime]] = {}
        self._next = 1_000_000_001
        # Called when a job is done: the server delivers the messages and posts MASSSENDJOBFINISH.
        self.on_done: Callable[[MassJob], None] = lambda job: None

    def send(
        self,
        openids: Sequence[str],
        msgtype: str,
        content: dict[str, Any],
        client_id: str,
        *,
        held: bool = False,
    ) -> MassJob:
        """Start a job. ApiError 48001, 45065 (with the first msg_id), 45067, 45028.

        `held`: API protection is on, the job waits for the administrator (`confirm`).
        """
        if not self._account.verified:
            raise ApiError(48001)
        self._check_client_id(client_id)
        self._check_quota(openids)
        job = MassJob(
            id=self._next,
            msgtype=msgtype,
            content=content,
            openids=list(dict.fromkeys(openids)),
            at=self._clock.now(),
            status="WAITING_CONFIRM" if held else "SENDING",
        )
        self._next += 1
        self.jobs[job.id] = job
        if client_id:
            self._client_ids[client_id] = (job.id, job.at)
        if not held:
            self._carry_out(job)
        return job

    def confirm(self, job_id: int) -> None:
        """The administrator agrees to a held job on their phone."""
        self._carry_out(self.jobs[job_id])

    def received_this_month(self) -> Counter[str]:
        """How many mass messages each person got this month."""
        now = self._clock.now()
        jobs = (job for job in self.jobs.values() if (job.at.year, job.at.month) == (now.year, now.month))
        return Counter(openid for job in jobs for openid in job.sent)

    def _check_client_id(self, client_id: str) -> None:
        if len(client_id.encode()) > self._limits.client_id_bytes:
            raise ApiError(45067)
        first = self._client_ids.get(client_id)
        if first and self._clock.now() - first[1] < self._limits.client_id_life:
            raise ApiError(45065, msg_id=first[0])

    def _check_quota(self, openids: Sequence[str]) -> None:
        today = self._clock.now().date()
        if self._account.kind == "subscription":
            if sum(job.at.date() == today for job in self.jobs.values()) >= self._limits.mass_calls_a_day:
                raise ApiError(45028)
            return
        got = self.received_this_month()
        if openids and all(got[openid] >= self._limits.mass_a_month_per_user for openid in openids):
            raise ApiError(45028)

    def _carry_out(self, job: MassJob) -> None:
        got = self.received_this_month() if self._account.kind == "service" else Counter[str]()
        for openid in job.openids:
            person = self._followers.find(openid)
            if person is None:
                job.failed += 1
            elif not person.following or got[openid] >= self._limits.mass_a_month_per_user:
                job.filtered += 1
            else:
                job.sent.append(openid)
        job.status = "SEND_SUCCESS"
        self.on_done(job)
