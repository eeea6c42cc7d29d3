"""Next contact, callbacks and the calendar page through the front door of the whole service."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.clock import SHANGHAI
from bot.outbox.store import OutboxStore
from bot.outbox.windows import Windows
from bot.pages.tokens import CalendarLinks
from bot.store.calendars import CalendarStore
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.outbox_rows import insert_contact, insert_messages
from bot.store.preferences import PreferenceStore
from bot.store.schema import outbox
from bot.vault import Vault
from config.settings import Settings
from handlers.cases.model import Case, Happened
from handlers.cases.service import CaseService
from handlers.ports import Filing, OutMessage
from tests.fixtures_wechat import Parrot, Serve
from tests.wechat_signing import USER, WeChat


class Now:
    """The time that the test wants it to be."""

    moment = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)

    def now(self) -> datetime:
        return self.moment


@dataclass
class Desk:
    """The database beside the running service."""

    wechat: WeChat
    database: Database
    vault: Vault
    settings: Settings

    async def waiting(self, key: str, words: str, **payload: Any) -> None:
        made = datetime.now(SHANGHAI) - timedelta(hours=1)
        message = OutMessage(key, "notice", made, {"text": words, **payload}, user=USER)
        async with self.database.write() as connection:
            await insert_contact(connection, self.vault, message)

    @property
    def service(self) -> CaseService:
        clock, links = Now(), CalendarLinks(self.vault, Now(), self.wechat.url)
        calendars = CalendarStore(self.database, self.settings, clock)
        preferences = PreferenceStore(self.database, self.vault)
        return CaseService(CaseStore(self.database, self.vault), calendars, preferences, links, clock)

    async def notices(self) -> list[str]:
        """The texts in the outbox."""
        store = OutboxStore(self.database, self.vault)
        async with self.database.read() as connection:
            return [store.opened(row).text for row in await connection.execute(select(outbox))]

    async def state(self, key: str) -> tuple[str, str]:
        async with self.database.read() as connection:
            found = await connection.execute(
                text("SELECT state, channel FROM outbox WHERE key = :key"), {"key": key}
            )
            return tuple(found.one())


@pytest.fixture
async def desk(serve: Serve, settings: Settings, parrot: Parrot) -> AsyncIterator[Desk]:
    wechat = await serve(brain=parrot, wechat_verified=False)
    database = Database(settings.sql_url)
    yield Desk(wechat, database, Vault.open(settings), settings)
    await database.close()


async def test_what_waits_leads_the_next_reply_and_only_that(desk: Desk) -> None:
    await desk.waiting("a", "您的申请已收到")
    await desk.waiting("b", "您的申请已延期")
    today = datetime.now(SHANGHAI) - timedelta(hours=1)
    said = await desk.wechat.say("几点上班")
    lead = f"给您的通知（{today:%-m月%-d日}）：\n"
    assert said == f"{lead}您的申请已收到\n\n{lead}您的申请已延期\n\n几点上班"
    assert await desk.state("a") == ("sent", "contact")
    assert await desk.wechat.say("电话多少") == "电话多少"
    assert await desk.wechat.say("喂", user="oSomebodyElse000000000000001") == "喂"


async def test_the_same_message_delivered_again_tells_the_same(desk: Desk) -> None:
    await desk.waiting("a", "您的申请已收到")
    xml = desk.wechat.message(Content="在吗")
    answers = await asyncio.gather(*(desk.wechat.deliver(xml) for _ in range(3)))
    assert len({answer.text for answer in answers}) == 1
    assert "您的申请已收到" in (answers[0].text or "")


async def test_an_attempt_that_died_after_taking_the_notices_is_repeated_with_them(desk: Desk) -> None:
    await desk.waiting("a", "您的申请已收到")
    xml = desk.wechat.message(Content="在吗")
    id = xml.split("<MsgId>")[1].split("<")[0]
    # What a process did that was killed before it could commit its reply:
    await OutboxStore(desk.database, desk.vault).told_at_contact(USER, id, datetime.now(SHANGHAI))
    assert await desk.state("a") == ("sent", "contact")
    answer = await desk.wechat.deliver(xml)
    assert "您的申请已收到" in (answer.text or "")


async def test_what_lost_its_sense_is_not_told(desk: Desk) -> None:
    past = (datetime.now(SHANGHAI) - timedelta(minutes=1)).isoformat()
    await desk.waiting("a", "还有3个工作日", good_until=past)
    assert await desk.wechat.say("在吗") == "在吗"
    assert (await desk.state("a"))[0] == "dead"


async def test_silent_events_do_not_use_a_notice_up(desk: Desk) -> None:
    await desk.waiting("a", "您的申请已收到")
    answer = await desk.wechat.deliver(
        desk.wechat.message("event", Event="VIEW", EventKey="https://x.example")
    )
    assert answer.text is None
    assert await desk.state("a") == ("contact", "contact")
    greeted = await desk.wechat.deliver(desk.wechat.message("event", Event="subscribe", EventKey=""))
    assert "您的申请已收到" in (greeted.text or "")


async def test_failed_template_comes_back_through_the_webhook(desk: Desk) -> None:
    payload: dict[str, Any] = {"text": "x", "fields": {}, "url": ""}
    message = OutMessage("t", "notice", datetime.now(SHANGHAI), payload, user=USER, must=True)
    async with desk.database.write() as connection:
        await insert_messages(connection, desk.vault, [message])
        await connection.execute(
            text("UPDATE outbox SET state = 'sent', channel = 'template', message_id = '77' WHERE key = 't'")
        )
    for status in ("success", "failed:user block"):
        xml = desk.wechat.message("event", Event="TEMPLATESENDJOBFINISH", MsgID=77, Status=status)
        assert (await desk.wechat.deliver(xml)).status == 200
        await asyncio.sleep(1.1)  # another second, another event
        if status == "success":
            assert await desk.state("t") == ("sent", "template")
    for _ in range(300):
        if (await desk.state("t"))[0] == "contact":
            break
        await asyncio.sleep(0.1)
    assert await desk.state("t") == ("contact", "contact")


async def test_windows_follow_what_people_do(desk: Desk, valkey: Any) -> None:
    windows = Windows(valkey, desk.vault)
    now = datetime.now(SHANGHAI)
    assert await windows.spend(USER, now) == "unknown"
    await desk.wechat.say("在吗")
    assert [await windows.spend(USER, now) for _ in range(6)] == ["message"] * 5 + ["closed"]
    await desk.wechat.deliver(desk.wechat.message("event", Event="CLICK", EventKey="no"))
    assert [await windows.spend(USER, now) for _ in range(4)] == ["event"] * 3 + ["closed"]
    await desk.wechat.say("又来了")
    assert await windows.spend(USER, now + timedelta(hours=49)) == "closed"
    assert await windows.spend(USER, now) == "message"
    await desk.wechat.deliver(desk.wechat.message("event", Event="unsubscribe"))
    assert await windows.spend(USER, now) == "closed"


# ── how much people want to hear, and how content they are ──


async def test_people_choose_how_much_they_want_to_hear(desk: Desk) -> None:
    kept = PreferenceStore(desk.database, desk.vault)
    assert await kept.level(USER) == "all"
    asked = await desk.wechat.say("通知设置")
    assert "1 全部" in asked
    assert "3 必要" in asked
    assert "只告诉您法律要求必须告知的" in await desk.wechat.say("3")
    assert await kept.level(USER) == "must"
    await desk.wechat.say("少发通知")
    await desk.wechat.say("重要")
    assert await kept.level(USER) == "important"
    assert await desk.wechat.say("3") == "3"  # nothing is asked any more


async def test_a_rating_is_kept_with_the_case_that_ended(desk: Desk) -> None:
    assert await desk.wechat.say("满意") == "满意"  # no case: it means something else
    now = datetime.now(SHANGHAI)
    case = await a_case(desk, now.isoformat(timespec="minutes")[:16])
    store = CaseStore(desk.database, desk.vault)
    answered = Happened(type="answered", at=now, by="staff:1", data={"outcome": "GRANT"})
    await desk.service.happen(case.number, answered)
    assert "谢谢您说实话" in await desk.wechat.say("不满意")
    found = await store.find(case.number)
    assert found is not None
    assert found.events[-1].data == {"score": "poor"}
    await asyncio.sleep(1.1)  # WeChat's times are whole seconds
    assert await desk.wechat.say("满意") == "满意"  # once


# ── the calendar page ──


async def a_case(desk: Desk, received: str = "2026-11-02T10:00") -> Case:
    at = datetime.fromisoformat(received).replace(tzinfo=SHANGHAI)
    first = Happened(type="applicant_confirmed", at=at, by="applicant")
    answers = {"name": "马小明", "phone": "13993012345"}
    filed = await desk.service.cases.submit(
        Filing(draft="d", kind="disclosure", filer=USER, answers=answers, at=at, events=(first,))
    )
    return await desk.service.happen(
        filed.case.number, Happened(type="bureau_confirmed", at=at, by="staff:1")
    )


async def page(desk: Desk, case: Case, moment: datetime) -> tuple[int, str]:
    clock = Now()
    clock.moment = moment
    token = CalendarLinks(desk.vault, clock, "").token(case)
    return await desk.wechat.get(f"/c/{token}")


async def test_the_page_shows_the_counted_days_and_nobody(desk: Desk) -> None:
    case = await a_case(desk)
    status, html = await page(desk, case, datetime.now(SHANGHAI))
    assert status == 200
    assert "11月30日" in html
    assert html.count('class="counted"') == 20  # 19 in the calendar, one in the legend
    assert html.count('class="due-day"') == 2
    assert html.count("<small>周末</small>") == 8  # each day left out says why
    assert "马小明" not in html
    assert "13993012345" not in html
    assert USER not in html
    [notice] = await desk.notices()
    assert f"{desk.wechat.url}/c/" in notice


async def test_an_old_wrong_or_altered_link_opens_nothing(desk: Desk) -> None:
    case = await a_case(desk)
    status, html = await page(desk, case, datetime.now(SHANGHAI) - timedelta(days=61))
    assert status == 404
    assert "这个链接过期了" in html
    token = CalendarLinks(desk.vault, Now(), "").token(case)
    for wrong in (token[:-4] + "AAAA", "x", case.number):
        assert (await desk.wechat.get(f"/c/{wrong}"))[0] == 404
