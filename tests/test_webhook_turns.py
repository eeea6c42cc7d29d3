"""Redeliveries share one result, a user's messages go one at a time in order, no answer passes 4.5 s."""

import asyncio
import os
import signal
import time
from urllib.parse import urlencode

from redis.asyncio import Redis

from bot.turns.line import Lines
from bot.turns.store import LEASE_MS
from bot.valkey import ValkeyServer
from handlers.deps import Understand
from intents.decision import Context, Decision
from tests.fixtures_wechat import Parrot, Serve, slow
from tests.wechat_signing import USER, WeChat

PROMISE = 4.5


async def names(valkey: Redis, pattern: str) -> list[str]:
    return [key.decode() if isinstance(key, bytes) else key for key in await valkey.keys(pattern)]


async def test_three_deliveries_are_one_run_with_one_answer(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot)
    xml = wechat.message(Content="一")
    assert [(await wechat.deliver(xml)).text for _ in range(3)] == ["一"] * 3
    assert parrot.heard == ["一"]
    assert await wechat.counted("linxia_shared_results") == 2


async def test_deliveries_at_the_same_time_are_one_run(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot, parts={"wrap": slow(0.3)})
    xml = wechat.message(Content="一")
    answers = await asyncio.gather(*(wechat.deliver(xml) for _ in range(5)))
    assert [answer.text for answer in answers] == ["一"] * 5
    assert parrot.heard == ["一"]


async def test_deliveries_to_two_replicas_are_one_run(serve: Serve, parrot: Parrot) -> None:
    here, there = (
        await serve(brain=parrot, parts={"wrap": slow(0.5)}),
        await serve(brain=parrot, parts={"wrap": slow(0.5)}),
    )
    xml = here.message(Content="一")
    answers = await asyncio.gather(here.deliver(xml), there.deliver(xml), here.deliver(xml))
    assert [answer.text for answer in answers] == ["一"] * 3
    assert parrot.heard == ["一"]


async def test_events_are_told_apart_by_sender_time_and_name(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot)
    now = int(time.time())
    events = [
        wechat.message("event", Event="subscribe", EventKey="", CreateTime=now),
        wechat.message("event", Event="subscribe", EventKey="", CreateTime=now),
        wechat.message("event", Event="subscribe", EventKey="", CreateTime=now - 1),
        wechat.message("event", Event="SCAN", EventKey="1", CreateTime=now),
        wechat.message("event", Event="SCAN", EventKey="2", CreateTime=now),
        wechat.message("event", user="oAnother", Event="SCAN", EventKey="2", CreateTime=now),
    ]
    assert all([(await wechat.deliver(xml)).text for xml in events])
    assert await wechat.counted("linxia_messages") == 5


async def test_a_silent_result_is_shared_as_silence(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot)
    xml = wechat.message("event", Event="VIEW", EventKey="https://x")
    assert [(await wechat.deliver(xml)).body for _ in range(3)] == ["success"] * 3
    assert await wechat.counted("linxia_messages") == 1


async def test_a_slow_answer_reaches_the_citizen_on_the_retry(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot, parts={"wrap": slow(6)})
    xml = wechat.message(Content="一")
    first = await wechat.deliver(xml)
    assert (first.status, first.body) == (503, "")  # not 200: that would end WeChat's retries
    assert first.seconds < PROMISE
    second = await wechat.deliver(xml)
    assert second.text == "一"
    assert second.seconds < 3
    assert parrot.heard == ["一"]


