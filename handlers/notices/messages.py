"""The messages that an event of a case leads to at once, and those that fall due on the agenda.

    messages = messages_for(before, after, event, scene)     # in the transaction of the event
    messages = messages_due(case, planned, scene)            # when an agenda row is due

Keys: `case:notice:deadline version#event` at once, `case:notice:deadline version` from the agenda; messages
to the bureau have `:clerk` or `:head` behind that. What has a key is said once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.notices import Level, Notice, load_notices
from handlers.cases.deadlines import running
from handlers.cases.model import SHANGHAI, Case, Happened
from handlers.notices.hours import evening, not_at_night
from handlers.notices.planned import good_until, mediation_when, outlived, version_of
from handlers.notices.words import main_limit, say_day, words
from handlers.ports import OutMessage, Planned
from knowledge.calendar import Calendar
from knowledge.deadline import Deadline

RANK: dict[str, int] = {"all": 0, "important": 1, "must": 2}
TOO_LATE = "过时：日期已到，改由后一条通知"
NO_WECHAT = "不是从微信来的，请打电话或书面告知"
HINT = "回复任意内容看全文"
# How long before an appointment its announcement may no longer wait for the morning.
APPOINTMENT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Scene:
    """What messages are made with: the calendar, the moment, how much the applicant wants to hear, and the
    address of the case's calendar page ("" if there is none).
    """

    calendar: Calendar
    now: datetime
    level: str = "all"
    link: str = ""

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(SHANGHAI).date()


def messages_for(before: Case, after: Case, event: Happened, scene: Scene) -> tuple[OutMessage, ...]:
    """What is said because `event` happened."""
    if after.erased:
        return ()
    name = _name(before, after, event)
    notice = load_notices().of(after.kind, name)
    if notice is None or not _wanted(notice, scene.level):
        return ()
    limit = main_limit(after, scene.calendar, scene.today)
    names = words(after, scene.calendar, scene.today, limit, event) | _old(before, event, scene.today)
    key = f"{after.number}:{name}:{version_of(limit) if limit else 'none'}#{after.version}"
    must = notice.night or _cannot_wait(after, event, scene.now)
    return (_Saying(after, name, key, names, scene).to_applicant(notice, must=must),)


def _name(before: Case, after: Case, event: Happened) -> str:
    """The notice of an event; several events may make a request count as received (art. 31)."""
    if after.received and not before.received:
        return "received"
    if event.type == "bureau_confirmed":
        return "confirm_wanted"
    if event.type == "deadline_changed":
        return "date_final" if event.data.get("old") == event.data.get("new") else "date_moved"
    return event.type


def _old(before: Case, event: Happened, today: date) -> dict[str, str]:
    told = event.data.get("old") if event.type == "deadline_changed" else None
    return {"old": say_day(date.fromisoformat(told) if told else before.due, today)}


def _cannot_wait(case: Case, event: Happened, now: datetime) -> bool:
    """Whether a mediation is so near that the morning would be too late to hear of it."""
    when = mediation_when(case) if event.type == "mediation_scheduled" else None
    return bool(when and when > now and when - not_at_night(now) < APPOINTMENT)


def messages_due(case: Case, planned: Planned, scene: Scene) -> tuple[OutMessage, ...]:
    """What a due row of the agenda says, to the applicant and to the bureau."""
    limit = _limit_of(case, planned, scene)
    names = words(case, scene.calendar, scene.today, limit)
    key = f"{case.number}:{planned.notice}:{planned.version}"
    dropped = TOO_LATE if outlived(planned, scene.now) else ""
    saying = _Saying(case, planned.notice, key, names, scene, dropped, good_until(planned))
    notice = load_notices().of(case.kind, planned.notice)
    told = [saying.to_applicant(notice, must=notice.night)] if notice and _wanted(notice, scene.level) else []
    return (*told, *saying.to_staff())


def _limit_of(case: Case, planned: Planned, scene: Scene) -> Deadline | None:
    limits = running(case, scene.calendar, scene.today)
    return next((limit for limit in limits if version_of(limit) == planned.version), None)


def _wanted(notice: Notice, level: str) -> bool:
    return RANK[notice.level] >= RANK.get(level, 0)


@dataclass(frozen=True, slots=True)
class _Saying:
    """One notice of a case, with what its texts may name; `dropped` says why it is not sent after all."""

    case: Case
    name: str
    key: str
    names: dict[str, str]
    scene: Scene
    dropped: str = ""
    good_until: datetime | None = None

    def to_applicant(self, notice: Notice, *, must: bool) -> OutMessage:
        """The message to the person who filed the case."""
        due = self.scene.now if must else not_at_night(self.scene.now)
        link = self.scene.link if notice.page else ""
        text = "\n".join(line for line in notice.text.format(**self.names).splitlines() if line.strip())
        payload = {
            "notice": self.name,
            "text": f"{text}\n看日历上是怎么算的：{link}" if link else text,
            "fields": self._fields(notice),
            "url": link,
            "good_until": self.good_until.isoformat() if self.good_until else None,
        }
        return OutMessage(
            key=self.key,
            kind="notice",
            due=due,
            payload=payload,
            user=self.case.filer,
            number=self.case.number,
            must=must,
            day=evening(due),
            dropped=self.dropped or ("" if self.case.filer else NO_WECHAT),
        )

    def _fields(self, notice: Notice) -> dict[str, str]:
        """The fields of a template message, by the names that the account's template has for them."""
        facts = {**self.names, "status": notice.status, "date": self.names["due"], "hint": HINT}
        return {field: facts[fact] for field, fact in load_notices().template.items()}

    def to_staff(self) -> Iterator[OutMessage]:
        """Mails to the bureau: number and dates, nothing personal."""
        notice = load_notices().staff.get(self.name)
        if notice is None:
            return
        due = not_at_night(self.scene.now)
        subject, text = notice.subject.format(**self.names), notice.text.format(**self.names)
        for role in notice.to:
            payload = {"role": role, "assignee": self.case.assignee, "subject": subject, "text": text}
            yield OutMessage(
                key=f"{self.key}:{role}",
                kind="staff_mail",
                due=due,
                payload=payload,
                number=self.case.number,
                day=evening(due),
                dropped=self.dropped,
            )


def levels() -> tuple[Level, ...]:
    """How much a person may want to hear, most first."""
    return tuple(load_notices().levels)
