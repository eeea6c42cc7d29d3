"""Who somebody is and how they are reached: names, phones, identity papers, company codes, addresses."""

import re
from datetime import date

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as NumberError

from handlers.forms.checks.misfit import Misfit, tidy, without_lead
from intents.commands import command

TOLD = 24  # characters from which a sentence with commas is no name
AREA = "0930"  # 临夏州
_SPOKEN = str.maketrans("零〇一二三四五六七八九幺两", "0012345678912")
_SPOKEN_RUN = re.compile("[零〇一二三四五六七八九幺两0-9]{7,}")
_NAME = re.compile(r"[㐀-䶿一-鿿][㐀-䶿一-鿿·]{0,18}[㐀-䶿一-鿿]|[A-Za-z][A-Za-z .'\-]{1,40}")
_NO_NAME = re.compile(
    "[吗呢么什哪几怎谁?？]|投诉|举报|申请|电话|地址|公司$|没有|不知道|不想|不要|不说|为啥|可以|你好|您好|谢谢|好的"
    "|同上|一样|本人|自己|就是我|^我?姓.$|^我是"
)
_HIDDEN = re.compile("匿名|保密|不留名|不实名|不能说|不方便说")
_UNKNOWN = re.compile(
    "(?:我们?|也|真的?)*(?:不知道|不晓得|不清楚|不认识|说不清楚?|忘记?了?|记不(?:得|住|清楚?)|不记得|没有?(?:名字|店名|招牌|牌子))"
    "(?:他|它|他们|那家|那个|店|店家|商家|名字|招牌|叫|具体|详细|什么|啥|谁|哪|里|地址|位置|在|是|家|个|的|了|呀|啊)*"
)
_NONE = re.compile("没(?:有|得|带|办)|不(?:会|想|给|知道|晓得)|忘|丢了|记不")
_NO_SHOP = re.compile(
    "(?:我要|我想)?(?:投诉|举报|申请|申请公开|匿名|实名|查进度|确认|好的|可以|没有|是的?|对的?)"
)
_LONG_NUMBER = re.compile(r"\d{7,}")  # a phone or an ID number: no part of an address
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]*@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}")
_PLACE = re.compile(
    r"拼多多|淘宝|天猫|京东|抖音|快手|美团|闲鱼|微店|网店|直播间|公众号|小程序|[省州市县区乡镇村街路巷号楼室社组队店场城道厦院苑里园站口]|隔壁|对面|旁边|附近"
)


def spoken_digits(text: str) -> str:
    """“一三九九…” as digits: voice messages spell numbers out."""
    return _SPOKEN_RUN.sub(lambda found: found[0].translate(_SPOKEN), text)


def name(value: object) -> str:
    """A person's name, Chinese (with · in it) or in Latin letters."""
    text = without_lead(
        tidy(value), "我的名字叫", "我的名字", "我名字叫", "我叫", "名字叫", "姓名", "名字", "叫"
    )
    text = re.sub(r"^我(?:是|姓名)|^[^,，]{1,6}叫(?=..)", "", text)
    if _HIDDEN.search(text):
        raise Misfit("name_hidden")
    text = re.sub(r"[•・‧.](?=[一-鿿])", "·", text).replace(" ", "" if not text.isascii() else " ")
    if not _NAME.fullmatch(text) or _NO_NAME.search(text) or command(text):
        raise Misfit("name")
    return text


def phone(value: object) -> str:
    """A mobile or fixed-line number; seven digits alone are one of Linxia's."""
    text = spoken_digits(tidy(value))
    digits = re.sub(r"\D", "", text.replace("+86", ""))
    if not digits:
        raise Misfit("phone_none" if _NONE.search(text) else "phone")
    if len(digits) == 7 and digits[0] != "1":
        digits = AREA + digits
    try:
        number = phonenumbers.parse(digits, "CN")
    except NumberParseException as error:
        raise Misfit("phone") from error
    if not phonenumbers.is_valid_number(number):
        raise _bad_phone(digits)
    if phonenumbers.number_type(number) == PhoneNumberType.MOBILE:
        return str(number.national_number)
    return re.sub(
        r"^(0\d+?) (.*)$",
        lambda found: f"{found[1]}-{found[2].replace(' ', '')}",
        phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
    )


def _bad_phone(digits: str) -> Misfit:
    count = len(digits)
    if digits[0] == "1" and count != 11:
        return Misfit("phone_short" if count < 11 else "phone_long", count=count)
    return Misfit("phone_unknown" if count >= 7 else "phone")


def id_card(value: object) -> str:
    """A resident identity card number (GB 11643: birth date and check digit)."""
    text = re.sub(r"[\s\-]", "", spoken_digits(tidy(value))).upper()
    text = without_lead(text, "身份证号码", "身份证号", "居民身份证", "身份证", "证件号码", "证件号")
    if not re.fullmatch(r"\d{17}[\dX]", text):
        count = len(re.sub(r"[^\dX]", "", text))
        raise Misfit("id_length", count=count) if 12 <= count <= 22 else Misfit("id")
    try:
        born = ric.get_birth_date(text)
    except NumberError as error:
        raise Misfit("id_birth") from error
    if not date(1880, 1, 1) < born < date(2200, 1, 1):
        raise Misfit("id_birth")
    if ric.calc_check_digit(text) != text[-1]:
        raise Misfit("id_check")
    return text


