"""Notices end to end: real databases, a real Valkey, the local WeChat over HTTP, a clock that is moved."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import text

from bot.outbox.agenda import AgendaJob
from bot.outbox.channels import channels
from bot.outbox.notices import NoticeSender
from bot.outbox.recompute import Recompute
from bot.outbox.results import Claimed, Result, Sender, Sent
from bot.outbox.store import OutboxStore
from bot.outbox.windows import Windows
from bot.outbox.worker import Worker
from bot.store.calendars import CalendarStore
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.preferences import PreferenceStore
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from config.settings import Settings
from handlers.cases.model import SHANGHAI, Case, Happened
from handlers.cases.number import Kind
from handlers.cases.service import CaseService
from handlers.message import Kind as MessageKind
from handlers.message import Message
from handlers.ports import Filing
from tests.wechat_lab import ALI, BAI, Lab, lab

PHONE = "13993012345"


class NoPages:
    """No public address."""

    def calendar(self, case: Case) -> str:
        return ""


@dataclass
class Post:
    """Takes the staff's mails: their way out is tested with a real SMTP server elsewhere."""

    mails: list[Claimed] = field(default_factory=list)

    async def send(self, message: Claimed) -> Result:
        self.mails.append(message)
        return Sent("mail")


@dataclass
class Replica:
    """One process's stores and jobs."""

    database: Database
    cases: CaseStore
    calendars: CalendarStore
    preferences: PreferenceStore
    service: CaseService
    outbox: OutboxStore
    windows: Windows
    agenda: AgendaJob
    recompute: Recompute
    worker: Worker
    api: WeChatApi
    post: Post

    @classmethod
    def open(
        cls, office: "Bureau", *, seed: int = 1, database: Database | None = None, **more: Any
    ) -> "Replica":
        it, vault, redis, settings = office.lab, office.vault, office.redis, office.settings
        database = database or Database(office.url)
        cases, preferences = CaseStore(database, vault), PreferenceStore(database, vault)
        calendars = CalendarStore(database, settings, it.clock)
        service = CaseService(cases, calendars, preferences, NoPages(), it.clock)
        outbox, windows = OutboxStore(database, vault), Windows(redis, vault)
        api, post = WeChatApi.open(settings, redis, vault, it.clock), Post()
        notices = NoticeSender(channels(settings, api, windows, it.clock), it.clock)
        senders: dict[str, Sender] = {"notice": notices, "staff_mail": post}
        worker = Worker(outbox, senders, it.clock, rng=random.Random(seed), **more)
        return cls(
            database=database,
            cases=cases,
            calendars=calendars,
            preferences=preferences,
            service=service,
            outbox=outbox,
            windows=windows,
            agenda=AgendaJob(cases, service, preferences),
            recompute=Recompute(cases, service, calendars),
            worker=worker,
            api=api,
            post=post,
        )

    async def close(self) -> None:
        await self.api.close()
        await self.database.close()


@dataclass
class Bureau:
    """The bot's end of a lab: `replicas` share one database and one Valkey."""

    lab: Lab
    settings: Settings
    vault: Vault
    redis: Redis
    url: str
    replicas: list[Replica] = field(default_factory=list)

    @property
    def first(self) -> Replica:
        return self.replicas[0]

    def replica(self, seed: int = 1, **more: Any) -> Replica:
        found = Replica.open(self, seed=seed, **more)
        self.replicas.append(found)
        return found

    @property
    def now(self) -> datetime:
        return self.lab.clock.now()

    def at(self, moment: str) -> None:
        """Move the clock to a local moment."""
        self.lab.clock.move_to(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI))

    async def file(self, kind: Kind = "disclosure", draft: str = "d1", filer: str = ALI) -> Case:
        first = Happened(type="applicant_confirmed", at=self.now, by="applicant")
        filing = Filing(
            draft=draft,
            kind=kind,
            filer=filer,
            answers={"name": "马小明", "phone": PHONE},
            at=self.now,
            events=(first,) if kind == "disclosure" else (),
        )
        return (await self.first.cases.submit(filing)).case

    async def happen(self, number: str, kind: str, **data: Any) -> Case:
        event = Happened(type=kind, at=self.now, by="staff:1", data=data)
        return await self.first.service.happen(number, event)

    async def received(self, kind: Kind = "disclosure", draft: str = "d1", filer: str = ALI) -> Case:
        """A case whose clock runs from today."""
        case = await self.file(kind, draft, filer)
        return await self.happen(case.number, "bureau_confirmed" if kind == "disclosure" else "received")

    async def work(self) -> None:
        """What the jobs of every replica do in a minute."""
        for replica in self.replicas:
            await replica.agenda.run_once()
            await replica.worker.run_once()

    async def rows(self, columns: str = "key, state, channel, reason") -> list[tuple[Any, ...]]:
        async with self.first.database.read() as connection:
            found = await connection.execute(text(f"SELECT {columns} FROM outbox ORDER BY id"))
            return [tuple(row) for row in found]

    async def states(self, kind: str = "notice") -> dict[str, str]:
        """State by what is said (the part of the key after the number)."""
        rows = await self.rows("key, kind, state")
        return {key.split(":")[1]: state for key, which, state in rows if which == kind}

    async def agenda(self) -> list[tuple[str, str]]:
        async with self.first.database.read() as connection:
            found = await connection.execute(text("SELECT notice, version FROM agenda ORDER BY moment"))
            return [tuple(row) for row in found]

    def texts(self, openid: str = ALI) -> list[str]:
        """What reached the person by customer-service message."""
        return [m.text for m in self.lab.platform.records.to(openid) if m.channel == "custom"]

    async def wrote(self, openid: str = ALI, kind: MessageKind = "text", event: str = "") -> None:
        """The person does something; the platform and we take note."""
        if kind == "event":
            self.lab.platform.followers.tapped(openid)
        else:
            self.lab.platform.followers.wrote(openid)
        message = Message(
            user=openid, account="gh", kind=kind, at=self.now, id=f"m{self.now.timestamp()}", event=event
        )
        await self.first.windows.heard(message)


@asynccontextmanager
async def bureau(
    url: str, vault: Vault, redis: Redis, folder: Path, people: Sequence[str] = (ALI, BAI), **account: Any
) -> AsyncIterator[Bureau]:
    """A bureau whose account is verified `service` unless `account` says otherwise; two people follow it."""
    settings_changes = {name: account.pop(name) for name in list(account) if name.startswith("wechat_")}
    async with lab(**account) as it:
        for openid in people:
            it.platform.followers.follow(openid)
        it.clock.move(timedelta(minutes=2))
        settings = it.settings(folder).model_copy(
            update={
                "wechat_account": it.platform.account.kind,
                "wechat_verified": it.platform.account.verified,
                **settings_changes,
            }
        )
        found = Bureau(it, settings, vault, redis, url)
        found.replica()
        try:
            yield found
        finally:
            for replica in found.replicas:
                await replica.close()
