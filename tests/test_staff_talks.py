"""A conversation handed to a person: WeChat's signed webhook on one side, the console on the other."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from redis.asyncio import Redis
from sqlalchemy import text

from bot.app import create_app
from bot.clock import SHANGHAI
from bot.staff import CONSOLE
from bot.staff.passwords import Passwords
from bot.staff.talking import TalkJob
from bot.store.database import Database
from bot.valkey import ValkeyServer
from bot.wechat_server import Phone
from intents.decision import Context, Decision
from knowledge.calendar import load_calendar
from knowledge.office import is_open, opens_next
from tests.fixtures_wechat import Parrot
from tests.staff_cases import EVIL
from tests.staff_lab import QUICK, Answer, Person, Site, site_of
from tests.wechat_lab import ALI, BAI, Lab, lab


class Listener(Parrot):
    """Echoes, but knows the wish for a person."""

    async def understand(self, text: str, context: Context) -> Decision:
        if text == "人工":
            return Decision("flow:human", (), 1.0)
        return await super().understand(text, context)


@dataclass
class Chat:
    """Both sides."""

    site: Site
    lab: Lab
    phone: Phone

    async def say(self, words: str, who: str = ALI) -> str:
        return (await self.phone.text(who, words)).text

    def got(self, who: str = ALI) -> list[str]:
        """The customer-service messages on a phone."""
        return [
            str(one.content.get("content"))
            for one in self.lab.platform.records.delivered
            if one.openid == who and one.channel == "custom"
        ]

    async def told(self, words: str) -> bool:
        """Whether the words arrive within a few seconds: the service's own jobs may be at it already."""
        for _ in range(100):
            await self.job()
            if any(words in one for one in self.got()):
                return True
            await asyncio.sleep(0.05)
        return False

    async def job(self) -> None:
        console = self.site.console
        await TalkJob(console.talking.desk, console.parts.evidence, console.clock).run_once()
        await console.outbox.worker.run_once()

    async def thread(self, clerk: Person, index: int = 0) -> Answer:
        talk = (await self.site.console.talking.desk.listed())[index]
        return await clerk.get(f"/staff/talks/{talk.id}")


@pytest.fixture
async def chat(tmp_path: Path, valkey: Redis, valkey_server: ValkeyServer) -> AsyncIterator[Chat]:
    async with lab(kind="subscription") as it:
        settings = it.settings(tmp_path)
        database = Database(settings.sql_url)
        await database.migrate()
        app = create_app(
            settings, redis_url=valkey_server.url, database=database, brain=Listener(), clock=it.clock
        )
        app[CONSOLE] = replace(app[CONSOLE], passwords=Passwords(QUICK))
        async with site_of(app) as site:
            it.platform.webhook.url = f"{site.base}/wechat"
            phone = Phone(it.platform)
            for who in (ALI, BAI):
                it.platform.followers.follow(who)
            it.clock.move(timedelta(minutes=2))
            yield Chat(site, it, phone)


async def answered(page: Answer, clerk: Person, words: str) -> Answer:
    """Send an answer from the thread's page."""
    talk = page.url.partition("/talks/")[2].partition("/")[0]
    seen = page.text.partition('name="seen" value="')[2].partition('"')[0]
    nonce = page.text.partition('name="nonce" value="')[2].partition('"')[0]
    return await clerk.post(f"/staff/talks/{talk}/answer", text=words, seen=seen, nonce=nonce)


async def test_a_person_takes_over_and_gives_back(chat: Chat) -> None:
    clerk = await chat.site.clerk("mali", "registrar")
    assert await chat.say("你好") == "你好"
    assert "已经叫工作人员" in await chat.say("人工")
    assert await chat.say("我家电梯坏了三天") == ""
    page = await chat.thread(clerk)
    assert "我家电梯坏了三天" in page.text
    assert "还可以发<b>5条</b>" in page.text
    page = await answered(page, clerk, "请问是哪个小区？")
    assert "还可以发<b>4条</b>" in page.text
    assert chat.got() == ["工作人员来了：\n请问是哪个小区？"]
    assert await chat.say("红园小区") == ""
    page = await chat.thread(clerk)
    assert "还可以发<b>5条</b>" in page.text
    await answered(page, clerk, "好的，马上派人")
    assert chat.got()[-1] == "工作人员：\n好的，马上派人"
    talk = (await chat.site.console.talking.desk.listed())[0]
    await clerk.post(f"/staff/talks/{talk.id}/back")
    assert await chat.told("还是我来帮您")
    assert await chat.say("谢谢") == "谢谢"
    assert await chat.say("你好", BAI) == "你好"


