"""The clerks' queue: cases by date due, a page at a time; nothing is decrypted for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.schema import cases
from bot.store.types import Moment

PAGE = 50
MOST_COUNTED = 999  # beyond this a count says no more than “many”

Tab = Literal["running", "overdue", "today", "week", "new", "waiting", "closed"]
TABS: tuple[Tab, ...] = get_args(Tab)
NEW = ("submitted", "handed_over")  # nobody has confirmed receipt: no clock runs yet

c = cases.c
ROW = (
    c.number, c.kind, c.stage, c.turn, c.due, c.provisional, c.county, c.assignee, c.submitted, c.received,
    c.closed, c.outcome, c.number_12315,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A case as the queue shows it."""

    number: str
    kind: str
    stage: str
    turn: str
    due: date | None
    provisional: bool
    county: str
    assignee: str
    submitted: datetime
    received: date | None
    closed: datetime | None
    outcome: str
    number_12315: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the queue is to show; "" does not narrow it. `after` is the `cursor` of the page before."""

    tab: Tab = "running"
    kind: str = ""
    stage: str = ""
    county: str = ""
    assignee: str = ""
    turn: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the queue; `cursor` leads to the next one, "" if this is the last."""

    lines: tuple[Line, ...]
    cursor: str


class QueueStore:
    """Looks at the columns beside the cases' events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Wanted, today: date) -> Shown:
        """The cases of a tab, most urgent first. ValueError if `after` is no cursor of this tab."""
        order, turn = _order(wanted.tab)
        query = select(*ROW).where(_of_tab(wanted.tab, today), *_narrowed(wanted))
        if wanted.after:
            query = query.where(_behind(wanted, order, descending=turn))
        by = (order.desc(), c.number.desc()) if turn else (order, c.number)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(*by).limit(PAGE + 1))).all()
        lines = tuple(_line(row) for row in rows[:PAGE])
        more = len(rows) > PAGE
        return Shown(lines, _cursor(lines[-1], wanted.tab) if more else "")

    async def counts(self, today: date, assignee: str = "") -> dict[str, int]:
        """How many are overdue, due today, due by Sunday, and not confirmed yet; up to MOST_COUNTED."""
        mine = [c.assignee == assignee] if assignee else []
        async with self._database.read() as connection:
            tabs: tuple[Tab, ...] = ("overdue", "today", "week", "new")
            return {
                tab: await _count(connection, select(c.number).where(_of_tab(tab, today), *mine))
                for tab in tabs
            }

    async def find(self, numbers: tuple[str, ...]) -> tuple[Line, ...]:
        """These cases, newest first."""
        query = select(*ROW).where(c.number.in_(numbers)).order_by(c.submitted.desc()).limit(PAGE)
        async with self._database.read() as connection:
            return tuple(_line(row) for row in await connection.execute(query))

    async def by_12315(self, number: str) -> tuple[str, ...]:
        """Numbers of the cases that the national platform knows under this number."""
        async with self._database.read() as connection:
            found = await connection.execute(select(c.number).where(c.number_12315 == number).limit(PAGE))
            return tuple(found.scalars())


def _line(row: Any) -> Line:
    return Line(*row)


async def _count(connection: AsyncConnection, query: Select[Any]) -> int:
    limited = query.limit(MOST_COUNTED + 1).subquery()
    return int(await connection.scalar(select(func.count()).select_from(limited)) or 0)


def _of_tab(tab: Tab, today: date) -> ColumnElement[bool]:
    sunday = today + timedelta(days=6 - today.weekday())
    return {
        "running": c.due.is_not(None),
        "overdue": c.due < today,
        "today": c.due == today,
        "week": and_(c.due >= today, c.due <= sunday),
        "new": and_(c.stage.in_(NEW), c.closed.is_(None)),
        "waiting": and_(c.due.is_(None), c.closed.is_(None), c.stage.not_in(NEW)),
        "closed": c.closed.is_not(None),
    }[tab]


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    fields = ("kind", "stage", "county", "assignee", "turn")
    return [c[name] == value for name in fields if (value := getattr(wanted, name))]


def _order(tab: Tab) -> tuple[ColumnElement[Any], bool]:
    """The column that a tab is sorted by, and whether the latest comes first."""
    if tab in ("new", "waiting"):
        return c.submitted, False
    return (c.closed, True) if tab == "closed" else (c.due, False)


def _behind(wanted: Wanted, order: ColumnElement[Any], *, descending: bool) -> ColumnElement[bool]:
    text, _, number = wanted.after.rpartition("~")
    value: Any = _moment(text) if isinstance(order.type, Moment) else date.fromisoformat(text)
    if descending:
        return or_(order < value, and_(order == value, c.number < number))
    return or_(order > value, and_(order == value, c.number > number))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a cursor without a time zone is none of ours")
    return moment


def _cursor(line: Line, tab: Tab) -> str:
    column, _ = _order(tab)
    value: date | datetime = getattr(line, str(column.key))
    return f"{value.isoformat()}~{line.number}"
