"""Lays the filled-in form of every filing on the case's shelf, as it was filed.

The form follows from what was filed, so it need not be made while the citizen waits: this job makes it within
seconds, and after a crash it finds what is missing by itself.
"""

import structlog
from sqlalchemy import select

from bot.papers.papers import FORM, PaperError, Papers
from bot.papers.shelf import Shelf
from bot.store.cases import CaseStore
from bot.store.schema import cases
from bot.store.schema import papers as stored

AT_ONCE = 20
BY = "system"

log = structlog.get_logger()


class FiledForms:
    """Run it as often as you like, in any number of replicas: a case gets its form once."""

    def __init__(self, cases: CaseStore, papers: Papers, shelf: Shelf) -> None:
        self._cases, self._papers, self._shelf = cases, papers, shelf

    async def run_once(self) -> int:
        """Make the forms that are missing; how many."""
        return sum([await self._of_kind(kind, paper) for kind, paper in FORM.items()])

    async def _of_kind(self, kind: str, paper: str) -> int:
        made = 0
        for number in await self._missing(kind, paper):
            case = await self._cases.find(number)
            if case is None:
                continue
            try:
                content = await self._papers.fill(paper, case)
            except PaperError as error:
                # A clerk's own template is broken: the other kinds go on, this one when it is put right.
                log.warning("form_not_filled", paper=paper, exc_info=error)
                return made
            made += await self._shelf.keep_once(number, paper, content, BY) is not None
        return made

    async def _missing(self, kind: str, paper: str) -> list[str]:
        has = select(stored.c.id).where(
            stored.c.number == cases.c.number, stored.c.paper == paper, stored.c.by == BY
        )
        wanted = (
            select(cases.c.number)
            .where(cases.c.kind == kind, cases.c.erased.is_(None), ~has.exists())
            .order_by(cases.c.submitted)
            .limit(AT_ONCE)
        )
        async with self._cases.database.read() as connection:
            return list((await connection.execute(wanted)).scalars())
