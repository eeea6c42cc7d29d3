"""The agenda in SQL: written in the transaction of the event, emptied by what is due.

`ix_agenda_moment` makes looking for what is due cost as much as is due, however many cases are open.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, false, not_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.notice_tables import agenda
from handlers.ports import Agenda, Planned


async def write_agenda(connection: AsyncConnection, number: str, of_case: Agenda) -> None:
    """Make the rows of a case fit: what it does not lead to any more is superseded and goes, what stands
    there already stays (a missed run is made up for), what is new comes.
    """
    await connection.execute(delete(agenda).where(agenda.c.number == number, not_(_among(of_case.planned))))
    rows = [
        {"number": number, "notice": p.notice, "version": p.version, "moment": p.moment, "day": p.day}
        for p in of_case.upcoming
    ]
    if rows:
        insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(agenda)
        await connection.execute(insert.on_conflict_do_nothing(), rows)


def _among(planned: Sequence[Planned]) -> ColumnElement[bool]:
    same = (and_(agenda.c.notice == p.notice, agenda.c.version == p.version) for p in planned)
    return or_(false(), *same)


async def numbers_due(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Cases that have something due, the longest waiting first."""
    wanted = select(agenda.c.number).where(agenda.c.moment <= now).order_by(agenda.c.moment).limit(limit)
    return list(dict.fromkeys((await connection.execute(wanted)).scalars().all()))


async def rows_due(
    connection: AsyncConnection, numbers: Sequence[str], now: datetime
) -> list[tuple[str, Planned]]:
    """The due rows of these cases, oldest first."""
    wanted = (
        select(agenda)
        .where(agenda.c.number.in_(numbers), agenda.c.moment <= now)
        .order_by(agenda.c.moment, agenda.c.notice)
    )
    found = await connection.execute(wanted)
    return [(row.number, Planned(row.notice, row.version, row.moment, row.day)) for row in found]


async def remove_due(connection: AsyncConnection, numbers: Sequence[str], now: datetime) -> None:
    """Take the due rows of these cases off: they have become messages."""
    await connection.execute(delete(agenda).where(agenda.c.number.in_(numbers), agenda.c.moment <= now))
