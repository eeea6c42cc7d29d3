"""Files the demo's cases and lets happen in them what their stories say, through the real services."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import update

from bot.demo.clock import StoryClock
from bot.demo.stories import Story, stories
from bot.outbox.states import DEAD, NEW, SENT, SETTLED
from bot.store.cases import CaseStore
from bot.store.schema import outbox
from config.demo import Demo
from handlers.cases.lifecycle import ForbiddenError
from handlers.cases.model import Happened
from handlers.cases.service import CaseService
from handlers.forms.checks.places import counties
from handlers.ports import Filing

CALLED = timedelta(days=60)
KINDS_OF_ORGANISATIONS = ("商业企业", "法律服务机构", "其他")

log = structlog.get_logger()


@dataclass(frozen=True)
class Filler:
    """Fills the record. `clerk`: id of the account that acts."""

    cases: CaseStore
    service: CaseService
    clock: StoryClock
    demo: Demo
    clerk: str

    async def fill(self, now: datetime) -> int:
        """How many new cases there are now."""
        made = 0
        for story in stories(self.demo, now.date()):
            self.clock.set(min(story.filed, now))
            filed = await self.cases.submit(self._filing(story))
            if filed.fresh:
                await self._happen(filed.case.number, story)
                made += 1
        self.clock.set(now)
        await self._told_long_ago(now)
        return made

    async def _happen(self, number: str, story: Story) -> None:
        for at, type, data in story.steps:
            self.clock.set(at)
            mine = {"assigned": {"assignee": self.clerk}, "extended": {"approved_by": self.clerk}}
            said = data | mine.get(type, {})
            event = Happened(type=type, at=at, by=_by(type, self.clerk), data=said)
            try:
                await self.service.happen(number, event)
            except ForbiddenError as problem:
                # A holiday moved a day past its limit: the story ends here, as the law wants it.
                log.info("demo_story_ends", number=number, step=type, why=str(problem))
                return

    async def _told_long_ago(self, now: datetime) -> None:
        """The notices of the past were sent in the past: nobody's telephone is to ring for them today."""
        past = (outbox.c.due < now) & (outbox.c.number != "")
        told = {"state": SENT, "channel": "contact", "sent": outbox.c.due}
        # Of those who filed on paper the clerks called all but the last.
        called = past & (outbox.c.state == DEAD) & (outbox.c.due < now - CALLED)
        async with self.cases.database.write() as connection:
            await connection.execute(update(outbox).where(past & (outbox.c.state == NEW)).values(told))
            await connection.execute(update(outbox).where(called).values(state=SETTLED))

    def _filing(self, story: Story) -> Filing:
        build = {"disclosure": self._disclosure, "complaint": self._complaint, "report": self._report}
        answers, applicant = build[story.kind](story)
        lookups = {"name": answers.get("name", ""), "phone": answers.get("phone", "")}
        confirmed = Happened(type="applicant_confirmed", at=story.filed, by="applicant")
        return Filing(
            draft=story.draft,
            kind=story.kind,
            filer=story.filer,
            answers=answers,
            at=story.filed,
            county=self._of(self.demo.counties, story),
            applicant=applicant,
            lookups=lookups,
            events=(confirmed,) if story.kind == "disclosure" else (),
        )

    def _disclosure(self, story: Story) -> tuple[dict[str, Any], str]:
        common = {"content": self._of(self.demo.wanted, story), "medium": "纸面", "delivery": "邮寄"}
        if story.who % 6 == 5:
            name = f"{self._of(self.demo.shops, story)}有限公司"
            organisation = {
                "applying": "法人或其他组织",
                "applicant": "法人或其他组织",
                "org_name": name,
                "org_kind": KINDS_OF_ORGANISATIONS[story.who // 6 % 3],
                "contact": self._of(self.demo.names, story),
                "org_phone": self._phone(story),
                "org_address": self._of(self.demo.streets, story),
            }
            return {**organisation, **common, "signature": name}, str(organisation["org_kind"])
        return {"applying": "公民", "applicant": "公民", **self._person(story), **common}, "natural"

    def _complaint(self, story: Story) -> tuple[dict[str, Any], str]:
        claim = ["退还货款和服务费用"] if story.who % 2 else ["退货", "赔偿损失"]
        about = {
            "facts": self._of(self.demo.facts, story),
            "claim": claim,
            "route": "bureau",
            "amount": "800元",
        }
        shares = {"agree_publish": True, "agree_delegate": True}
        return {**self._against(story), **about, **shares, **self._person(story)}, "natural"

    def _report(self, story: Story) -> tuple[dict[str, Any], str]:
        about = {"clue": self._of(self.demo.clues, story), "by_name": "实名", "route": "bureau"}
        return {**self._against(story), **about, **self._person(story)}, "natural"

    def _against(self, story: Story) -> dict[str, Any]:
        names = {code: name for name, code in counties().items()}
        county = names[self._of(self.demo.counties, story)]
        shop, street = self._of(self.demo.shops, story), self._of(self.demo.streets, story)
        return {"resp_name": shop, "resp_address": street, "county": county}

    def _person(self, story: Story) -> dict[str, Any]:
        name = self._of(self.demo.names, story)
        address = self._of(self.demo.streets, story)
        return {"name": name, "phone": self._phone(story), "address": address, "signature": name}

    @staticmethod
    def _phone(story: Story) -> str:
        return f"13900000{story.who:03}"

    @staticmethod
    def _of(held: tuple[str, ...], story: Story) -> str:
        return held[story.who % len(held)]


def _by(type: str, clerk: str) -> str:
    return "applicant" if type == "rated" else f"staff:{clerk}"
