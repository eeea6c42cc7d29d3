"""Knowledge that changes while two replicas run: at once by the patch, for good once it is fitted anew."""

import asyncio
from collections.abc import AsyncIterator
from copy import copy
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.brain import Brain
from bot.living.desk import EntryDesk, RefusedEntryError
from bot.living.knowledge import LivingKnowledge
from bot.store.database import Database
from bot.store.entry_versions import ConflictError, EntryVersions
from config.settings import Settings
from intents.decision import Context
from knowledge.entries import Entry, Source
from knowledge.own_rules import differences
from tests.desk_lab import *  # noqa: F403

NEW = "院子里能不能停三轮车"
PARKING = Entry(
    id="guide.office.parking",
    intent="faq",
    title="停车",
    answer="停车请先打0930-6216381问。",
    wordings=(
        NEW,
        "停车场在哪里",
        "三轮车放你们院子里可以吗",
        "尕三轮停院子里成不成",
        "电动三轮车停院里让不让",
        "院里停三轮车有人管吗",
        "三轮摩托能不能停进院子",
        "拉货的三轮车停在院子里行吗",
    ),
    sources=(Source(document="guide", lines=(28, 29, 30)),),
)


class Clock:
    """A day that the test sets."""

    def __init__(self) -> None:
        self.moment = datetime.fromisoformat("2026-11-24T09:00:00+08:00")

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def replicas(
    database: Database, small_brain: Brain, tmp_path: Path, clock: Clock
) -> AsyncIterator[tuple[EntryDesk, EntryDesk]]:
    """Two processes' worth of it over one database."""
    made = []
    for number in range(2):
        versions = EntryVersions(database)
        settings = Settings(data_dir=tmp_path / str(number))
        living = LivingKnowledge(copy(small_brain), versions, settings, clock)
        made.append(EntryDesk(living, versions, clock))
    yield made[0], made[1]
    for desk in made:
        await desk.living.close()


async def entry_for(desk: EntryDesk, text: str) -> str:
    decision = await desk.living.brain.understand(text, Context())
    return decision.hits[0].entry if decision.hits else ""


async def test_a_new_entry_answers_in_the_other_replica_with_its_next_look(
    replicas: tuple[EntryDesk, EntryDesk],
) -> None:
    here, there = replicas
    assert await entry_for(there, NEW) != PARKING.id
    await here.save(PARKING, 0, "s1")
    assert await entry_for(here, NEW) == PARKING.id
    assert await there.living.poll()
    assert await entry_for(there, NEW) == PARKING.id
    assert await entry_for(there, "院子里能不能停三轮车呢") == PARKING.id  # nearly the same
    assert "0930-6216381" in (await there.try_out(None, [NEW]))[0].answer
    assert not await there.living.poll()


async def test_an_edited_answer_is_given_and_a_withdrawn_entry_is_not(
    replicas: tuple[EntryDesk, EntryDesk], clock: Clock
) -> None:
    here, there = replicas
    entry = here.find("guide.office.hours")
    assert entry
    text = "工作日上午08:30-12:00，下午14:30-18:00（法定节假日、公休日除外）。"
    await here.save(entry.model_copy(update={"answer": text}), 0, "s1")
    await there.living.poll()
    assert (await there.try_out(None, ["你们几点上班"]))[0].answer.startswith(text)
    seen = await here.versions.last_of(entry.id)
    await here.save(entry.model_copy(update={"valid_until": date(2026, 11, 25)}), seen, "s1")
    await there.living.poll()
    assert await entry_for(there, "你们几点上班") == entry.id
    clock.moment += timedelta(days=2)
    await there.living.poll()
    assert await entry_for(there, "你们几点上班") != entry.id


async def test_of_two_clerks_who_change_an_entry_one_is_told(replicas: tuple[EntryDesk, EntryDesk]) -> None:
    here, there = replicas
    one, two = (PARKING.model_copy(update={"title": title}) for title in ("停车一", "停车二"))
    results = await asyncio.gather(here.save(one, 0, "a"), there.save(two, 0, "b"), return_exceptions=True)
    assert sum(isinstance(result, ConflictError) for result in results) == 1
    assert len(await here.versions.history(PARKING.id)) == 1


async def test_what_fails_the_check_is_not_stored(replicas: tuple[EntryDesk, EntryDesk]) -> None:
    here, _ = replicas
    wrong = (
        PARKING.model_copy(update={"answer": "停车场有45个车位。"}),
        PARKING.model_copy(update={"sources": (Source(document="guide", lines=(999,)),)}),
        PARKING.model_copy(update={"related": ("no.such.entry",)}),
        PARKING.model_copy(
            update={"answer": "15个工作日内答复。", "sources": (Source(document="guide", lines=(45,)),)}
        ),
    )
    for entry in wrong:
        with pytest.raises(RefusedEntryError):
            await here.save(entry, 0, "s1")
    assert await here.versions.last() == 0


@pytest.mark.parametrize("sql_url", ["sqlite"], indirect=True)  # a fit is a minute, and knows no database
async def test_fitted_anew_it_understands_more_than_the_words_that_were_typed(
    replicas: tuple[EntryDesk, EntryDesk],
) -> None:
    here, _ = replicas
    await here.save(PARKING, 0, "s1")
    assert here.living.brain.patch.entries
    await asyncio.wait_for(here.living.fitted(), 200)
    assert here.living.brain.patch.entries == {}
    assert PARKING in here.living.brain.understanding.entries
    assert await entry_for(here, "三轮车停院子里行不行") == PARKING.id
    assert await entry_for(here, "你们几点上班") == "guide.office.hours"


def law_entry(answer: str, law: str = "BF", article: str = "23(1)(5)") -> Entry:
    return Entry(
        id="law.made.up",
        intent="law",
        title="期限",
        answer=answer,
        wordings=("期限",),
        sources=(Source(law=law, article=article),),
    )


@pytest.mark.parametrize(
    ("answer", "law", "wrong"),
    [
        ("自投诉受理之日起六十日内调解。", "BF", []),
        ("自投诉受理之日起45日内调解。", "BF", [45]),
        ("收到投诉之日起十个工作日内，作出受理或者不予受理的决定。", "BF", [10]),
        ("收到申请之日起15个工作日内予以答复。", "TL", [15]),
        ("收到申请之日起20个工作日内予以答复，最多延长15个工作日。", "TL", [15]),
        ("指南写收到申请之日起15个工作日内答复，现在是收到申请之日起20个工作日内答复。", "TL", []),
        ("请在5个工作日内来取。", "TL", []),
    ],
)
def test_a_limit_that_the_bureaus_own_clock_does_not_know_is_found(
    answer: str, law: str, wrong: list[int]
) -> None:
    found = differences(law_entry(answer, law), date(2026, 11, 24))
    assert [difference.said for difference in found] == wrong
