"""What an answer asserts that must stand in its source: figures, ways to reach someone, names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge.figures import Figure, figures
from knowledge.text import folded, plain

Kind = Literal["数字", "电话", "邮箱", "网址", "文号", "文件名", "引号里的话", "机构", "地名", "地址"]

# Public lines that any answer may point to.
_HOTLINE = re.compile(r"(?<!\d)(?:12315|12345|110|119|120)(?![\d.%]|[个日天月年元条批件家])")

_LIST_MARK = re.compile(r"^\s*(?:[①-⑳]|\d{1,2}[.、．)）](?!\d)|[（(]\d{1,2}[)）]|\d{1,2}\s+(?=\D))\s*", re.M)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_URL = re.compile(
    r"(?:https?://)?(?:[a-z0-9-]+\.)+(?:gov\.cn|com\.cn|org\.cn|com|cn|net|org)[\w./?=&%-]*", re.I | re.A
)
_NUMBER = re.compile(r"[一-龥]{0,2}〔\d{4}〕\s*\d+号")
_WRITTEN_OUT: tuple[tuple[Kind, re.Pattern[str]], ...] = (("邮箱", _MAIL), ("网址", _URL), ("文号", _NUMBER))
_PHONE = re.compile(r"(?<![\d.])(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|\d{7,8})(?![\d.])")
_TITLE = re.compile(r"《([^《》]+)》")
_WEEKDAYS = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])[至到-](?:周|星期|礼拜)?([一二三四五六日天])")

# What is quoted after these words is what to type or tap, not what a source says.
_TYPED = re.compile(
    r"(?:回复|发送|输入|选择|点击|回|发|选|点|说|按|直接发)(?:数字|一句|个)?(?:“[^”]*”[或、和/，,]?)*$"
)

_AGENCY = (
    "市场监管|市场监督管理|质监|质量技术监督|食药监|食品药品监督管理|药监|药品监督管理|工商行政管理|工商|税务|公安|民政|教育"
    "|财政|审计|司法|住建|住房和城乡建设|住房城乡建设|交通运输|交通|农业农村|文旅|文化和旅游|卫健|卫生健康|医保|医疗保障|人社"
    "|人力资源和社会保障|人力资源社会保障|生态环境|环保|自然资源|应急管理|应急|气象|统计|烟草专卖|城管|城市管理|商务|发改"
    "|发展和改革|发展改革|知识产权|林草|水务|信访|邮政管理|金融监管|银保监|网信|工信|工业和信息化|民族宗教|监察"
)
_REGION = (
    "甘肃省|兰州市|临夏回族自治州|临夏州|临夏市|临夏县|康乐县|永靖县|广河县|和政县|东乡县|东乡族自治县"
    "|积石山县|积石山保安族东乡族撒拉族自治县"
)
_ORGANISATION = re.compile(
    rf"(?P<region>(?:{_REGION}|国家|全国|中国|省|州|市|县|区)(?:级)?)?"
    rf"(?P<core>(?:{_AGENCY})(?:总局|局|厅|委员会|委|部(?!门)|办(?!法|理|事)|署|所)"
    r"|人民政府|消费者协会|消协|政务服务中心|国务院|纪委监委|仲裁委员会|监察机关)"
)
_PLACE = re.compile(_REGION)
_STREET = re.compile(r"[一-龥]{2}(?:街|大道|巷)|[一-龥]{2}路(?=[一-龥\d]{0,10}[楼号])")
_BUILDING = re.compile(r"[一-龥]{2}楼")
_SAME_NAME = (
    ("临夏回族自治州", "临夏州"),
    ("市场监督管理", "市场监管"),
    ("州人民政府", "州政府"),
    ("积石山保安族东乡族撒拉族自治县", "积石山县"),
    ("东乡族自治县", "东乡县"),
)
_OWN = frozenset({"市场监管局", "州市场监管局", "临夏州市场监管局"})


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing to be found in the source: `key` is what is compared, `text` what the answer says."""

    kind: Kind
    text: str
    key: str = ""
    figure: Figure | None = None


def name_key(text: str) -> str:
    """A name in comparable form: the bureau and the prefecture go by a long and a short name."""
    key = plain(text)
    for long, short in _SAME_NAME:
        key = key.replace(long, short)
    return key


def digits_of(phone: str) -> str:
    """The digits of a phone number."""
    return re.sub(r"\D", "", phone)


def tidy(text: str) -> str:
    """Text as claims are read from it: list marks gone, NFKC, one form of dash."""
    return folded(_LIST_MARK.sub(" ", text))


def claims(answer: str) -> tuple[Claim, ...]:
    """All that `answer` asserts, each once, in the order of kinds."""
    return tuple(dict.fromkeys(_claims(tidy(answer))))


def _claims(text: str) -> Iterator[Claim]:
    for kind, pattern in _WRITTEN_OUT:
        for match in pattern.finditer(text):
            yield Claim(kind, match.group(), address_key(match.group()))
        text = pattern.sub(" ", text)
    for match in _TITLE.finditer(text):
        yield Claim("文件名", match.group(), name_key(match[1]))
    text = _TITLE.sub("《》", text)
    for quote in _quotes(text):
        yield Claim("引号里的话", f"“{quote}”", name_key(quote))
    for match in _PHONE.finditer(text):
        yield Claim("电话", match.group(), digits_of(match.group()))
    text = _PHONE.sub(" ", text)
    yield from _figures(text)
    yield from _names(text)


def address_key(text: str) -> str:
    """An address, link or document number in comparable form: without scheme and closing slash."""
    return re.sub(r"^https?://", "", plain(text)).rstrip("/.")


def quoted(text: str) -> Iterator[tuple[int, str]]:
    """The outermost “…” of a text: where each starts, and what stands in it."""
    depth = start = 0
    for index, char in enumerate(text):
        if char == "“":
            depth += 1
            if depth == 1:
                start = index
        elif char == "”" and depth:
            depth -= 1
            if depth == 0:
                yield start, text[start + 1 : index]


def _quotes(text: str) -> Iterator[str]:
    for start, quote in quoted(text):
        if not _TYPED.search(text[:start]):
            yield from (part for part in re.split(r"\.{6}|\.{3}|…+", quote) if part.strip())


def _figures(text: str) -> Iterator[Claim]:
    for match in _WEEKDAYS.finditer(text):
        yield Claim("数字", match.group(), f"周{match[1]}至周{match[2]}".replace("天", "日"))
    for figure in figures(_HOTLINE.sub(" ", text)):
        yield Claim("数字", figure.text, figure=Figure(figure.value, figure.unit, ""))


def _names(text: str) -> Iterator[Claim]:
    for match in _ORGANISATION.finditer(text):
        if name_key(match.group()) not in _OWN:
            yield Claim("机构", match.group(), name_key(match.group()))
    for match in _PLACE.finditer(text):
        if name_key(match.group()) != "临夏州":
            yield Claim("地名", match.group(), name_key(match.group()))
    for pattern in (_STREET, _BUILDING):
        for match in pattern.finditer(text):
            if not re.search(r"[几这那哪个栋座一二三四五六七八九十上下在]", match.group()):
                yield Claim("地址", match.group(), plain(match.group()))
