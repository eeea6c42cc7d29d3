"""Writing, approval and sending of warnings against a real database, Valkey and the local WeChat."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from bot.broadcast.covers import Covers
from bot.outbox.states import DEAD
from bot.store.database import Database
from bot.store.schema import outbox
from bot.vault import Vault
from handlers.ports import VersionConflictError
from handlers.subscriptions.wishes import Wish
from handlers.warnings.model import text_of
from handlers.warnings.quota import batches
from handlers.warnings.steps import Actor, RefusedError
from tests.test_evidence import picture
from tests.warning_lab import (
    BOTH,
    OTHER_WRITER,
    REVIEWER,
    SECOND,
    THIRD,
    WRITER,
    Side,
    content,
    openid,
    side,
)
from tests.wechat_lab import Lab, lab


@pytest.fixture
async def service() -> AsyncIterator[Lab]:
    async with lab(kind="service") as found:
        yield found


@pytest.fixture
async def here(
    service: Lab, database: Database, vault: Vault, valkey: Redis, tmp_path: Path
) -> AsyncIterator[Side]:
    found = side(service, database, vault, valkey, tmp_path)
    yield found
    await found.api.close()


def got(found: Lab) -> Counter[str]:
    """How many mass messages each phone holds."""
    return Counter(m.openid for m in found.platform.records.delivered if m.channel == "mass")


async def test_nobody_approves_what_they_wrote_or_edited(here: Side) -> None:
    warning = await here.desk.write(content(), BOTH)
    warning = await here.desk.submit(warning.id, warning.version, BOTH)
    mark = warning.content.fingerprint()
    with pytest.raises(RefusedError, match="自己写的"):
        await here.desk.approve(warning.id, mark, BOTH)
    warning = await here.desk.edit(warning.id, warning.version, content(title="改过的标题"), OTHER_WRITER)
    warning = await here.desk.submit(warning.id, warning.version, WRITER)
    editor = Actor("writer2", ("publisher", "reviewer"))
    with pytest.raises(RefusedError, match="改过的警示"):
        await here.desk.approve(warning.id, warning.content.fingerprint(), editor)
    approved = await here.desk.approve(warning.id, warning.content.fingerprint(), REVIEWER)
    assert approved.state == "approved"


@pytest.mark.parametrize(
    "change",
    [
        {"title": "某品牌奶粉不合格。"},
        {"body": "另一段话，另一段话。"},
        {"category": "medical"},
        {"county": "622921"},
        {"source": "别的来源"},
        {"valid_until": date(2027, 1, 1)},
        {"cover": "0" * 32},
    ],
)
async def test_any_edit_voids_the_approval(here: Side, change: dict[str, Any]) -> None:
    warning = await here.approved()
    edited = await here.desk.edit(warning.id, warning.version, content(**change), WRITER)
    assert (edited.state, edited.approvals) == ("draft", ())
    with pytest.raises(RefusedError):
        await here.desk.schedule(warning.id, None, WRITER)
    again = await here.desk.submit(edited.id, edited.version, WRITER)
    with pytest.raises(RefusedError, match="不是现在的内容"):
        await here.desk.approve(again.id, warning.content.fingerprint(), REVIEWER)
    found = await here.desk.find(warning.id)
    assert found.approvals == ()


async def test_three_steps_by_three_people(
    service: Lab, database: Database, vault: Vault, valkey: Redis, tmp_path: Path
) -> None:
    here = side(service, database, vault, valkey, tmp_path, warning_steps="3")
    warning = await here.desk.write(content(), WRITER)
    warning = await here.desk.submit(warning.id, warning.version, WRITER)
    mark = warning.content.fingerprint()
    for actor, state in ((REVIEWER, "review"), (SECOND, "review"), (THIRD, "approved")):
        warning = await here.desk.approve(warning.id, mark, actor)
        assert warning.state == state
        if state == "review":
            with pytest.raises(RefusedError, match="另一位"):
                await here.desk.approve(warning.id, mark, actor)
    steps = [deed.step for deed in await here.desk.store.history(warning.id) if deed.type == "approved"]
    assert steps == ["初审", "复审", "终审"]
    await here.api.close()


async def test_who_has_no_right_is_refused_on_the_server(here: Side) -> None:
    clerk, warning = Actor("c", ("handler", "registrar", "head", "admin", "auditor")), await here.approved()
    attempts = (
        here.desk.write(content(), clerk),
        here.desk.edit(warning.id, warning.version, content(title="别的标题"), clerk),
        here.desk.schedule(warning.id, None, clerk),
        here.desk.recall(warning.id, clerk),
        here.desk.reject(warning.id, "x", clerk),
        here.desk.unschedule(warning.id, clerk),
        here.desk.schedule(warning.id, None, REVIEWER),
        here.desk.approve(warning.id, warning.content.fingerprint(), WRITER),
    )
    for attempt in attempts:
        with pytest.raises(RefusedError):
            await attempt
    with pytest.raises(RefusedError, match="只有发布员和审核员能试发"):
        await here.desk.test_send(warning.id, clerk)
    assert (await here.desk.find(warning.id)).state == "approved"


async def test_two_clerks_at_once_one_of_them_is_told(here: Side) -> None:
    warning = await here.approved()
    edits = [here.desk.edit(warning.id, warning.version, content(title=f"标题{n}"), WRITER) for n in range(4)]
    results = await asyncio.gather(*edits, return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert all(
        isinstance(r, RefusedError | VersionConflictError) for r in results if isinstance(r, BaseException)
    )


async def test_it_reaches_the_subscribers_of_category_and_county_and_nobody_else(here: Side) -> None:
    await here.subscribe(1, 2)
    await here.subscribe(3, wish=Wish("all", "622900"))
    await here.subscribe(4, wish=Wish("food", "622921"))  # another county
    await here.subscribe(5, wish=Wish("medical", "622901"))  # another category
    sent = await here.send(await here.approved())
    assert sent.state == "sent"
    assert got(here.lab) == {openid(1): 1, openid(2): 1, openid(3): 1}
    message = here.lab.platform.records.delivered[-1]
    assert message.content["content"] == text_of(content())


async def test_what_wechat_says_of_the_job_is_kept(here: Side) -> None:
    await here.subscribe(1, 2, 3)
    here.lab.platform.followers.unfollow(openid(3))
    sent = await here.send(await here.approved())
    batch = (await here.desk.broadcast.batches.of(sent.id))[0]
    told = {"MsgID": str(batch.msg_id), "Status": "send success", "TotalCount": "3", "SentCount": "2"}
    await here.results.finished(told | {"FilterCount": "2", "ErrorCount": "0"})
    batch = (await here.desk.broadcast.batches.of(sent.id))[0]
    assert (batch.state, batch.total, batch.delivered, batch.failed) == ("done", 3, 2, 0)


async def test_a_result_that_comes_before_the_job_number_waits_for_it(here: Side) -> None:
    first = next(iter(here.lab.platform.mass.jobs), here.lab.platform.mass._next)
    told = {"MsgID": str(first), "Status": "send success", "TotalCount": "2", "SentCount": "2"}
    await here.results.finished(told)
    await here.subscribe(1, 2)
    sent = await here.send(await here.approved())
    batch = (await here.desk.broadcast.batches.of(sent.id))[0]
    assert (batch.state, batch.delivered) == ("done", 2)


async def test_the_fifth_message_of_a_month_goes_another_way(here: Side) -> None:
    await here.subscribe(1, 2)
    for _ in range(4):
        await here.send(await here.approved())
    await here.subscribe(3, 4)
    warning = await here.approved()
    plan = await here.desk.plan(warning.content)
    assert (plan.mass, plan.later) == (2, 2)
    assert "4条" in plan.why
    await here.send(warning)
    assert got(here.lab) == {openid(1): 4, openid(2): 4, openid(3): 1, openid(4): 1}
    assert await _queued(here) == 2


async def test_with_a_cover_it_goes_as_an_article_made_once(here: Side, tmp_path: Path, vault: Vault) -> None:
    await here.subscribe(1, 2, 3)
    cover = await Covers(tmp_path, vault).keep(picture())
    warning = await here.approved(cover=cover, body="停止食用<script>alert(1)</script>，找商家退货。")
    here.lab.platform.faults.add("/cgi-bin/message/mass/send", "code", code=-1)
    assert (await here.send(warning)).state == "sending"
    await here.desk.broadcast.run_once()
    assert (await here.desk.find(warning.id)).state == "sent"
    message = here.lab.platform.records.delivered[-1]
    assert (message.msgtype, message.content["articles"][0]["title"]) == ("mpnews", content().title)
    (draft,) = here.lab.platform.drafts.values()
    assert "<script>" not in draft[0]["content"]
    assert "&lt;script&gt;" in draft[0]["content"]
    assert got(here.lab) == {openid(1): 1, openid(2): 1, openid(3): 1}


async def _queued(here: Side, state: str = "new") -> int:
    wanted = select(outbox.c.user).where(outbox.c.kind == "mass", outbox.c.state == state)
    async with here.desk.store.database.read() as connection:
        return len((await connection.execute(wanted)).all())


async def test_not_verified_everything_goes_one_by_one(
    database: Database, vault: Vault, valkey: Redis, tmp_path: Path
) -> None:
    async with lab(kind="subscription", verified=False) as found:
        here = side(found, database, vault, valkey, tmp_path)
        await here.subscribe(1, 2, 3)
        sent = await here.send(await here.approved())
        assert sent.state == "sent"
        assert (got(found), await _queued(here)) == ({}, 3)
        await here.api.close()


async def test_a_subscription_account_has_one_call_a_day(
    database: Database, vault: Vault, valkey: Redis, tmp_path: Path
) -> None:
    async with lab(kind="subscription") as found:
        here = side(found, database, vault, valkey, tmp_path)
        await here.subscribe(1, 2)
        await here.send(await here.approved())
        plan = await here.desk.plan(content())
        assert (plan.mass, plan.later) == (0, 2)
        found.clock.move(timedelta(days=1))
        plan = await here.desk.plan(content())
        assert (plan.mass, plan.later) == (2, 0)
        await here.api.close()


@pytest.mark.parametrize("trouble", ["cut_after", "cut", "timeout"])
async def test_a_call_that_breaks_off_is_repeated_and_nobody_gets_it_twice(here: Side, trouble: Any) -> None:
    await here.subscribe(1, 2, 3)
    warning = await here.approved()
    here.lab.platform.faults.add(
        "/cgi-bin/message/mass/send", trouble, seconds=30 if trouble == "timeout" else 0
    )
    if trouble == "timeout":
        here.lab.platform.faults.clear()
        here.lab.platform.faults.add("/cgi-bin/message/mass/send", "code", code=-1)
    waiting = await here.send(warning)
    assert waiting.state == "sending"
    await here.desk.broadcast.run_once()
    assert (await here.desk.find(warning.id)).state == "sent"
    assert got(here.lab) == {openid(1): 1, openid(2): 1, openid(3): 1}


async def test_after_a_day_nobody_knows_and_it_is_not_sent_again(here: Side) -> None:
    await here.subscribe(1, 2)
    warning = await here.approved()
    here.lab.platform.faults.add("/cgi-bin/message/mass/send", "cut_after")
    await here.send(warning)
    here.lab.clock.move(timedelta(hours=25))
    await here.desk.broadcast.run_once()
    batch = (await here.desk.broadcast.batches.of(warning.id))[0]
    assert (batch.state, (await here.desk.find(warning.id)).state) == ("unknown", "sent")
    assert got(here.lab) == {openid(1): 1, openid(2): 1}


async def test_scheduled_is_sent_when_its_time_comes(here: Side) -> None:
    await here.subscribe(1, 2)
    warning = await here.approved()
    await here.desk.schedule(warning.id, here.lab.clock.now() + timedelta(hours=3), WRITER)
    assert not await here.desk.broadcast.run_once()
    here.lab.clock.move(timedelta(hours=4))
    assert await here.desk.broadcast.run_once()
    assert got(here.lab) == {openid(1): 1, openid(2): 1}


async def test_recalled_before_it_is_sent_it_never_goes(here: Side) -> None:
    await here.subscribe(1, 2)
    warning = await here.approved()
    await here.desk.schedule(warning.id, here.lab.clock.now() + timedelta(hours=3), WRITER)
    await here.desk.recall(warning.id, WRITER)
    here.lab.clock.move(timedelta(hours=4))
    assert not await here.desk.broadcast.run_once()
    assert got(here.lab) == {}
    with pytest.raises(RefusedError):
        await here.desk.recall(warning.id, WRITER)


async def test_recalled_while_it_waits_in_the_outbox_it_stays_there(
    database: Database, vault: Vault, valkey: Redis, tmp_path: Path
) -> None:
    async with lab(kind="subscription") as found:
        here = side(found, database, vault, valkey, tmp_path)
        await here.subscribe(1)  # a single person: no mass call
        warning = await here.approved()
        await here.desk.schedule(warning.id, None, WRITER)
        id = await here.desk.broadcast.batches.claim("t", found.clock.now())
        assert id == warning.id
        await here.desk.broadcast._start(await here.desk.find(warning.id))
        for batch in await here.desk.broadcast.batches.of(warning.id):
            await here.desk.broadcast.calls._one_by_one(warning, batch)
        await here.desk.recall(warning.id, WRITER)
        assert (await _queued(here), await _queued(here, DEAD)) == (0, 1)
        await here.api.close()


async def test_past_its_validity_it_is_not_sent(here: Side) -> None:
    await here.subscribe(1, 2)
    warning = await here.approved(valid_until=date(2026, 11, 25))
    with pytest.raises(RefusedError, match="有效期"):
        await here.desk.schedule(warning.id, here.lab.clock.now() + timedelta(days=3), WRITER)
    await here.desk.schedule(warning.id, here.lab.clock.now() + timedelta(hours=1), WRITER)
    here.lab.clock.move(timedelta(days=3))  # the service was down
    await here.desk.broadcast.run_once()
    found = await here.desk.find(warning.id)
    assert (found.state, got(here.lab)) == ("recalled", {})


async def test_two_replicas_send_each_call_once(
    service: Lab, database: Database, vault: Vault, valkey: Redis, tmp_path: Path
) -> None:
    one, two = (side(service, database, vault, valkey, tmp_path) for _ in range(2))
    await one.subscribe(*range(8))
    for _ in range(3):
        warning = await one.approved()
        await one.desk.schedule(warning.id, None, WRITER)
    for _ in range(4):
        await asyncio.gather(one.desk.broadcast.run_once(), two.desk.broadcast.run_once())
    assert got(service) == {openid(n): 3 for n in range(8)}
    assert len(service.platform.mass.jobs) == 3
    await one.api.close()
    await two.api.close()


async def test_a_clerk_sees_it_on_their_own_phone(here: Side) -> None:
    warning = await here.desk.write(content(), WRITER)
    with pytest.raises(RefusedError, match="绑定"):
        await here.desk.test_send(warning.id, WRITER)
    code = await here.desk.bindings.new_code("writer")
    here.lab.platform.followers.follow(openid(7))
    assert not await here.desk.bindings.bind(
        "00000000" if code != "00000000" else "1" * 8, openid(7), here.lab.clock.now()
    )
    assert await here.desk.bindings.bind(code, openid(7), here.lab.clock.now())
    assert not await here.desk.bindings.bind(code, openid(8), here.lab.clock.now())
    await here.desk.test_send(warning.id, WRITER)
    seen = [m for m in here.lab.platform.records.delivered if m.openid == openid(7)]
    assert len(seen) == 1
    assert text_of(content()) in seen[0].content["content"]


@pytest.mark.parametrize("people", [0, 1, 2, 9_999, 10_000, 10_001, 10_002, 20_001, 100_000])
def test_calls_have_two_to_ten_thousand_people(people: int) -> None:
    sizes = batches(people)
    assert sum(sizes) == (people if people > 1 else 0)
    assert all(2 <= size <= 10_000 for size in sizes)
