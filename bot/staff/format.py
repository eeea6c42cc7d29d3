"""How things read in the console: dates, kinds, stages, how much time is left."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.clock import SHANGHAI
from bot.staff.frame import Visit
from config.lifecycle import load_lifecycle
from handlers.permissions import ROLES

WEEKDAYS = "一二三四五六日"
KINDS = {"disclosure": "信息公开", "complaint": "投诉", "report": "举报"}
STAGES = {
    "submitted": "待登记",
    "handed_over": "已转12315",
    "received": "办理中",
    "correction": "等补正",
    "third_party": "征求第三方",
    "mediation": "调解中",
    "testing": "检测鉴定",
    "investigation": "已立案",
    "closed": "已办结",
}
TURNS = {"bureau": "轮到本局", "applicant": "等当事人", "third_party": "等第三方", "nobody": "已办结"}


@dataclass(frozen=True, slots=True)
class Left:
    """How much time is left, as a word and as a class for its colour (never the colour alone)."""

    css: str
    words: str


_NO_DATE = {
    "submitted": "还没起算",
    "handed_over": "还没起算",
    "correction": "停表，等补正",
    "closed": "已办结",
}


def left(due: date | None, today: date, stage: str = "") -> Left:
    """The time up to `due` in words; without a date, why there is none in this stage."""
    if due is None:
        return Left("none", _NO_DATE.get(stage, "没有期限在走"))
    days = (due - today).days
    if days < 0:
        return Left("over", f"已超期{-days}天")
    if days == 0:
        return Left("today", "今天到期")
    return Left("soon" if days <= 5 else "later", f"还有{days}天")


def day(value: date | datetime | None) -> str:
    """“2026年11月30日（周一）”."""
    if value is None:
        return "—"
    when = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    return f"{when.year}年{when.month}月{when.day}日（周{WEEKDAYS[when.weekday()]}）"


def moment(value: datetime | None) -> str:
    """“2026-11-30 14:05”, local time."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else "—"


def roles(codes: Iterable[str]) -> str:
    """Roles by their names."""
    return "、".join(label for code, label in ROLES.items() if code in set(codes))


def size(count: int) -> str:
    """“120 KB”."""
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(count // 1024, 1)} KB"


def menu_for(visit: Visit | None) -> list[Any]:
    """The menu as this visitor may see it."""
    from bot.staff.pages import menu

    if visit is None or visit.account is None or visit.state is None or visit.state.step != "in":
        return []
    return [item for item in menu() if visit.me.can(item.needs)]


# What the pages say after something was done (`Visit.go`).
DONE = {
    "saved": "已保存。",
    "handed_back": "已交还机器人。",
    "paper_made": "文书做好了，已存入案件。",
    "calendar": "已启用。正在重算所有在办案件，几秒钟后完成。",
    "recorded": "已记录。该告诉当事人的，已经排进发送。",
    "logged_out": "已退出。",
    "password_changed": "密码已改好，其他地方的登录都退出了。",
}

BY = {"applicant": "当事人", "system": "系统"}
EVENTS = {"submitted": "提交"} | {row.event: row.label for rows in load_lifecycle().values() for row in rows}


def event_label(kind: str, event: str) -> str:
    """What an event is called in a case of that kind: an extension is not the same in all of them."""
    rows = load_lifecycle().get(kind, ())
    return next((row.label for row in rows if row.event == event), EVENTS.get(event, event))


# Lines of the audit log in words; what happened in a case stands there as “case.<event>”.
WHAT = {
    "case.search": "查找案件",
    "case.reveal": "要求看个人信息",
    "case.read": "看了个人信息",
    "case.picture": "看了图片",
    "case.register": "登记书面来件",
    "case.paper": "制作文书",
    "case.download": "下载文书",
    "notices.read": "看了没送到的通知",
    "notices.reveal": "要求看没送到的通知的电话",
    "notices.settle": "电话告知了",
    "notices.resend": "再发一次通知",
    "talk.read": "看了人工对话",
    "talk.answer": "回复了人工对话",
    "talk.back": "把对话交还机器人",
    "talk.picture": "看了对话里的图片",
    "calendar.enter": "录入放假安排",
    "login": "登录",
    "login.failed": "登录失败",
    "login.failed_code": "验证码不对",
    "logout": "退出",
    "refused": "没有权限，被拒绝",
    "staff.add": "建账号",
    "staff.roles": "改岗位",
    "staff.mail": "改提醒邮箱",
    "staff.password": "改密码",
    "staff.totp": "绑定验证器",
    "staff.totp_reset": "解绑验证器",
    "staff.disable": "停用账号",
    "staff.enable": "启用账号",
} | {f"case.{event}": label for event, label in EVENTS.items()}

FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "moment": moment,
    "kind": lambda code: KINDS.get(code, code),
    "stage": lambda code: STAGES.get(code, code),
    "turn": lambda code: TURNS.get(code, code),
    "roles": roles,
    "size": size,
}
GLOBALS: dict[str, Any] = {
    "menu_for": menu_for,
    "left": left,
    "KINDS": KINDS,
    "STAGES": STAGES,
    "TURNS": TURNS,
    "DONE": DONE,
    "WHAT": WHAT,
    "event_label": event_label,
    "BY": BY,
}
