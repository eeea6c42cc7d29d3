"""What citizens get wrong: each is told what is wrong and how it should look, and nothing else is lost."""

import re
from datetime import date

import pytest

from config.texts import say
from handlers.forms.checks import choices, days, money, people, places
from handlers.forms.checks.misfit import Misfit
from handlers.forms.form import FormField
from handlers.forms.registry import FORMS, form_spec
from tests.forms_lab import CITIZEN, COMPLAINT, ORGANISATION, USCC, Citizen

TODAY = date(2026, 11, 24)
JOINT_START = ("申请公开", "2024年电梯检验不合格名单", "4")


@pytest.mark.parametrize(
    ("before", "said", "told"),
    [
        (CITIZEN[:3], "1", "不像姓名"),
        (CITIZEN[:3], "马", "不像姓名"),
        (CITIZEN[:3], "不想说", "不像姓名"),
        (CITIZEN[:3], "好的", "不像姓名"),
        (CITIZEN[:5], "62290119900101123", "17位"),
        (CITIZEN[:5], "6229011990010112321", "19位"),
        (CITIZEN[:5], "622901199001011233", "最后一位对不上"),
        (CITIZEN[:5], "622901199013011232", "出生日期"),
        (CITIZEN[:5], "护照 123", "护照的号码"),
        (CITIZEN[:5], "没带", "手边没有的先放着"),
        (CITIZEN[:3], "匿名", "真实姓名，会替您保密"),
        (CITIZEN[:3], "同上", "不像姓名"),
        (CITIZEN[:6], "没有手机", "家里人或邻居"),
        (CITIZEN[:7], "记不清楚了", "写个大概"),
        (CITIZEN[:10], "没有邮箱", "改选纸质的"),
        (("投诉", "都符合"), "不知道叫什么", "不知道名字不要紧"),
        (CITIZEN[:6], "1399301234", "10位数"),
        (CITIZEN[:6], "139930123456", "12位数"),
        (CITIZEN[:6], "10093012345", "没有这样的号段"),
        (CITIZEN[:6], "就这个", "不像电话"),
        (CITIZEN[:7], "红园", "再具体一点"),
        (CITIZEN[:7], "13993012345", "再具体一点"),
        (CITIZEN[:10], "hua163.com", "“@”"),
        (CITIZEN[:10], "hua@163", "不完整"),
        (CITIZEN[:9], "5", "1到4"),
        (CITIZEN[:9], "随便", "1到4"),
        (CITIZEN[:11], "再说吧", "“是”或者“否”"),
        (ORGANISATION[:5], "9111000060003734", "16位"),
        (ORGANISATION[:5], "91110000600037341K", "最后一位对不上"),
        (ORGANISATION[:13], "7311", "4位"),
        (JOINT_START, "3个人", "5个人以上"),
        (JOINT_START, "很多", "数字"),
        ((*JOINT_START, "6"), "马海、张三丰、李四、王五、赵六、孙七", "1到5位"),
        (("投诉", "都符合"), "确定", "完整的名称"),
        (COMPLAINT[:4], "2月30号", "日历上没有2月30日"),
        (COMPLAINT[:4], "2099年1月1日", "还没到"),
        (COMPLAINT[:4], "很久了", "没看出是哪一天"),
        (COMPLAINT[:5], "忘了", "没看出是多少钱"),
        (COMPLAINT[:7], "8", "1到7"),
        (COMPLAINT[:8], "随便说说", "请直接发图片"),
        (("投诉", "都符合", "老马家具店", "临夏市红园路", "昨天", "300"), "坏了", "再说详细一点"),
        (("投诉", "都符合", "老马家具店", "红园路12号"), "临夏", "1到10"),
    ],
)
async def test_bad_input_is_explained(
    before: tuple[str, ...], said: str, told: str, citizen: Citizen
) -> None:
    asked = await citizen.say(*before)
    answer = await citizen.say(said)
    assert told in answer
    if "图片" not in told:  # there “继续” ends the sending
        assert _step(await citizen.say("继续")) == _step(asked)


