"""What is said: every notice of the file in its case, its day, its key. Pure functions, no store."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest

from config.lifecycle import load_lifecycle
from config.notices import load_notices
from handlers.cases.lifecycle import record, replay
from handlers.cases.model import SHANGHAI, Case, Happened
from handlers.cases.number import Kind, format_number
from handlers.notices.hours import is_quiet, not_at_night, working_days_before, working_days_left
from handlers.notices.messages import NO_WECHAT, Scene, messages_due, messages_for
from handlers.notices.planned import plan, upcoming
from handlers.ports import OutMessage
from knowledge.calendar import load_calendar

CALENDAR = load_calendar()


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


@dataclass
class Story:
    """A case that lives through events; keeps what was said at each."""

    kind: Kind
    filer: str = "oAli"
    case: Case = field(init=False)
    said: list[OutMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        first = Happened(type="submitted", at=at("2026-11-02T09:00"), by="applicant", data={"answers": {}})
        self.case = replay(format_number(self.kind, 2026, 1), self.kind, self.filer, [first])

    def then(
        self, kind: str, moment: str, level: str = "all", link: str = "", **data: Any
    ) -> list[OutMessage]:
        event = Happened(type=kind, at=at(moment), by="staff:1", data=data)
        after = record(self.case, event, CALENDAR, at(moment).date())
        said = list(messages_for(self.case, after, event, Scene(CALENDAR, at(moment), level, link)))
        self.case = after
        self.said += said
        return said


# What the law's table asks each event to say.
DATA: dict[str, dict[str, Any]] = {
    "correction_requested": {"items": ["写明年份", "写明文号"], "until": "2026-11-20"},
    "corrected": {"text": "2025年"},
    "third_party_consulted": {"who": "某公司"},
    "third_party_answered": {"opinion": "同意"},
    "extended": {"days": 10, "reason": "要查的档案多", "approved_by": "李"},
    "transferred": {"unit": "食品科"},
    "answered": {"outcome": "GRANT"},
    "handed_over": {"by": "clerk"},
    "number_12315_added": {"number": "12315-77"},
    "dispatched": {"unit": "临夏县市场监管局"},
    "not_accepted": {"outcome": "R3", "reason": ""},
    "mediation_scheduled": {"when": "2026-11-26T14:30", "where": "三楼会议室"},
    "delegated": {"unit": "消费者协会"},
    "terminated": {"outcome": "T2"},
    "not_competent": {"reason": "属于税务部门"},
    "not_filed": {"reason": "没有违法事实"},
    "decided": {"outcome": "罚款"},
}
DATA["not_accepted"]["reason"] = "买来转卖的"
PATHS: dict[Kind, list[list[str]]] = {
    "disclosure": [
        ["applicant_confirmed", "bureau_confirmed", "transferred", "third_party_consulted",
         "third_party_answered", "extended", "answered"],
        ["bureau_confirmed", "applicant_confirmed", "third_party_consulted", "third_party_silent",
         "withdrawn"],
        ["applicant_confirmed", "bureau_confirmed", "correction_requested", "corrected"],
        ["applicant_confirmed", "bureau_confirmed", "correction_requested", "abandoned"],
    ],
    "complaint": [
        ["handed_over", "number_12315_added", "dispatched", "received", "identity_requested", "accepted",
         "delegated", "mediation_scheduled", "testing_started", "testing_finished", "agreed"],
        ["received", "accepted", "terminated"],
        ["received", "not_accepted"],
        ["withdrawn"],
    ],
    "report": [
        ["handed_over", "number_12315_added", "dispatched", "received", "extended", "testing_started",
         "testing_finished", "filed", "decided"],
        ["received", "not_filed"],
        ["received", "not_competent"],
        ["withdrawn"],
    ],
}  # fmt: skip
FIRST_DAY = 2


def tell(kind: Kind, path: list[str]) -> Story:
    story = Story(kind)
    for n, event in enumerate(path):
        story.then(event, f"2026-11-{FIRST_DAY + n:02}T10:00", **DATA.get(event, {}))
    return story


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in PATHS.items() for path in paths])
def test_every_step_is_told_in_full_sentences(kind: Kind, path: list[str]) -> None:
    story = tell(kind, path)
    assert story.said
    for message in story.said:
        text = message.payload["text"]
        assert story.case.number in text
        assert "{" not in text
        assert "\n\n" not in text
        assert len(text.encode()) < 1990
        assert all(0 < len(value) <= 20 for value in message.payload["fields"].values())
        assert message.user == "oAli"
    keys = [message.key for message in story.said]
    assert len(keys) == len(set(keys))


def test_every_notice_of_the_file_is_reached() -> None:
    said = {f"{kind}.{m.payload['notice']}" for kind, paths in PATHS.items() for path in paths
            for m in tell(kind, path).said}  # fmt: skip
    planned = {"mediation_tomorrow", "correction_soon", "correction_last"}
    own = {name for name in load_notices().notices if not name.startswith("any.")}
    assert {name for name in own if name.split(".")[1] not in planned} == said


def test_every_event_is_told_or_is_none_of_the_applicants_business() -> None:
    silent = {"noted", "assigned", "material_added", "callback_requested", "preferences_changed", "rated",
              "applicant_confirmed", "bureau_confirmed", "deadline_changed",
              "termination_notified"}  # fmt: skip
    for kind, rows in load_lifecycle().items():
        for row in rows:
            assert row.event in silent or load_notices().of(kind, row.event), (kind, row.event)


def test_received_says_number_date_and_how_it_was_computed() -> None:
    [message] = tell("disclosure", ["applicant_confirmed", "bureau_confirmed"]).said
    assert message.key == "XK20260000017:received:disclosure.reply@2026-12-01#3"
    assert "最晚12月1日答复" in message.payload["text"]
    assert "11月3日收到，次日起算；第20个工作日是12月1日" in message.payload["text"]


def test_two_sided_confirmation_asks_for_the_applicants_side_first() -> None:
    asked, received = tell("disclosure", ["bureau_confirmed", "applicant_confirmed"]).said
    assert "还差您确认" in asked.payload["text"]
    assert received.payload["notice"] == "received"


def test_extension_says_old_and_new_date_and_why() -> None:
    story = tell("disclosure", ["applicant_confirmed", "bureau_confirmed", "extended"])
    text = story.said[-1].payload["text"]
    assert "原来最晚12月1日" in text
    assert "现在最晚12月15日" in text
    assert "要查的档案多" in text


def test_correction_says_what_and_by_when() -> None:
    text = tell("disclosure", PATHS["disclosure"][3][:3]).said[-1].payload["text"]
    assert "11月20日前" in text
    assert "1 写明年份\n2 写明文号" in text


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        ("DENY", "先向临夏州人民政府申请行政复议"),
        ("PARTIAL", "先向临夏州人民政府申请行政复议"),
        ("GRANT", "怎么拿"),
        ("NOT_EXIST", "6个月内向人民法院起诉"),
    ],
)
def test_answer_says_how_to_get_it_and_the_remedies(outcome: str, wanted: str) -> None:
    story = tell("disclosure", ["applicant_confirmed", "bureau_confirmed"])
    [message] = story.then("answered", "2026-11-10T10:00", outcome=outcome)
    assert wanted in message.payload["text"]
    assert "60日内" in message.payload["text"]


def test_every_outcome_of_the_law_has_words() -> None:
    import json

    from config.settings import ROOT

    law = json.loads((ROOT / "config/law/disclosure.json").read_text(encoding="utf-8"))
    codes = {outcome["code"] for outcome in law["outcomes"]} - {"ABANDONED"}
    assert codes <= set(load_notices().words["outcome"])
    complaint = json.loads((ROOT / "config/law/complaint.json").read_text(encoding="utf-8"))
    assert {ground["code"] for ground in complaint["rejection_grounds"]} <= set(
        load_notices().words["ground"]
    )


def test_a_date_in_a_year_without_notice_is_called_provisional() -> None:
    story = Story("disclosure")
    story.then("applicant_confirmed", "2026-12-20T10:00")
    [message] = story.then("bureau_confirmed", "2026-12-21T10:00")
    assert "（暂定）" in message.payload["text"]


def planned_at(story: Story, today: str) -> dict[str, str]:
    return {
        p.notice: f"{p.moment:%m-%d %H:%M}" for p in plan(story.case, CALENDAR, date.fromisoformat(today))
    }


def test_agenda_of_a_request() -> None:
    story = tell("disclosure", ["applicant_confirmed", "bureau_confirmed"])
    assert planned_at(story, "2026-11-03") == {
        "limit_soon": "11-09 09:00",
        "soon": "11-26 09:00",
        "due_today": "12-01 09:00",
        "overdue": "12-02 09:00",
    }
    story.then("answered", "2026-11-10T10:00", outcome="GRANT")
    assert planned_at(story, "2026-11-10") == {"satisfaction": "11-13 09:00"}


def test_agenda_stands_still_while_a_correction_is_awaited() -> None:
    story = tell("disclosure", PATHS["disclosure"][3][:3])
    assert planned_at(story, "2026-11-04") == {
        "correction_soon": "11-17 09:00",
        "correction_last": "11-20 09:00",
        "correction_lapsed": "11-21 09:00",
    }


def test_mediation_is_reminded_of_the_day_before() -> None:
    story = tell("complaint", ["received", "accepted", "mediation_scheduled"])
    assert planned_at(story, "2026-11-04")["mediation_tomorrow"] == "11-25 09:00"
    story.then("mediation_scheduled", "2026-11-20T10:00", when="2026-12-02T09:30", where="三楼")
    assert planned_at(story, "2026-11-20")["mediation_tomorrow"] == "12-01 09:00"
    story.then("agreed", "2026-11-24T10:00")
    assert "mediation_tomorrow" not in planned_at(story, "2026-11-24")


def test_terminated_mediation_has_only_the_bureaus_own_limit_left() -> None:
    story = tell("complaint", ["received", "accepted", "terminated"])
    assert set(planned_at(story, "2026-11-04")) == {"satisfaction", "limit_soon", "limit_over"}
    story.then("termination_notified", "2026-11-05T10:00")
    assert set(planned_at(story, "2026-11-05")) == {"satisfaction"}


def test_overdue_goes_to_applicant_clerk_and_head_with_ways_to_complain() -> None:
    story = tell("disclosure", ["applicant_confirmed", "bureau_confirmed"])
    overdue = next(p for p in plan(story.case, CALENDAR, date(2026, 12, 2)) if p.notice == "overdue")
    told, clerk, head = messages_due(story.case, overdue, Scene(CALENDAR, at("2026-12-02T09:00")))
    assert "昨天到期，还没有答复，对不起" in told.payload["text"]
    assert "向上级机关或监察机关反映" in told.payload["text"]
    assert (clerk.payload["role"], head.payload["role"]) == ("clerk", "head")
    assert [m.key.split(":", 2)[2] for m in (told, clerk, head)] == [
        "disclosure.reply@2026-12-01",
        "disclosure.reply@2026-12-01:clerk",
        "disclosure.reply@2026-12-01:head",
    ]


def test_what_is_past_when_it_is_planned_is_due_now_or_has_lost_its_sense() -> None:
    story = tell("disclosure", ["applicant_confirmed", "bureau_confirmed"])
    found = upcoming(plan(story.case, CALENDAR, date(2026, 12, 1)), at("2026-12-01T15:00"))
    assert [(p.notice, f"{p.moment:%m-%d %H}") for p in found] == [
        ("due_today", "12-01 15"),
        ("overdue", "12-02 09"),
    ]


@pytest.mark.parametrize(("level", "count"), [("all", 7), ("important", 5), ("must", 3)])
def test_levels_of_a_request(level: str, count: int) -> None:
    story = Story("disclosure")
    for n, event in enumerate(PATHS["disclosure"][0]):
        story.then(event, f"2026-11-{FIRST_DAY + n:02}T10:00", level=level, **DATA.get(event, {}))
    limits = plan(story.case, CALENDAR, date(2026, 11, 9))
    due = [m for p in limits for m in messages_due(story.case, p, Scene(CALENDAR, p.moment, level))]
    assert len(story.said) + len([m for m in due if m.kind == "notice"]) == count


def test_nobody_is_asked_who_did_not_come_by_wechat() -> None:
    story = Story("disclosure", filer="")
    story.then("applicant_confirmed", "2026-11-02T10:00")
    [message] = story.then("bureau_confirmed", "2026-11-03T10:00")
    assert message.dropped == NO_WECHAT


def test_erased_cases_say_nothing() -> None:
    story = tell("disclosure", ["applicant_confirmed", "bureau_confirmed"])
    erased = story.case.model_copy(update={"erased": True})
    event = Happened(type="answered", at=at("2026-11-10T10:00"), by="staff:1", data={"outcome": "GRANT"})
    assert messages_for(erased, erased, event, Scene(CALENDAR, at("2026-11-10T10:00"))) == ()
    assert plan(erased, CALENDAR, date(2026, 11, 10)) == ()


def test_the_page_is_linked_where_days_were_counted() -> None:
    story = Story("disclosure")
    story.then("applicant_confirmed", "2026-11-02T10:00")
    [message] = story.then("bureau_confirmed", "2026-11-03T10:00", link="https://x.example/c/abc")
    assert message.payload["text"].endswith("看日历上是怎么算的：https://x.example/c/abc")
    assert message.payload["url"] == "https://x.example/c/abc"


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        ("2026-11-24T20:59:59", "2026-11-24T20:59:59"),
        ("2026-11-24T21:00", "2026-11-25T08:00"),
        ("2026-11-25T00:30", "2026-11-25T08:00"),
        ("2026-11-25T07:59:59", "2026-11-25T08:00"),
        ("2026-11-25T08:00", "2026-11-25T08:00"),
    ],
)
def test_quiet_hours(moment: str, then: str) -> None:
    assert not_at_night(at(moment)) == at(then)
    assert is_quiet(at(moment)) == (moment != then)


def test_working_days_before_and_left_know_make_up_days_and_holidays() -> None:
    # 2026-10-10 is a Saturday worked, 10-01 to 10-07 is off.
    assert working_days_before(date(2026, 10, 12), 3, CALENDAR) == date(2026, 10, 8)
    assert working_days_before(date(2026, 10, 9), 3, CALENDAR) == date(2026, 9, 29)
    assert working_days_left(date(2026, 9, 29), date(2026, 10, 9), CALENDAR) == 3