async def test_the_bot_is_quiet_for_every_kind_of_message_and_pictures_are_seen(chat: Chat) -> None:
    clerk = await chat.site.clerk("mali", "registrar")
    await chat.say("人工")
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "#a0522d").save(out, "PNG")
    media = chat.lab.platform.media.put("image", out.getvalue(), "image/png")
    assert (await chat.phone.image(ALI, media.id)).text == ""
    assert (await chat.phone.voice(ALI, "x", "电梯坏了")).text == ""
    assert (await chat.phone.link(ALI, "标题", "x", "https://example.org")).text == ""
    page = await chat.thread(clerk)
    assert "［图片］" in page.text
    assert "电梯坏了" in page.text
    path = page.text.partition('href="/staff/talks/')[2].split("/pictures/")[1].partition('"')[0]
    talk = (await chat.site.console.talking.desk.listed())[0]
    picture = await clerk.get(f"/staff/talks/{talk.id}/pictures/{path}")
    assert picture.body.startswith(b"\x89PNG")
    assert "sandbox" in picture.headers["Content-Security-Policy"]


async def test_half_an_hour_without_an_answer_gives_back_to_the_bot(chat: Chat) -> None:
    await chat.say("人工")
    chat.lab.clock.move(timedelta(minutes=29))
    assert await chat.say("有人吗我很急") == ""
    chat.lab.clock.move(timedelta(minutes=2))
    assert await chat.told("没能回上您")
    count = len(chat.got())
    await chat.job()
    assert len(chat.got()) == count
    assert await chat.say("电梯归谁管") == "电梯归谁管"


async def test_a_message_that_comes_first_is_told_of_the_half_hour(chat: Chat) -> None:
    await chat.say("人工")
    console = chat.site.console
    chat.lab.clock._listeners.clear()  # the job of the running service must not be quicker than the message
    chat.lab.clock.move(timedelta(minutes=31))
    reply = await chat.say("电梯归谁管")
    assert "没能回上您" in reply
    assert reply.endswith("电梯归谁管")
    await chat.job()
    assert not [words for words in chat.got() if "没能回上您" in words]
    talk = (await console.talking.desk.listed())[0]
    assert [line.text for line in await console.talking.desk.thread(talk.id)][:2] == ["人工", "电梯归谁管"]


async def test_an_answer_renews_the_half_hour(chat: Chat) -> None:
    clerk = await chat.site.clerk("mali", "registrar")
    await chat.say("人工")
    chat.lab.clock.move(timedelta(minutes=25))
    await answered(await chat.thread(clerk), clerk, "在的")
    chat.lab.clock.move(timedelta(minutes=25))
    assert await chat.say("那怎么办") == ""


async def test_outside_office_hours_the_bot_says_when_and_goes_on(chat: Chat) -> None:
    chat.lab.clock.move_to(datetime(2026, 11, 27, 19, 0, tzinfo=SHANGHAI))
    reply = await chat.say("人工")
    assert "11月30日（周一）08:30" in reply
    assert await chat.say("电梯坏了找谁") == "电梯坏了找谁"
    # On Monday within the window a clerk answers what was left, and the bot is quiet again.
    chat.lab.clock.move_to(datetime(2026, 11, 29, 18, 0, tzinfo=SHANGHAI))
    clerk = await chat.site.clerk("mali", "registrar")
    page = await chat.thread(clerk)
    assert "电梯坏了找谁" in page.text
    await answered(page, clerk, "请打0930-6216381")
    assert chat.got()[-1].startswith("工作人员来了")
    assert await chat.say("好的") == ""


async def test_the_citizen_can_go_back_to_the_bot(chat: Chat) -> None:
    await chat.say("人工")
    assert "还是我来帮您" in await chat.say("返回")
    assert await chat.say("你好") == "你好"


