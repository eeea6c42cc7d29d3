"""Cases for the console's tests, filed as the forms file them."""

from datetime import datetime
from typing import Any

from handlers.cases.model import Case, Happened
from handlers.ports import Filing
from tests.staff_lab import Site

NAME, PHONE, ID_NO = "马小明", "13993012345", "622901199001011234"
OPENID = "oAli0000000000000000000000001"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"

DISCLOSURE: dict[str, Any] = {
    "applying": "公民", "applicant": "公民", "name": NAME, "id_type": "居民身份证", "id_no": ID_NO,
    "phone": PHONE, "address": "临夏市红园路12号", "content": f"2025年电梯抽查结果，有问题打{PHONE}",
    "medium": "纸面", "delivery": "邮寄", "signature": NAME,
}  # fmt: skip
COMPLAINT: dict[str, Any] = {
    "resp_name": "红园路某某家具店", "resp_address": "临夏市红园路12号", "county": "临夏市",
    "amount": "2000元", "facts": "衣柜用了一周柜门裂了，老板说不退不换。", "claim": ["退货", "赔偿损失"],
    "name": NAME, "phone": PHONE, "address": "临夏市新华街1号", "agree_publish": True,
    "agree_delegate": False, "route": "bureau",
}  # fmt: skip


def at(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00+08:00")


async def filed(site: Site, kind: str = "disclosure", draft: str = "d1", **more: Any) -> Case:
    """A case as the forms file it."""
    when = more.pop("when", at("2026-11-20"))
    answers = {**(DISCLOSURE if kind == "disclosure" else COMPLAINT), **more.pop("answers", {})}
    confirmed = Happened(type="applicant_confirmed", at=when, by="applicant")
    values: dict[str, Any] = {
        "draft": draft, "kind": kind, "filer": OPENID, "answers": answers, "at": when, "county": "622901",
        "applicant": "natural", "lookups": {"name": NAME, "phone": PHONE, "id_no": ID_NO},
        "events": (confirmed,) if kind == "disclosure" else (),
    }  # fmt: skip
    return (await site.console.parts.cases.submit(Filing(**{**values, **more}))).case


async def happened(site: Site, number: str, type: str, day: str, **data: Any) -> Case:
    """Record an event of a clerk's."""
    event = Happened(type=type, at=at(day), by="staff:x", data=data)
    return await site.console.parts.service.happen(number, event)


async def received(site: Site, day: str = "2026-11-23", **more: Any) -> Case:
    """A disclosure request whose clock runs."""
    case = await filed(site, **more)
    return await happened(site, case.number, "bureau_confirmed", day)
