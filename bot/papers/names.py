"""Which placeholder of a template is which answer of the form, and how it is hidden in the masked variant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.papers.words import mask_address, mask_mail, mask_name, mask_text
from handlers.forms.checks.masks import mask_paper, mask_phone

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder: the answer's keys (the first one that was given counts) and what it means to a clerk."""

    keys: tuple[str, ...]
    meaning: str
    mask: Mask = mask_text


def _slot(keys: str, meaning: str, mask: Mask = mask_text) -> Slot:
    return Slot(tuple(keys.split()), meaning, mask)


SLOTS: Mapping[str, Slot] = {
    "姓名": _slot("real_name name", "申请人、投诉人、举报人姓名", mask_name),
    "工作单位": _slot("employer", "工作单位"),
    "联系电话": _slot("phone", "联系电话", mask_phone),
    "联系地址": _slot("address", "通信地址", mask_address),
    "邮政编码": _slot("postcode", "邮政编码"),
    "电子邮箱": _slot("email", "电子邮箱", mask_mail),
    "传真": _slot("fax", "传真号码", mask_phone),
    "单位名称": _slot("org_name", "法人或者其他组织的名称"),
    "信用代码": _slot("uscc", "统一社会信用代码", mask_paper),
    "法定代表人": _slot("legal_rep", "法定代表人", mask_name),
    "联系人": _slot("contact", "单位联系人", mask_name),
    "联系人电话": _slot("org_phone", "单位联系人电话", mask_phone),
    "单位地址": _slot("org_address", "单位联系地址", mask_address),
    "单位传真": _slot("org_fax", "单位传真", mask_phone),
    "单位邮编": _slot("org_postcode", "单位邮政编码"),
    "单位邮箱": _slot("org_email", "单位电子邮箱", mask_mail),
    "单位类别": _slot("org_kind", "单位类别（年度报告表三）"),
    "代理人": _slot("agent_name", "代理人姓名", mask_name),
    "代理人电话": _slot("agent_phone", "代理人电话", mask_phone),
    "共同申请人数": _slot("group_size", "共同申请的人数"),
    "代表": _slot("representatives", "推选的代表", mask_name),
    "所需信息内容": _slot("content", "所需信息的内容描述"),
    "用途": _slot("purpose", "所需信息的用途"),
    "索引号": _slot("index_no", "所需信息的索引号"),
    "对方名称": _slot("resp_name", "被投诉人、被举报人名称（姓名）"),
    "对方联系人": _slot("resp_contact", "被投诉人联系人"),
    "对方地址": _slot("resp_address", "被投诉人、被举报人地址"),
    "对方电话": _slot("resp_phone", "被投诉人联系电话"),
    "交易时间": _slot("happened_on", "购买商品、接受服务的时间，或者举报的事情发生的时间"),
    "涉及金额": _slot("amount", "涉及金额"),
    "事实": _slot("facts clue", "争议事实，或者举报的线索和事实"),
    "所属县市": _slot("county", "被投诉人、被举报人所在的县市"),
}
# Choices: the options that the official form prints.
TICKS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "提供方式": (("medium",), ("纸面", "电子邮件", "光盘", "磁盘"), "所需信息的指定提供方式（打勾）"),
    "获取方式": (
        ("delivery",),
        ("邮寄", "快递", "电子邮件", "传真", "自行领取/当场阅读、抄录"),
        "获取信息的方式（打勾）",
    ),
    "投诉请求": (
        ("claim",),
        ("修理", "重作", "更换", "退货", "补足商品数量", "退还货款和服务费用", "赔偿损失"),
        "投诉请求（打勾）",
    ),
}
YES_NO: Mapping[str, tuple[str, str]] = {
    "接受其他方式": ("accept_other", "不能按指定方式提供时，是否接受其他方式"),
    "同意公示": ("agree_publish", "是否同意公示投诉信息"),
    "同意委托调解": ("agree_delegate", "是否同意委托调解"),
}
# Pictures that came with the form.
PICTURES: Mapping[str, tuple[str, str]] = {
    "委托证明": ("agent_proof", "委托代理证明材料（图片张数）"),
    "推举证明": ("group_proof", "推举代表的证明材料（图片张数）"),
    "证据": ("evidence", "随同提交的证据（图片张数）"),
}
# For an organisation the chat asks these once: its own box on the paper form ← key of the answer.
OF_ORGANISATION = {"org_email": "email", "org_fax": "fax", "org_postcode": "postcode"}


def answer(answers: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """The first of these answers that was given, or None."""
    return next((answers[key] for key in keys if answers.get(key) not in (None, "", [])), None)
