"""Each form from the first message to the receipt, over both databases; what is then on record."""

from statistics import median
from typing import Any

import pytest

from bot.store.cases import CaseStore
from handlers.cases.number import kind_of, valid
from tests.forms_lab import FLOWS, ID_MASKED, ID_NO, PHONE, USCC, Citizen, code_in, number_in

EXPECTED: dict[str, dict[str, Any]] = {
    "citizen": {
        "applicant": "公民",
        "content": "去年全州食品抽检不合格名单",
        "name": "马小花",
        "id_type": "居民身份证",
        "id_no": ID_NO,
        "phone": PHONE,
        "address": "临夏市红园路12号",
        "purpose": None,
        "medium": "电子邮件",
        "delivery": "电子邮件",
        "email": "hua@163.com",
        "accept_other": True,
        "signature": "马小花",
    },
    "organisation": {
        "applicant": "法人或其他组织",
        "org_name": "临夏某某商贸有限公司",
        "org_kind": "科研机构",
        "uscc": USCC,
        "legal_rep": "马晓梅",
        "contact": "张海",
        "org_phone": "0930-6216381",
        "org_address": "临夏市红园路12号",
        "purpose": "了解情况",
        "medium": "纸面",
        "delivery": "快递",
        "postcode": "731100",
        "accept_other": False,
    },
    "agent": {
        "applicant": "公民",
        "agent_name": "李四海",
        "name": "马小花",
        "id_type": "护照",
        "id_no": "E12345678",
        "delivery": "自行领取/当场阅读、抄录",
        "signature": "李四海",
    },
    "joint": {
        "applicant": "公民",
        "group_size": 6,
        "representatives": ["马海", "张三丰"],
        "group_proof": [],
        "name": "马海",
        "medium": "光盘",
        "delivery": "邮寄",
    },
    "complaint": {
        "precheck": [],
        "resp_name": "红园路美家家具店",
        "resp_address": "临夏市红园路12号",
        "county": "临夏市",
        "amount": "3000多元",
        "facts": "红园路美家家具店，柜子裂了不给退\n11月去店里三次，老板说不退不换",
        "claim": ["退还货款和服务费用", "赔偿损失"],
        "name": "马小花",
        "phone": PHONE,
        "agree_publish": True,
        "agree_delegate": True,
        "route": "citizen",
    },
    "anonymous": {
        "resp_name": "学校门口小卖部",
        "clue": "学校门口小卖部卖过期辣条",
        "county": "东乡族自治县",
        "by_name": "匿名",
        "route": "bureau",
    },
    "named": {
        "resp_name": "老马豆腐坊",
        "county": "广河县",
        "by_name": "实名",
        "name": "马海",
        "phone": PHONE,
        "address": None,
        "route": "citizen",
    },
}
KIND = {"complaint": "complaint", "anonymous": "report", "named": "report"}


@pytest.mark.parametrize("flow", FLOWS)
async def test_a_form_is_filed_as_it_was_filled_in(flow: str, either: Citizen, record: CaseStore) -> None:
    receipt = await either.say(*FLOWS[flow])
    number, code = number_in(receipt), code_in(receipt)
    assert valid(number)
    assert kind_of(number) == KIND.get(flow, "disclosure")
    case = await record.find(number)
    assert case is not None
    assert case.filer == either.user
    assert {key: case.answers.get(key) for key in EXPECTED[flow]} == EXPECTED[flow]
    assert await record.code_fits(number, code)
    assert len(await record.own(either.user)) == 1


@pytest.mark.parametrize(
    ("flow", "stage", "events"),
    [
        ("citizen", "submitted", ["submitted", "applicant_confirmed"]),
        ("complaint", "handed_over", ["submitted", "handed_over"]),
        ("anonymous", "submitted", ["submitted"]),
        ("named", "handed_over", ["submitted", "handed_over"]),
    ],
)
async def test_what_has_happened_in_a_new_case(
    flow: str, stage: str, events: list[str], either: Citizen, record: CaseStore
) -> None:
    case = await record.find(number_in(await either.say(*FLOWS[flow])))
    assert case is not None
    assert case.stage == stage
    assert [event.type for event in case.events] == events


async def test_the_review_page_hides_what_others_must_not_see(citizen: Citizen) -> None:
    page = await citizen.say(*FLOWS["citizen"][:-1])
    assert ID_MASKED in page
    assert ID_NO not in page
    assert "139****2345" in page
    assert PHONE not in page


async def test_images_become_evidence_of_the_case(either: Citizen, record: CaseStore) -> None:
    case = await record.find(number_in(await either.say(*FLOWS["complaint"])))
    assert case is not None
    assert len(case.answers["evidence"]) == 2
    assert len(set(case.answers["evidence"])) == 2


async def test_the_receipt_of_a_complaint_says_that_12315_is_still_to_be_done(citizen: Citizen) -> None:
    receipt = await citizen.say(*FLOWS["complaint"])
    for part in (
        "https://www.12315.cn",
        "复制从这里开始",
        "对方：红园路美家家具店",
        "金额：3000多元",
        "不算正式提交",
    ):
        assert part in receipt
    assert PHONE not in receipt


async def test_the_receipt_of_the_bureau_s_way_gives_no_text_to_copy(citizen: Citizen) -> None:
    receipt = await citizen.say(*FLOWS["anonymous"])
    assert "我们替您录进去" in receipt
    assert "复制" not in receipt


async def test_a_request_is_also_mailed_to_the_reception(either: Citizen, record: CaseStore) -> None:
    number = number_in(await either.say(*FLOWS["citizen"]))
    async with record.database.read() as connection:
        found = (await connection.exec_driver_sql("SELECT key, kind, number FROM outbox")).all()
    assert [(f"{number}:form", "mail", number)] == [tuple(row) for row in found]


async def test_how_many_messages_a_form_takes() -> None:
    counts = {flow: len(said) for flow, said in FLOWS.items()}
    assert median(counts.values()) <= 16
    assert max(counts.values()) <= 18