def birthday(paper: str) -> date | None:
    """The day of birth that an identity card tells (“居民身份证 6229…”); None of other papers."""
    name, _, number = paper.rpartition(" ")
    return ric.get_birth_date(number) if name == "居民身份证" else None


# What can stand for an identity card, by its shape (none of them has a published check digit).
_PAPERS = {
    "护照": re.compile(r"(?:[EGDSPK][A-Z]?\d{7,8}|[A-Z]{1,2}\d{6,9})"),
    "港澳居民来往内地通行证": re.compile(r"[HM]\d{8}(?:\d{2})?"),
    "台湾居民来往大陆通行证": re.compile(r"\d{8}(?:\d{2})?"),
    "军官证": re.compile(r"\D{0,4}\d{6,9}"),
    "户口簿": re.compile(r"\d{9,18}X?"),
    "其他证件": re.compile(r"[A-Z0-9一-鿿\-]{5,30}"),
}
_CALLED = {
    "护照": "护照",
    "PASSPORT": "护照",
    "港澳": "港澳居民来往内地通行证",
    "回乡证": "港澳居民来往内地通行证",
    "台胞证": "台湾居民来往大陆通行证",
    "台湾": "台湾居民来往大陆通行证",
    "军官证": "军官证",
    "士兵证": "军官证",
    "警官证": "军官证",
    "户口": "户口簿",
    "其他证件": "其他证件",
    "驾驶证": "其他证件",
    "居留证": "其他证件",
}


def identity(value: object) -> str:
    """“居民身份证 6229…” or “护照 E1234…”: a paper's name and its number."""
    text = tidy(value).upper()
    called = next((word for word in _CALLED if word in text), "")
    if not re.search(r"\d", text) and _NONE.search(text):
        raise Misfit("id_none")
    if not called:
        if re.fullmatch(r"[EGDSPK][A-Z]?\d{7,8}", text):
            return f"护照 {text}"
        return f"居民身份证 {id_card(text)}"
    paper = _CALLED[called]
    number = re.sub(rf"{paper}|{called}|通行证|号码|号|证件|是|为|[\s:：,，]", "", text)
    if not _PAPERS[paper].fullmatch(number):
        raise Misfit("paper", paper=paper)
    return f"{paper} {number}"


def fax(value: object) -> str:
    """A fax number: a fixed line."""
    try:
        return phone(value)
    except Misfit as misfit:
        raise (Misfit("fax_none") if misfit.key == "phone_none" else misfit) from misfit


def company_code(value: object) -> str:
    """A unified social credit code (GB 32100: 18 places, check digit)."""
    text = re.sub(r"[\s\-]", "", tidy(value)).upper()
    text = re.sub(r"^[^\x00-\x7f:]+:?", "", text)
    if len(text) != 18:
        raise Misfit("uscc_length", count=len(text)) if len(text) > 5 else Misfit("uscc")
    try:
        return str(uscc.validate(text))
    except NumberError as error:
        raise Misfit("uscc_check") from error


def organisation(value: object) -> str:
    """The name of a company, shop or other organisation."""
    text = without_lead(tidy(value), "名称", "名字", "店名", "单位名称", "单位", "公司名称", "叫")
    if _UNKNOWN.fullmatch(text):
        raise Misfit("organisation_unknown")
    if len(text) > TOLD and re.search(r"[,，。;；!！]", text):
        raise Misfit("organisation")  # a story: the engine keeps it for its place
    if (
        not 2 <= len(text) <= 60
        or not re.search(r"[一-鿿A-Za-z]{2}", text)
        or _NO_SHOP.fullmatch(text)
        or command(text)
    ):
        raise Misfit("organisation")
    return text


def email(value: object) -> str:
    """An e-mail address."""
    text = tidy(value)
    found = _EMAIL.search(text.replace("＠", "@"))
    if not found:
        if not text.isascii() and _NONE.search(text):
            raise Misfit("email_no")
        raise Misfit("email" if "@" in text else "email_at" if text.isascii() else "email_none")
    return found[0].lower()


def postcode(value: object) -> str:
    """Six digits."""
    found = re.sub(r"\D", "", spoken_digits(tidy(value)))
    if len(found) != 6:
        raise Misfit("postcode", count=len(found))
    return found


def address(value: object) -> str:
    """A place in words, as exact as people give it here (“红园广场对面”)."""
    text = without_lead(
        tidy(value), "我家住在", "我家住", "我家在", "我住在", "我住", "家住", "住在", "地址", "住",
        "公司在", "单位在", "商家在", "店在", "就在", "在",
    )  # fmt: skip
    if _UNKNOWN.fullmatch(text):
        raise Misfit("address_unknown")
    if not 4 <= len(text) <= 120 or not _PLACE.search(text) or _LONG_NUMBER.search(text):
        raise Misfit("address")
    return text