async def test_the_window_and_its_count_are_kept(chat: Chat) -> None:
    clerk = await chat.site.clerk("mali", "registrar")
    await chat.say("人工")
    for i in range(5):
        page = await answered(await chat.thread(clerk), clerk, f"第{i}条")
    assert "现在不能在微信里回复" in page.text
    assert len(chat.got()) == 5
    await chat.say("再问一句")
    assert "还可以发<b>5条</b>" in (await chat.thread(clerk)).text
    chat.lab.clock.move(timedelta(hours=49))
    page = await chat.thread(clerk)
    assert "现在不能在微信里回复" in page.text
    talk = (await chat.site.console.talking.desk.listed())[0]
    seen = (await chat.site.console.talking.desk.thread(talk.id))[-1].seq
    answer = await clerk.post(f"/staff/talks/{talk.id}/answer", text="x", seen=str(seen), nonce="a" * 32)
    assert answer.status == 502
    assert "没有发出去" in answer.text


async def test_nothing_is_sent_twice_or_past_a_colleague(chat: Chat) -> None:
    one, two = await chat.site.clerk("one1", "registrar"), await chat.site.clerk("two2", "handler")
    await chat.say("人工")
    page = await chat.thread(one)
    other = await chat.thread(two)
    await answered(page, one, "我来")
    await answered(page, one, "我来")
    assert len(chat.got()) == 1
    conflict = await answered(other, two, "我也来")
    assert conflict.status == 409
    assert "我也来" in conflict.text
    assert len(chat.got()) == 1
    await chat.say("等一下")
    assert (await answered(conflict, two, "我也来")).status == 409


async def test_a_refused_message_is_told_to_the_clerk(chat: Chat) -> None:
    clerk = await chat.site.clerk("mali", "registrar")
    await chat.say("人工")
    page = await chat.thread(clerk)
    chat.lab.platform.faults.add("/cgi-bin/message/custom/send", "code", code=45015)
    answer = await answered(page, clerk, "在的")
    assert answer.status == 502
    assert "45015" in answer.text
    assert "在的" in answer.text


async def test_threads_are_encrypted_logged_and_forgotten(chat: Chat) -> None:
    clerk = await chat.site.clerk("mali", "registrar")
    await chat.say("人工")
    await chat.say(f"我叫马小明 {EVIL}")
    page = await chat.thread(clerk)
    await chat.thread(clerk)
    assert "&lt;script&gt;" in page.text
    assert "<script>alert" not in page.text
    reads = [entry for entry in await chat.site.console.audit.page() if entry.what == "talk.read"]
    assert len(reads) == 1
    data = chat.site.console.settings.data_dir
    files = b"".join(file.read_bytes() for file in data.glob("linxia.db*"))
    assert not [secret for secret in ("马小明", ALI) if secret.encode() in files]
    chat.lab.clock.move(timedelta(days=31))
    await chat.job()
    async with chat.site.console.database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM talk_lines"))).scalar_one() == 0
        assert (await connection.execute(text("SELECT count(*) FROM talks"))).scalar_one() == 0


@pytest.mark.parametrize("role", ["publisher", "reviewer", "admin", "auditor"])
async def test_others_do_not_read_along(chat: Chat, role: str) -> None:
    await chat.say("人工")
    assert (await chat.thread(await chat.site.clerk("xia1", role))).status == 403


@pytest.mark.parametrize(
    ("moment", "open_", "next_"),
    [
        ("2026-11-24T08:29", False, "2026-11-24T08:30"),
        ("2026-11-24T08:30", True, "2026-11-24T14:30"),
        ("2026-11-24T12:00", False, "2026-11-24T14:30"),
        ("2026-11-24T17:59", True, "2026-11-25T08:30"),
        ("2026-11-28T10:00", False, "2026-11-30T08:30"),
        ("2026-10-01T10:00", False, "2026-10-08T08:30"),
        ("2026-10-10T10:00", True, "2026-10-10T14:30"),  # a Saturday made a workday
    ],
)
def test_office_hours(moment: str, open_: bool, next_: str) -> None:
    when = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    assert is_open(when, load_calendar()) == open_
    assert opens_next(when, load_calendar()) == datetime.fromisoformat(next_).replace(tzinfo=SHANGHAI)