async def test_the_last_delivery_says_so_and_the_next_contact_brings_it(serve: Serve, parrot: Parrot) -> None:
    def first_one_slow(understand: Understand) -> Understand:
        async def wait(text: str, context: Context) -> Decision:
            await asyncio.sleep(14 if text == "慢" else 0)
            return await understand(text, context)

        return wait

    wechat = await serve(brain=parrot, parts={"wrap": first_one_slow})
    xml = wechat.message(Content="慢")
    answers = [await wechat.deliver(xml) for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert all(answer.seconds < PROMISE for answer in answers)
    assert "回复任意内容" in (answers[2].text or "")
    await asyncio.sleep(1)  # the answer comes after WeChat has stopped asking
    told = await wechat.say("来了吗")
    assert told == "您刚才问的，查到了：\n慢\n\n来了吗"
    assert await wechat.say("在吗") == "在吗"  # told once
    assert parrot.heard == ["慢", "来了吗", "在吗"]


async def test_ten_messages_at_once_are_handled_in_order_of_arrival(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot, parts={"wrap": slow(0.02)})
    said = [str(number) for number in range(10)]
    assert await said_at_once(wechat, said) == said
    assert parrot.heard == said


async def said_at_once(wechat: WeChat, texts: list[str]) -> list[str]:
    """Ten open connections, ten requests written in one breath: the network cannot change their order."""
    host, port = wechat.url.removeprefix("http://").split(":")
    ways = [await asyncio.open_connection(host, int(port)) for _ in texts]
    for text, (_, writer) in zip(texts, ways, strict=True):
        query, body = wechat.envelope(wechat.message(Content=text))
        head = f"POST /wechat?{urlencode(query)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answers = []
    for reader, writer in ways:
        answers.append((await reader.read()).decode().split("\r\n\r\n", 1)[1])
        writer.close()
        await writer.wait_closed()
    return [wechat.open(answer)["Content"] for answer in answers]


async def arrived(valkey: Redis, count: int) -> None:
    for _ in range(2000):
        if len(await names(valkey, "lx:message:*")) >= count:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(count)


async def test_ten_messages_over_two_replicas_are_handled_in_order(
    serve: Serve, parrot: Parrot, valkey: Redis
) -> None:
    replicas = [await serve(brain=parrot, parts={"wrap": slow(0.3)}) for _ in range(2)]
    said, sent = [str(number) for number in range(10)], list[asyncio.Task[str]]()
    for number, text in enumerate(said):
        sent.append(asyncio.create_task(replicas[number % 2].say(text)))
        await arrived(valkey, number + 1)  # long before it is its turn
    assert await asyncio.gather(*sent) == said
    assert parrot.heard == said


async def test_one_message_at_a_time_but_only_per_user(serve: Serve, parrot: Parrot) -> None:
    busy: set[str] = set()
    most = 0

    def watched(understand: Understand) -> Understand:
        async def wait(text: str, context: Context) -> Decision:
            nonlocal most
            user = text[0]
            assert user not in busy
            busy.add(user)
            most = max(most, len(busy))
            await asyncio.sleep(0.05)
            busy.discard(user)
            return await understand(text, context)

        return wait

    wechat = await serve(brain=parrot, parts={"wrap": watched})
    await asyncio.gather(*(wechat.say(f"{user}{n}", user=f"o{user}") for n in range(4) for user in "abcde"))
    assert most == 5
    assert len(parrot.heard) == 20


async def test_a_message_reads_what_the_one_before_it_left(serve: Serve, parrot: Parrot) -> None:
    """Ten times “更多” at once shows ten different pages."""
    wechat = await serve(brain=parrot)
    await wechat.say("\n".join("页" * 600 for _ in range(3)))
    pages = await asyncio.gather(*(wechat.say("更多") for _ in range(4)))
    assert sum("发完了" in page for page in pages) == 2
    assert "发完了" not in pages[0] + pages[1]


async def test_a_killed_replica_holds_nobody_up_for_long(serve: Serve, parrot: Parrot, valkey: Redis) -> None:
    """What a SIGKILL leaves in Redis: a ticket at the head of the line whose lease nobody renews."""
    wechat = await serve(brain=parrot)
    await wechat.say("前")
    (rate,) = await names(valkey, "lx:rate:*")
    user = rate.rsplit(":", 1)[1]
    await valkey.rpush(f"lx:line:{user}", "ticket-of-the-dead")
    await valkey.set("lx:lease:ticket-of-the-dead", "1", px=1500)
    began = time.perf_counter()
    assert await wechat.say("后") == "后"
    assert 1.0 < time.perf_counter() - began < LEASE_MS / 1000


async def test_a_message_whose_process_died_is_run_by_the_next_delivery(
    serve: Serve, parrot: Parrot, valkey: Redis
) -> None:
    wechat = await serve(brain=parrot)
    xml = wechat.message(Content="一")
    await wechat.deliver(xml)
    (key,) = await valkey.keys("lx:message:*")
    await valkey.hdel(key, "result")  # claimed, never committed
    assert (await wechat.deliver(xml)).text == "一"
    assert parrot.heard == ["一", "一"]


async def test_a_claim_that_was_taken_over_is_not_committed(
    serve: Serve, parrot: Parrot, valkey: Redis
) -> None:
    """A process that stood still past its lease wakes up: its result must not overwrite anything."""
    here, there = (
        await serve(brain=parrot, parts={"wrap": slow(1.0)}),
        await serve(brain=parrot, parts={"wrap": slow(0.1)}),
    )
    xml = here.message(Content="一")
    stalled = asyncio.create_task(here.deliver(xml))
    await asyncio.sleep(0.3)
    for lease in await valkey.keys("lx:lease:*"):
        await valkey.delete(lease)
    assert (await there.deliver(xml)).text == "一"
    assert (await stalled).text == "一"
    assert await here.counted("linxia_messages") + await there.counted("linxia_messages") == 1


async def test_valkey_killed_and_restarted_loses_nothing_that_was_acknowledged(
    serve: Serve, parrot: Parrot, valkey: Redis, valkey_server: ValkeyServer
) -> None:
    wechat = await serve(brain=parrot)
    await wechat.say("\n".join("页" * 600 for _ in range(3)))
    xml = wechat.message(Content="更多")
    page = (await wechat.deliver(xml)).text
    assert valkey_server.pid is not None
    os.kill(valkey_server.pid, signal.SIGKILL)
    await asyncio.to_thread(valkey_server.start)
    assert (await wechat.deliver(xml)).text == page
    last = await wechat.say("更多")
    assert last not in (page, "")
    assert "发完了" in await wechat.say("更多")


async def test_a_message_during_an_outage_is_answered_when_valkey_is_back(
    serve: Serve, parrot: Parrot, valkey: Redis, valkey_server: ValkeyServer
) -> None:
    wechat = await serve(brain=parrot)
    assert valkey_server.pid is not None
    os.kill(valkey_server.pid, signal.SIGKILL)
    sent = asyncio.create_task(wechat.say("你好"))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(valkey_server.start)
    assert await sent == "你好"
    assert parrot.heard == ["你好"]


async def test_while_valkey_is_away_wechat_is_asked_to_come_again(
    serve: Serve, parrot: Parrot, valkey: Redis, valkey_server: ValkeyServer
) -> None:
    wechat = await serve(brain=parrot)
    xml = wechat.message(Content="你好")
    valkey_server.stop()
    answer = await wechat.deliver(xml)
    assert (answer.status, answer.body) == (503, "")
    assert answer.seconds < PROMISE
    assert (await wechat.get("/readyz"))[0] == 503
    assert (await wechat.get("/healthz"))[0] == 200
    await asyncio.to_thread(valkey_server.start)
    assert (await wechat.deliver(xml)).text == "你好"
    assert (await wechat.get("/readyz"))[0] == 200


async def test_no_personal_data_in_redis(serve: Serve, valkey: Redis, valkey_server: ValkeyServer) -> None:
    wechat = await serve()
    await wechat.say("我叫马小花，电话13993012345，几点上班")
    await wechat.say("几点上班")
    keys = await names(valkey, "*")
    assert any(key.startswith("lx:session:") for key in keys)
    stored = b"".join(path.read_bytes() for path in valkey_server.folder.rglob("*") if path.is_file())
    for secret in (USER, "马小花", "13993012345", "8:30", "8：30"):
        assert secret not in "".join(keys)
        assert secret.encode() not in stored
    for key in keys:
        assert await valkey.ttl(key) > 0 or key.startswith("lx:lease"), key


async def test_lines_are_forgotten_when_they_are_empty() -> None:
    lines = Lines()
    order: list[int] = []

    async def pass_through(number: int) -> None:
        async with lines.arrival("user") as line:
            spot = line.join()
        with spot:
            await spot.called.wait()
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(pass_through(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert len(lines) == 0


async def test_a_line_goes_on_when_someone_in_it_fails() -> None:
    lines = Lines()

    async def fail() -> None:
        async with lines.arrival("user") as line:
            spot = line.join()
        with spot:
            await spot.called.wait()
            raise ValueError

    results = await asyncio.gather(fail(), fail(), return_exceptions=True)
    assert all(isinstance(result, ValueError) for result in results)
    assert len(lines) == 0
