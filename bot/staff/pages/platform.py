"""Hand-over to the national 12315 platform: what to enter, in the order of the platform's form.

Complaints and reports are handled through that platform (order no. 121, art. 40); what came in over WeChat is
entered there by a clerk, and its number comes back into the case.
"""

from aiohttp import web

from bot.staff.acting import possible
from bot.staff.filed import value
from bot.staff.frame import Pages, Refused, Visit
from bot.staff.pages.case import REASONS, find, is_open_to
from config.platform import load_platform
from handlers.cases.model import Case

pages = Pages()


@pages.get("/cases/{number}/platform", needs="can_hand_over")
async def platform(visit: Visit) -> web.StreamResponse:
    """The fields, each with a button that copies it."""
    case = await find(visit)
    if case.kind == "disclosure":
        raise Refused(404, "信息公开申请不走12315平台。")
    revealed = await is_open_to(visit, case)
    if revealed:
        await visit.note("case.read", case.number, "12315")
    offered = {action.id for action in possible(case, visit.me.roles)}
    return visit.render(
        "platform.html",
        case=case,
        revealed=revealed,
        sections=_sections(case) if revealed else [],
        offered=offered,
        REASONS=REASONS,
    )


def _sections(case: Case) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Section → (id, label, text) of its fields."""
    found = []
    for section in load_platform()[case.kind]:
        fields = [
            (
                f"p-{field.keys[0]}",
                field.label,
                next((text for key in field.keys if (text := value(case, key))), ""),
            )
            for field in section.fields
        ]
        found.append((section.title, fields))
    return found
