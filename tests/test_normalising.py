"""Reading what is typed: one way of writing, commands, pinyin, spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.commands import choice, command
from intents.normalise import bare, normalise
from intents.segment import Segmenter
from intents.sounds import Sounds
from intents.spelling import Speller


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("請問貴局地址？", "你们地址?"),
        ("ＱＱ：１２３", "qq:123"),
        ("你好，请问一下电话多少呀谢谢", "电话多少"),
        ("阿里坐着哩", "哪里坐"),
        ("咋办理", "怎么办理"),
        ("二十天之内", "20天之内"),
        ("二零二一年", "2021年"),
        ("十四五规划", "十四五规划"),
        ("一天学没上过", "一天学没上过"),
        ("星期六能来不", "星期六能来吗"),
        ("电话！！！！", "电话!"),
        ("阿里巴巴", "阿里巴巴"),
        ("地址 电话", "地址,电话"),
    ],
)
def test_one_way_of_writing(typed: str, normal: str) -> None:
    assert normalise(typed) == normal


@given(st.text(max_size=60))
def test_normalising_never_fails_and_settles(text: str) -> None:
    once = normalise(text)
    assert bare(once) == bare(once.strip())
    assert len(once) <= 4 * len(text) + 8


@given(st.text(alphabet="电话地址传真邮编投诉举报0123456789", min_size=2, max_size=12))
def test_what_carries_meaning_stays(text: str) -> None:
    digits = "".join(c for c in text if c.isdigit())
    assert "".join(c for c in normalise(text) if c.isdigit()) == digits


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("返回", "back"),
        ("取消。", "cancel"),
        ("确认！", "confirm"),
        ("人 工", None),
        ("更多", "more"),
        ("帮助吧", "help"),
    ],
)
def test_commands(typed: str, name: str | None) -> None:
    assert command(typed) == name


@pytest.mark.parametrize(
    "typed", ["怎么取消申请", "我要修改一下我的电话", "人工智能", "继续教育在哪报名", "确认收货了吗"]
)
def test_a_command_inside_a_sentence_is_none(typed: str) -> None:
    assert command(typed) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [("3", 3), ("第三个", 3), ("③", 3), ("三", 3), ("0", None), ("3楼", None), ("13812345678", None)],
)
def test_choices(typed: str, number: int | None) -> None:
    assert choice(typed) == number


@given(st.text(max_size=50))
def test_commands_and_choices_never_fail(text: str) -> None:
    number = choice(text)
    assert number is None or 1 <= number <= 99
    assert command(text) is None or len(text) <= 40


@pytest.fixture(scope="module")
def speller() -> Speller:
    texts = [
        "邮编是多少",
        "邮编多少",
        "传真号码",
        "传真号是多少",
        "申请表在哪里下载",
        "我要投诉",
        "电梯检验",
    ] * 3
    return Speller.build(Sounds.build(), Segmenter.build(texts), texts)


def test_pinyin_is_written_in_characters(speller: Speller) -> None:
    assert speller.read("youbian duoshao") == "邮编多少"
    assert speller.read("你们的 chuanzhen") == "你们的 传真"
    assert speller.read("website") == "website"


def test_what_sounds_the_same_is_righted(speller: Speller) -> None:
    assert speller.correct("穿真号是多少", boldly=True) == "传真号是多少"
    assert speller.correct("我要偷诉", boldly=True) == "我要投诉"


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz '传真邮编,", max_size=30))
def test_reading_letters_never_fails(speller: Speller, text: str) -> None:
    assert isinstance(speller.read(text), str)
    assert len(speller.correct(text)) == len(text)
