"""Settings, for 管理员: the one that may be switched here, and how the others stand."""

from aiohttp import web

from bot.staff.format import DONE, WHAT
from bot.staff.frame import MenuItem, Pages, Visit
from bot.store.switches import SwitchStore
from config.settings import Settings
from config.warnings import warning_rules
from handlers.ports import VersionConflictError

pages = Pages()
MENU = MenuItem("设置", "/staff/settings", "can_edit_settings", order=88)

DONE |= {"settings": "已改，马上生效。"}
WHAT |= {"settings.warning_steps": "改警示审批步骤"}
CHANGED = "别的管理员刚改过，您的改动没有执行。请看过现在的设置再改。"
ACCOUNTS = {"subscription": "订阅号", "service": "服务号"}


def switches_of(visit: Visit) -> SwitchStore:
    """The switches of this service."""
    return SwitchStore(visit.console.database, visit.console.settings)


@pages.get("/settings", needs="can_edit_settings")
async def show(visit: Visit) -> web.StreamResponse:
    """How everything stands."""
    return await _page(visit)


@pages.post("/settings/warning_steps", needs="can_edit_settings")
async def change(visit: Visit) -> web.StreamResponse:
    """One approval, or three, before a warning may be sent."""
    value, seen = visit.text("value"), visit.text("seen", 12)
    if value not in warning_rules().steps or not seen.isdecimal():
        return await _page(visit, "请选择审批步骤。", 422)
    try:
        with visit.doing("settings.warning_steps", about=value):
            await switches_of(visit).change(
                "warning_steps", value, int(seen), visit.me.id, visit.console.clock.now()
            )
    except VersionConflictError:
        return await _page(visit, CHANGED, 409)
    return visit.go("/staff/settings", "settings")


async def _page(visit: Visit, problem: str = "", status: int = 200) -> web.Response:
    switches = switches_of(visit)
    return visit.render(
        "settings.html",
        status,
        steps=await switches.now("warning_steps"),
        history=await switches.history("warning_steps"),
        choices={key: " → ".join(names) for key, names in warning_rules().steps.items()},
        people=await visit.console.people(),
        fixed=_fixed(visit.console.settings),
        problem=problem,
    )


def _fixed(settings: Settings) -> list[tuple[str, str, str]]:
    """(what, how it stands, the environment variable): what only a restart changes. No secrets."""
    verified = "已认证" if settings.wechat_verified else "未认证"
    return [
        ("公众号", f"{ACCOUNTS[settings.wechat_account]}，{verified}", "WECHAT_ACCOUNT、WECHAT_VERIFIED"),
        ("申请表寄到", settings.reception_mailbox, "RECEPTION_MAILBOX"),
        ("超期提醒寄到", settings.head_mailbox or settings.reception_mailbox, "HEAD_MAILBOX"),
        (
            "发邮件",
            "已设置" if settings.smtp_url.get_secret_value() else "没有设置，邮件发不出去",
            "SMTP_URL",
        ),
        ("临夏的地方节日", "不算工作日" if settings.local_holidays else "照常算工作日", "LOCAL_HOLIDAYS"),
        ("市民的提问保存", f"{settings.question_days}天", "QUESTION_DAYS"),
        ("办结案件的个人信息保存", f"{settings.purge_days}天", "PURGE_DAYS"),
    ]
