"""`/healthz`, `/readyz`, `/metrics`: what a watcher gets to see."""

from tests.fixtures_wechat import Parrot, Serve
from tests.wechat_signing import USER, WeChat


async def test_alive_and_ready(serve: Serve, parrot: Parrot) -> None:
    wechat = await serve(brain=parrot)
    assert await wechat.get("/healthz") == (200, '{"alive": true}')
    status, body = await wechat.get("/readyz")
    assert status == 200
    assert body == '{"redis": true, "sql": true, "knowledge": true}'


async def test_not_ready_without_knowledge(serve: Serve) -> None:
    class Empty(Parrot):
        async def ready(self) -> bool:
            return False

    wechat = await serve(brain=Empty())
    status, body = await wechat.get("/readyz")
    assert status == 503
    assert '"knowledge": false' in body


async def test_the_measures_tell_kinds_intents_latencies_and_declines(wechat: WeChat) -> None:
    await wechat.say("几点上班")
    await wechat.say("驾照到期去哪换")
    await wechat.deliver(wechat.message("image", MediaId="m", PicUrl="http://x"))
    xml = wechat.message("event", Event="VIEW", EventKey="x")
    await wechat.deliver(xml)
    await wechat.deliver(xml)
    _, text = await wechat.get("/metrics")
    for line in (
        'linxia_messages_total{intent="faq",kind="text"} 1.0',
        'linxia_messages_total{intent="oos",kind="text"} 1.0',
        'linxia_messages_total{intent="media",kind="image"} 1.0',
        'linxia_messages_total{intent="none",kind="event"} 1.0',
        'linxia_answer_seconds_count{status="200"} 5.0',
        'linxia_store_seconds_count{operation="commit",store="redis"} 4.0',
        "linxia_declined_total 1.0",
        "linxia_shared_results_total 1.0",
        "linxia_messages_in_flight 0.0",
    ):
        assert line in text
    assert USER not in text
    assert "驾照" not in text
