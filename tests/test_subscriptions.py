"""Subscribing by chat through the signed webhook; the tags of the local WeChat follow. Both databases."""

import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.app import create_app
from bot.brain import Brain
from bot.broadcast.tags import TagSync
from bot.clerk_parts import CLERKS
from bot.store.database import Database
from bot.store.subscriptions import SubscriptionStore
from bot.valkey import ValkeyServer
from bot.vault import Vault
from bot.wechat_server import Phone
from handlers.subscriptions.reading import categories_in, places_in
from handlers.subscriptions.wishes import Wish, added, lines, tags, tidy, without
from tests.desk_lab import *  # noqa: F403
from tests.desk_lab import service_settings
from tests.staff_lab import Site, site_of
from tests.warning_lab import openid
from tests.wechat_lab import ALI, Lab, client

WHOLE, CITY, COUNTY = "622900", "622901", "622921"
AT = datetime.fromisoformat("2026-11-24T09:00:00+08:00")


@pytest.fixture
async def chat(
    sql_url: str, wechat_lab: Lab, valkey: Redis, valkey_server: ValkeyServer, small_brain: Brain
) -> AsyncIterator[Site]:
    """The service over either database, with a citizen's telephone at its other end."""
    with tempfile.TemporaryDirectory() as folder:
        settings = service_settings(wechat_lab.settings(Path(folder)), wechat_lab.platform.account)
        settings = settings.model_copy(update={"database_url": sql_url})
        app = create_app(settings, redis_url=valkey_server.url, brain=small_brain, clock=wechat_lab.clock)
        async with site_of(app) as site:
            wechat_lab.platform.webhook.url = f"{site.base}/wechat"
            wechat_lab.platform.followers.follow(ALI)
            yield site


async def say(lab: Lab, text: str) -> str:
    delivery = await Phone(lab.platform).text(ALI, text)
    return delivery.text


async def wishes(chat: Site) -> tuple[str, ...]:
    return lines(await chat.app[CLERKS].subscriptions.of(ALI))


async def test_by_numbers_several_at_once(chat: Site, wechat_lab: Lab) -> None:
    asked = await say(wechat_lab, "订阅")
    assert "1 食品" in asked
    assert "9 全部" in asked
    where = await say(wechat_lab, "1 3 5")
    assert "9 全州" in where
    done = await say(wechat_lab, "1、3")
    assert "食品（临夏市、康乐县）" in done
    assert await wishes(chat) == (
        "食品（临夏市、康乐县）",
        "特种设备（临夏市、康乐县）",
        "日用消费品（临夏市、康乐县）",
    )


async def test_by_name_in_one_sentence(chat: Site, wechat_lab: Lab) -> None:
    assert "订好了" in await say(wechat_lab, "康乐县的食品警示给我订上")
    assert await wishes(chat) == ("食品（康乐县）",)


async def test_seen_changed_and_ended_with_one_word(chat: Site, wechat_lab: Lab) -> None:
    assert "还没有订阅" in await say(wechat_lab, "订阅了什么")
    await say(wechat_lab, "订阅")
    await say(wechat_lab, "9")
    await say(wechat_lab, "全州")
    assert "全部（全州）" in await say(wechat_lab, "我的订阅")
    left = await say(wechat_lab, "退订食品")
    assert "还留着" in left
    assert "食品（" not in left.split("还留着")[1]
    assert "已经全部退订" in await say(wechat_lab, "退订")
    assert await wishes(chat) == ()
    assert "没有订阅" in await say(wechat_lab, "退订")


async def test_a_wrong_number_is_asked_again_and_another_question_is_answered(
    chat: Site, wechat_lab: Lab
) -> None:
    await say(wechat_lab, "订阅")
    assert "没看懂" in await say(wechat_lab, "12 77")
    assert "没看懂" in await say(wechat_lab, "0")
    assert "08:30" in await say(wechat_lab, "你们几点上班")
    assert await wishes(chat) == ()
    await say(wechat_lab, "订阅")
    assert "不订了" in await say(wechat_lab, "取消")


async def test_by_the_menu(chat: Site, wechat_lab: Lab) -> None:
    delivery = await Phone(wechat_lab.platform).click(ALI, "do:subscribe")
    assert "1 食品" in delivery.text


async def test_who_leaves_the_account_is_forgotten(chat: Site, wechat_lab: Lab) -> None:
    await say(wechat_lab, "订阅食品，临夏市")
    assert await chat.app[CLERKS].subscriptions.size("food", CITY) == 1
    await Phone(wechat_lab.platform).unfollow(ALI)
    assert await wishes(chat) == ()
    assert await chat.app[CLERKS].subscriptions.size("food", CITY) == 0


async def test_an_answer_that_did_not_please_is_kept_for_the_clerks(chat: Site, wechat_lab: Lab) -> None:
    await say(wechat_lab, "你们几点上班")
    assert "记下来" in await say(wechat_lab, "答非所问")
    await say(wechat_lab, "火星上有没有市场监管局的分局")
    questions = await chat.app[CLERKS].questions.open()
    assert {(q.text, q.kind) for q in questions} >= {("你们几点上班", "disliked")}
    found = next(q for q in questions if q.kind == "disliked")
    assert found.entry == "guide.office.hours"
    async with chat.app[CLERKS].questions.database.read() as connection:
        from bot.store.knowledge_tables import questions as table

        blobs = [row.blob for row in await connection.execute(table.select())]
    assert all("上班".encode() not in blob for blob in blobs)


