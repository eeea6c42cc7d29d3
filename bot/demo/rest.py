"""Accounts, warnings, questions and conversations of the demo."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyotp

from bot.demo.clock import StoryClock
from bot.outbox.windows import Windows
from bot.staff.passwords import Passwords
from bot.store.questions import QuestionStore
from bot.store.staff import Staff, StaffStore
from bot.store.subscriptions import SubscriptionStore
from bot.store.talks import TalkStore
from bot.store.warning_batches import BatchStore
from bot.store.warnings import Deed, WarningStore
from bot.vault import Vault
from config.demo import CROWD, Account, Demo, DemoWarning
from handlers.message import Message
from handlers.ports import Question
from handlers.subscriptions.wishes import Wish
from handlers.warnings import steps
from handlers.warnings.model import Content, Warning_
from handlers.warnings.quota import Allowance
from handlers.warnings.steps import Actor

SUBSCRIBERS = 420
WHOLE = "622900"
ANSWERED = ("guide.office.hours", 64), ("guide.office.address", 41), ("guide.contact.phone", 37)


def password_of(vault: Vault, login: str) -> str:
    """The demo password of an account: nowhere written down, the same each time in this sandbox."""
    return f"demo-{vault.index(login, 'demo password')[:10]}"


@dataclass(frozen=True)
class Rest:
    """Fills what is no case."""

    demo: Demo
    vault: Vault
    clock: StoryClock
    staff: StaffStore
    warnings: WarningStore
    batches: BatchStore
    subscriptions: SubscriptionStore
    questions: QuestionStore
    talks: TalkStore
    windows: Windows | None  # None while no service runs: then nobody can answer yet

    async def accounts(self) -> dict[str, Staff]:
        """Make the accounts that are not there, each with its password and second factor; by role."""
        found = {}
        for account in self.demo.account:
            found[account.roles[0]] = await self._account(account)
        return found

    async def _account(self, account: Account) -> Staff:
        held = await self.staff.by_login(account.login)
        if held is None:
            hashed = await Passwords().hash(password_of(self.vault, account.login))
            made = await self.staff.add(account.login, account.name, account.roles, hashed, "cli")
            await self.staff.set_password(made.id, hashed, "cli", must_change=False)
            held = await self.staff.get(made.id)
        if held.needs_totp and not held.totp:
            await self.staff.set_totp(held.id, pyotp.random_base32(), "cli")
            held = await self.staff.get(held.id)
        return held

    async def subscribe(self, now: datetime) -> None:
        """A crowd without names; in the sandbox each of them has a telephone."""
        wishes = (Wish("food", WHOLE), Wish("traps", "622901"), Wish("elderly", "622901"), Wish("all", WHOLE))
        if await self.subscriptions.size("all", WHOLE):
            return
        for number in range(SUBSCRIBERS):
            await self.subscriptions.replace(f"{CROWD}{number:023}", frozenset({wishes[number % 4]}), now)

    async def warn(self, people: dict[str, Staff], now: datetime) -> int:
        """The warnings, each as far as it is; nothing if there are any already."""
        if await self.warnings.all(limit=1):
            return 0
        for number, warning in enumerate(self.demo.warning):
            await self._warning(number, warning, people, now)
        return len(self.demo.warning)

    async def _warning(self, number: int, told: DemoWarning, people: dict[str, Staff], now: datetime) -> None:
        writer, reviewer = (_actor(people[role]) for role in ("publisher", "reviewer"))
        at = now - timedelta(days=9 - 2 * number)
        content = Content(**told.model_dump(exclude={"state"}), valid_until=_in_half_a_year(now.date()))
        warning = steps.write(f"{0xDE300 + number:012x}", content, writer, at)
        mark = content.fingerprint()
        await self.warnings.create(warning, Deed("written", writer.id, at, hash=mark))
        if told.state == "draft":
            return
        warning = await self._save(
            warning, steps.submit(warning, writer), Deed("submitted", writer.id, at, hash=mark)
        )
        if told.state == "review":
            return
        names = ("审核",)
        approved = steps.approve(warning, mark, names, reviewer, at)
        warning = await self._save(warning, approved, Deed("approved", reviewer.id, at, "审核", mark))
        when = now + timedelta(days=2) if told.state == "scheduled" else at
        planned = steps.schedule(warning, when, names, writer, at)
        warning = await self._save(warning, planned, Deed("scheduled", writer.id, at, hash=mark))
        if told.state == "sent":
            await self._sent(warning, at)

    async def _sent(self, warning: Warning_, at: datetime) -> None:
        """Long ago: with the result that WeChat reported then."""
        begun = steps.start(warning, ("审核",), at)
        async with self.warnings.database.write() as connection:
            await self.warnings.save_in(connection, warning, begun, Deed("sending", "system", at))
            await self.batches.choose(connection, warning.id, warning.content, Allowance("service", 0), at)
        for batch in await self.batches.of(warning.id):
            done = {"state": "done", "tried": at, "sent": at, "status": "send success", "total": batch.size}
            await self.batches.change(batch, **done, filtered=batch.size, delivered=batch.size - 3, failed=3)
        await self.warnings.save(begun, steps.finish(begun), Deed("sent", "system", at))

    async def _save(self, before: Warning_, after: Warning_, deed: Deed) -> Warning_:
        await self.warnings.save(before, after, deed)
        return after

    async def ask(self, now: datetime) -> None:
        """Questions that were not answered, and counts of those that were."""
        for number, told in enumerate(self.demo.question):
            for time in range(told.times):
                at = now - timedelta(hours=5 * number + time + 1)
                await self.questions.note(
                    Question(f"demo\0{number}-{time}", told.text, told.kind, at, told.entry, 0.2)  # type: ignore[arg-type]
                )
        if await self.questions.counts(now.date(), now.date()):
            return
        for entry, times in ANSWERED:
            for _ in range(times):
                self.questions.count("answered", entry, now)
        for kind, times in (
            ("unsure", 9),
            ("unanswered", 14),
            ("declined", 21),
            ("liked", 18),
            ("disliked", 4),
        ):
            for _ in range(times):
                self.questions.count(kind, "", now)
        await self.questions.flush()

    async def talk(self, now: datetime) -> None:
        """People who asked for a person; nothing where a conversation is open already."""
        for number, told in enumerate(self.demo.talk):
            messages = [
                Message(user=told.person, account="gh_demo", kind="text", at=now - timedelta(minutes=9 - n),
                        id=f"demo-{number}-{n}", text=text)
                for n, text in enumerate(told.lines)
            ]  # fmt: skip
            self.clock.set(now)
            if await self.talks.current(told.person):
                continue
            talk = await self.talks.open(messages[0], "waiting", now + timedelta(minutes=30))
            for message in messages[1:]:
                await self.talks.hear(talk, message)
            if self.windows is not None:
                await self.windows.heard(messages[-1])


def _actor(account: Staff) -> Actor:
    return Actor(account.id, account.roles)


def _in_half_a_year(today: date) -> date:
    return today + timedelta(days=183)
