"""Doing something in a case: what is offered, and what it would do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, cast

from bot.case_parts import CaseParts
from bot.staff.format import day
from config.actions import Action, load_actions
from config.lifecycle import Transition
from handlers.cases.deadlines import running
from handlers.cases.lifecycle import ForbiddenError, allowed, record, row
from handlers.cases.model import Case, Happened
from handlers.notices.messages import messages_for
from handlers.permissions import Verb, can_record
from handlers.permissions import can as has_verb
from knowledge.articles import article_label
from knowledge.calendar import Calendar
from knowledge.law import Law


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event would do. `objection`: why the law does not allow it; `told`: the messages."""

    clock: str
    told: tuple[str, ...] = ()
    objection: str = ""
    after: Case | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """An action as the case page shows it."""

    action: Action
    label: str
    law: str
    unverified: bool
    effect: Effect


@cache
def law() -> Law:
    """The law's data, read once."""
    return Law()


def label_of(action: Action, case: Case) -> str:
    """What the action is called."""
    return action.label or row(case.kind, action.records).label


def may(roles: Iterable[str], action: Action) -> bool:
    """Whether somebody with these roles may take this action."""
    if action.verb:
        return has_verb(roles, cast(Verb, action.verb))  # a test checks that it is one
    return can_record(roles, action.records)


def possible(case: Case, roles: Iterable[str]) -> list[Action]:
    """The actions that the table of transitions and the roles allow now."""
    events = {transition.event for transition in allowed(case)}
    codes = tuple(roles)
    return [
        action
        for action in load_actions().values()
        if action.records in events
        and (not action.allowed_while or action.allowed_while in events)
        and may(codes, action)
        and (action.id != "return_proposal" or pending(case))
    ]


def pending(case: Case) -> Happened | None:
    """What a clerk proposed and the head of office has neither approved nor returned."""
    latest = next(
        (
            event
            for event in reversed(case.events)
            if event.data.get("proposes")
            or event.data.get("returns")
            or event.type in ("extended", "answered")
        ),
        None,
    )
    return latest if latest and latest.data.get("proposes") and case.open else None


async def offers(parts: CaseParts, case: Case, roles: Iterable[str], now: datetime, by: str) -> list[Offer]:
    """The possible actions, each with what it does to the clock."""
    calendar = await parts.calendars.current()
    found = []
    for action in possible(case, roles):
        event = Happened(type=action.records, at=now, by=by, data=_sample(action, case, now.date()))
        effect = judged(case, event, calendar, now.date())
        transition = row(case.kind, action.records)
        found.append(
            Offer(
                action,
                label_of(action, case),
                cited(transition),
                is_unverified(transition),
                effect,
            )
        )
    return found


# What is only noted rests on no article of its own.
NOTES = frozenset({"noted", "assigned", "material_added"})


def cited(transition: Transition) -> str:
    """The article as it is cited; "" for a mere note."""
    if transition.event in NOTES:
        return ""
    source = law().sources.get(transition.law)
    title = source.title if source else transition.law
    return f"《{title.removeprefix('中华人民共和国')}》{article_label(transition.law, transition.article)}"


def is_unverified(transition: Transition) -> bool:
    """Whether the text of the article that the event rests on was not read: marked 待核实."""
    held = transition.event in NOTES or transition.law == "SEED"  # the guide lies in knowledge/documents
    return not held and not law().verified(transition.law, transition.article)


def _sample(action: Action, case: Case, today: date) -> dict[str, Any]:
    """Data with which the effect on the clock can be shown before anything is entered."""
    data: dict[str, Any] = dict.fromkeys(row(case.kind, action.records).needs, "…")
    # The longest extension is 20 working days (TL 33(2)), 15 for a report (CX 18(1)).
    most = 15 if case.kind == "report" else 20
    usual = {"days": most, "until": (today + timedelta(days=14)).isoformat()}
    return {**{key: usual.get(key, value) for key, value in data.items()}, **action.data}


def judged(case: Case, event: Happened, calendar: Calendar, today: date) -> Effect:
    """What the event would do to the clock, or why the law forbids it."""
    try:
        after = record(case, event, calendar, today)
    except ForbiddenError as error:
        return Effect(clock="", objection=str(error))
    return Effect(clock=clock_words(case, after, calendar, today), after=after)


def clock_words(before: Case, after: Case, calendar: Calendar, today: date) -> str:
    """What happens to the date due, in a sentence."""
    limits = running(after, calendar, today)
    if not after.open:
        rest = f"，另有一项期限：{day(after.due)}前告知" if after.due else ""
        return f"办结，期限不再计算{rest}。"
    if limits and limits[0].paused:
        return "期限停止计算。"
    maybe = "（暂定：跨入还没公布放假安排的年份）" if after.provisional else ""
    if after.due and not before.due:
        return f"期限开始计算：最晚{day(after.due)}{maybe}。"
    if after.due != before.due:
        return f"期限从{day(before.due)}变为{day(after.due)}{maybe}。"
    return f"期限不变，仍是{day(after.due)}{maybe}。" if after.due else "现在没有期限在走，这一步也不开始。"


async def foreseen(parts: CaseParts, case: Case, event: Happened) -> Effect:
    """What the event would do and whom it would tell what: exactly what `CaseService` will store."""
    calendar = await parts.calendars.current()
    effect = judged(case, event, calendar, parts.service.clock.now().date())
    if effect.after is None:
        return effect
    level = await parts.preferences.level(case.filer) if case.filer else "must"
    scene = parts.service.scene(effect.after, calendar, level)
    messages = messages_for(case, effect.after, event, scene)
    told = tuple(str(message.payload["text"]) for message in messages)
    return Effect(effect.clock, told, after=effect.after)
