"""Chooses, fills and names papers."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.papers.render import RenderError, filled
from bot.papers.values import values
from config.papers import Paper, load_papers
from handlers.cases.model import SHANGHAI, Case
from handlers.ports import Clock

TEMPLATES = Path(__file__).parent / "templates"
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORM = {"disclosure": "disclosure_request", "complaint": "complaint_register", "report": "report_register"}


class PaperError(ValueError):
    """No such paper for this case, or its template cannot be filled; the message is for a clerk."""


class Papers:
    """Papers from the templates that ship with the program, or a clerk's own in `DATA_DIR/templates`."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._own, self._clock = data_dir / "templates", clock

    def fitting(self, case: Case) -> tuple[Paper, ...]:
        """The papers for this kind of case: first those of what happened last, then in the files' order."""
        last = [event.type for event in reversed(case.events)]
        papers = [paper for paper in load_papers().values() if case.kind in paper.kinds]
        rank = {event: place for place, event in reversed(list(enumerate(last)))}
        return tuple(
            sorted(papers, key=lambda paper: (_ended_otherwise(paper, case), rank.get(paper.event, 99)))
        )

    def form(self, case: Case) -> Paper:
        """The official form that the filing fills in."""
        return load_papers()[FORM[case.kind]]

    async def fill(
        self, paper: str, case: Case, extra: Mapping[str, Any] | None = None, *, masked: bool = False
    ) -> bytes:
        """The .docx of `paper` for `case`; `extra` holds what a clerk says (the `fields` of the paper).

        Raises:
            PaperError: no such paper for this kind of case, or the template is damaged.
        """
        found = load_papers().get(paper)
        if found is None or case.kind not in found.kinds:
            raise PaperError(f"这类事项没有“{found.title if found else paper}”这份文书")
        today = self._clock.now().astimezone(SHANGHAI).date()
        filling = values(found, case, extra or {}, today, masked=masked)
        try:
            return await asyncio.to_thread(filled, self.template(paper), filling)
        except RenderError as error:
            raise PaperError(str(error)) from error

    def template(self, paper: str) -> Path:
        """The template in use: the clerk's if there is one."""
        own = self._own / f"{paper}.docx"
        return own if own.is_file() else TEMPLATES / f"{paper}.docx"

    @staticmethod
    def file_name(paper: str, case: Case) -> str:
        """How the file is called: title and number, nothing of the applicant."""
        return f"{load_papers()[paper].title}-{case.number}.docx"


def _ended_otherwise(paper: Paper, case: Case) -> bool:
    """Whether it announces an outcome that the case did not have."""
    return bool(paper.outcome and case.outcome and case.outcome not in (paper.outcome, paper.event))