def _step(text: str) -> str:
    found = re.search(r"第\d+步/共\d+步", text)
    assert found, text
    return found[0]


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("上个月底", "2026年10月底"),
        ("11月3号", "2026年11月3日"),
        ("十一月三号", "2026年11月3日"),
        ("昨天", "2026年11月23日"),
        ("前天下午", "2026年11月22日"),
        ("上周三", "2026年11月18日"),
        ("三个月前", "2026年8月"),
        ("10天前", "2026年11月14日"),
        ("去年10月", "2025年10月"),
        ("去年国庆", "2025年国庆"),
        ("12月1号", "2025年12月1日"),
        ("3号", "2026年11月3日"),
        ("28号", "2026年10月28日"),
        ("2026.11.3", "2026年11月3日"),
        ("大概半年前", "2026年5月"),
    ],
)
def test_days_in_words(said: str, understood: str) -> None:
    assert days.day_in_words(said, TODAY) == understood


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("2000块", "2000元"),
        ("三千多", "3000多元"),
        ("两万五", "25000元"),
        ("1.2万", "12000元"),
        ("一百二", "120元"),
        ("大概三百", "约300元"),
        ("3,500元", "3500元"),
        ("三千五百六十块五", "3560.5元"),
        ("八毛", "0.8元"),
        ("没花钱", "0元"),
    ],
)
def test_money_in_words(said: str, understood: str) -> None:
    assert money.money(said) == understood


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("6216381", "0930-6216381"),
        ("0930 6216381", "0930-6216381"),
        ("+86 139 9301 2345", "13993012345"),
        ("１３９９３０１２３４５", "13993012345"),
        ("幺三九九三零一二三四五", "13993012345"),
        ("010-12345678", "010-12345678"),
    ],
)
def test_phones(said: str, understood: str) -> None:
    assert people.phone(said) == understood


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("我叫马小花", "马小花"),
        ("姓名：马小花", "马小花"),
        ("马哈麦德·阿卜杜拉", "马哈麦德·阿卜杜拉"),
        ("马哈麦德•阿卜杜拉", "马哈麦德·阿卜杜拉"),
        ("Ma Xiaohua", "Ma Xiaohua"),
        ("我爸叫李大山", "李大山"),
    ],
)
def test_names(said: str, understood: str) -> None:
    assert people.name(said) == understood


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("622901199001011232", "居民身份证 622901199001011232"),
        ("身份证号是622901199001011232", "居民身份证 622901199001011232"),
        ("护照E12345678", "护照 E12345678"),
        ("港澳通行证 H12345678", "港澳居民来往内地通行证 H12345678"),
        ("台胞证 12345678", "台湾居民来往大陆通行证 12345678"),
    ],
)
def test_identity_papers(said: str, understood: str) -> None:
    assert people.identity(said) == understood


@pytest.mark.parametrize(
    ("said", "county"),
    [
        ("临夏市红园路12号", "临夏市"),
        ("临夏县韩集镇", "临夏县"),
        ("东乡锁南镇", "东乡族自治县"),
        ("积石山县吹麻滩镇", "积石山保安族东乡族撒拉族自治县"),
        ("甘肃省临夏回族自治州康乐县附城镇", "康乐县"),
        ("兰州市城关区", places.OUTSIDE),
        ("红园路12号", ""),
    ],
)
def test_counties(said: str, county: str) -> None:
    assert places.county_of(said) == county


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("没意见", True),
        ("不反对", True),
        ("都可以", True),
        ("公示吧", True),
        ("不可以", False),
        ("不同意公示", False),
        ("不行", False),
    ],
)
def test_yes_and_no(said: str, meant: bool) -> None:
    assert choices.yes_or_no(said) is meant


SAMPLES: list[object] = [
    "马小花", "13993012345", "0930-6216381", "622901199001011232", "护照 E12345678", USCC, "hua@163.com",
    "731100", "临夏市红园路12号", "去年10月", "三千多", "6个人", "马海、张三丰", "老马家具店",
]  # fmt: skip


def _fields() -> list[FormField]:
    return [field for name in FORMS for field in form_spec(name).fields.values()]


VALUES: dict[str, list[object]] = {
    "choice": ["1", "2"],
    "yes_no": ["是", "否", True, False],
    "several": ["1 2", "都符合"],
    "images": [["a", "b"], []],
}


@pytest.mark.parametrize("field", _fields(), ids=lambda field: field.key)
def test_a_stored_answer_parses_to_itself(field: FormField) -> None:
    """Drafts are parsed again on every load: parsing must not change what is right."""
    samples = VALUES.get(field.trait.nature) or SAMPLES
    parsed = 0
    for sample in samples:
        try:
            value = field.parse(sample, TODAY)
        except Misfit:
            continue
        parsed += 1
        assert field.parse(value, TODAY) == value
    assert parsed


def test_every_reason_has_its_sentence() -> None:
    wrong = ["", "1", "abc", "1399301234", "622901199001011233", "x@", "2月30日", "2099年", "护照1"]
    for field in _fields():
        for text in wrong:
            try:
                field.parse(text, TODAY)
            except Misfit as misfit:
                assert say(f"bad.{misfit.key}", **misfit.names)