# ── WeChat's tags ──


@pytest.fixture
async def tagging(
    wechat_lab: Lab, database: Database, vault: Vault, valkey: Redis, tmp_path: Path
) -> AsyncIterator[tuple[SubscriptionStore, TagSync]]:
    api, store = client(wechat_lab, valkey, tmp_path), SubscriptionStore(database, vault)
    yield store, TagSync(store, api)
    await api.close()


def worn(lab: Lab, person: str) -> set[str]:
    return {lab.platform.tags.names[tag] for tag in lab.platform.followers.people[person].tags}


async def test_tags_follow_the_wishes_fifty_people_a_call(
    tagging: tuple[SubscriptionStore, TagSync], wechat_lab: Lab
) -> None:
    store, sync = tagging
    for number in range(120):
        wechat_lab.platform.followers.follow(openid(number))
        await store.replace(openid(number), frozenset({Wish("food", CITY)}), AT)
    assert await sync.round() == 120
    assert all(worn(wechat_lab, openid(n)) == {"食品", "临夏市"} for n in range(120))
    calls = [c for c in wechat_lab.platform.records.calls if c.path.endswith("batchtagging")]
    assert len(calls) == 6
    assert max(len(call.body["openid_list"]) for call in calls) == 50
    assert await sync.round() == 0
    await store.replace(openid(7), frozenset({Wish("medical", COUNTY)}), AT)
    await store.replace(openid(8), frozenset(), AT)
    await sync.round()
    assert worn(wechat_lab, openid(7)) == {"药品医疗器械化妆品", "临夏县"}
    assert worn(wechat_lab, openid(8)) == set()


async def test_somebody_who_left_does_not_keep_the_others_from_their_tags(
    tagging: tuple[SubscriptionStore, TagSync], wechat_lab: Lab
) -> None:
    store, sync = tagging
    for number in range(60):
        wechat_lab.platform.followers.follow(openid(number))
        await store.replace(openid(number), frozenset({Wish("food", CITY)}), AT)
    for number in (3, 17, 55):
        wechat_lab.platform.followers.unfollow(openid(number))
    await sync.round()
    for number in range(60):
        gone = number in (3, 17, 55)
        assert worn(wechat_lab, openid(number)) == (set() if gone else {"食品", "临夏市"})
        assert bool(await store.of(openid(number))) != gone


async def test_a_broken_round_is_made_up_for_by_the_next(
    tagging: tuple[SubscriptionStore, TagSync], wechat_lab: Lab
) -> None:
    from bot.wechat_api import WeChatError

    store, sync = tagging
    for number in range(80):
        wechat_lab.platform.followers.follow(openid(number))
        await store.replace(openid(number), frozenset({Wish("all", WHOLE)}), AT)
    wechat_lab.platform.faults.add("/cgi-bin/tags/members/batchtagging", "code", code=-1, times=20)
    with pytest.raises(WeChatError):
        await sync.round()
    wechat_lab.platform.faults.clear()
    assert await sync.round() == 80
    assert all(worn(wechat_lab, openid(n)) == {"全部", "全州"} for n in range(80))


# ── pure ──


def test_nobody_needs_more_tags_than_a_user_may_have() -> None:
    from config.warnings import warning_rules

    rules = warning_rules()
    everything = {Wish(c, p) for c in rules.categories for p in rules.places if c != "all" and p != WHOLE}
    assert len(tags(frozenset(everything))) <= 18
    names = [*(each.name for each in rules.categories.values()), *(p.name for p in rules.places.values())]
    assert all(len(name.encode()) <= 30 for name in names)
    assert len(set(names)) == len(names) == 18


def test_a_wider_wish_contains_the_narrower_ones() -> None:
    held = added(frozenset({Wish("food", CITY)}), ["all"], [WHOLE])
    assert held == {Wish("all", WHOLE)}
    assert tidy([Wish("food", CITY), Wish("food", COUNTY)]) == {Wish("food", CITY), Wish("food", COUNTY)}
    seven = without(held, ["food"])
    assert len(seven) == 7
    assert without(seven, ["food"]) == seven
    assert without(held, ["all"]) == frozenset()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 3 5", ("food", "equipment", "daily")),
        ("135", ("food", "equipment", "daily")),
        ("１、３和５", ("food", "equipment", "daily")),
        ("①③", ("food", "equipment")),
        ("选1和4", ("food", "children")),
        ("三", ("equipment",)),
        ("儿童用品", ("children",)),
        ("吃的和娃娃用的", ("food", "children")),
        ("全都要", ("all",)),
        ("老汉的", ("elderly",)),
        ("0", ()),
        ("13911112222", ()),
        ("几点上班", ()),
    ],
)
def test_categories_as_people_write_them(text: str, found: tuple[str, ...]) -> None:
    assert categories_in(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1", (CITY,)),
        ("1 2", (CITY, COUNTY)),
        ("9", (WHOLE,)),
        ("东乡", ("622926",)),
        ("积石山县和临夏县", (COUNTY, "622927")),
        ("全州", (WHOLE,)),
        ("临夏", ()),
    ],
)
def test_places_as_people_write_them(text: str, found: tuple[str, ...]) -> None:
    assert places_in(text) == found
