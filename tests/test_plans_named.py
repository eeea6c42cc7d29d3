"""Which plan is meant when citizens name it roughly, and what is left of the question without its name."""

import pytest

from bot.brain import Brain
from handlers.answers import reply
from intents.plans import plan_named, unframed
from intents.query import Query


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("数字经济那份规划怎么说5G", "digital"),
        ("国家发展数字经济的“十四五”规划", "digital"),
        ("认证检测的规划里支持吗", "certification"),
        ("市场监管五年规划", "market"),
        ("省上抽查的文件", "sampling"),
        ("国家的规划里怎么说", ""),  # none of them
        ("我在市场监管局门口，规划局在哪", ""),  # a mark stands between
        ("认证规划和数字经济规划", ""),  # two
    ],
)
def test_a_plan_is_known_by_what_it_is_about(question: str, plan: str) -> None:
    assert plan_named(Query.of(question).normal) == plan


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("国家那个数字经济规划里面怎么讲骑手", "怎么讲骑手"),
        ("市场监管规划对电梯有什么打算", "对电梯有什么打算"),
        ("你们几点上班", "你们几点上班"),
    ],
)
def test_the_name_of_a_plan_is_left_out(question: str, rest: str) -> None:
    assert unframed(question) == rest


def test_what_is_left_still_belongs_to_the_plan() -> None:
    query = Query.of("数字经济规划里怎么说骑手")
    asked = query.unframed()
    assert asked is not None
    assert (asked.plan, asked.asks_for_policy) == ("digital", True)
    assert asked.unframed() is None  # once
    assert Query.of("你们几点上班").unframed() is None


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("写文章要引用，数字经济“十四五”那份规划对6G是怎么布局的", "6G"),
        ("尾气检测站的数据作假，认证检测的十四五规划是什么态度", "数据"),
        ("十三五期间3C目录精简成多少种了", "17类103种"),
    ],
)
def test_the_passage_is_of_the_plan_that_is_named(brain: Brain, question: str, part: str) -> None:
    decision = brain.understanding.decide(question)
    assert decision.intent == "policy", decision
    assert part in reply(decision, brain.knowledge)


def test_the_question_counts_in_a_story_that_also_wishes(brain: Brain) -> None:
    story = (
        "我是外地的律师，受人委托准备下周去当面递交一份信息公开申请，"
        "出发前想先确认收的那个部门具体在哪条街哪栋楼"
    )
    decision = brain.understanding.decide(story)
    assert decision.intent == "faq", decision
    assert "新华街" in reply(decision, brain.knowledge)


@pytest.mark.parametrize(
    "question", ["青海2021年的质量抽检要点有哪些", "下一个五年的市场监管规划里食品抽检定的是多少批次"]
)
def test_neither_another_province_nor_the_next_plan_is_answered_from_these(
    brain: Brain, question: str
) -> None:
    assert brain.understanding.decide(question).intent == "oos"
