"""Consumer warnings: writing, approving, sending, and what came of it."""

import asyncio
import re
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from bot.broadcast.covers import Covers
from bot.clerk_parts import CLERKS, ClerkParts
from bot.clock import SHANGHAI
from bot.evidence.pictures import RefusedPicture
from bot.staff.console import Console
from bot.staff.format import DONE, WHAT
from bot.staff.frame import MenuItem, Pages, Refused, Visit
from bot.store.warnings import new_id
from config.warnings import warning_rules
from handlers.ports import VersionConflictError
from handlers.warnings import steps
from handlers.warnings.model import BODY_LIMIT, STATES, Content, Warning_, text_of
from handlers.warnings.steps import DIDS, Actor, RefusedError

pages = Pages()
MENU = MenuItem("消费警示", "/staff/warnings", "can_see_warnings", order=40)

DONE |= {
    "warning_saved": "草稿已保存。",
    "warning_submitted": "已送审，等审核员批准。",
    "warning_approved": "已批准。",
    "warning_rejected": "已退回给发布员。",
    "warning_scheduled": "已排期，到时间自动发送。",
    "warning_unscheduled": "已取消排期。",
    "warning_recalled": "已撤回，没发出的不再发。",
    "warning_tested": "已发到您自己的微信，请看手机。",
    "unbound": "已解除绑定。",
}
WHAT |= {f"warning.{type}": f"警示：{label}" for type, label in DIDS.items()} | {
    "binding.end": "解除微信绑定"
}
LABELS = {
    "title": "标题",
    "body": "正文",
    "category": "类别",
    "county": "县市",
    "source": "依据",
    "valid_until": "有效期",
}
CHANGED = "别人刚改过这条警示，您的操作没有执行。请看过现在的内容再做。"
_ID = re.compile(r"[0-9a-f]{12}")


def parts_of(visit: Visit) -> ClerkParts:
    """The clerks' side of this service."""
    return visit.request.config_dict[CLERKS]


def _actor(visit: Visit) -> Actor:
    return Actor(visit.me.id, tuple(visit.me.roles))


@pages.get("/warnings", needs="can_see_warnings")
async def all_warnings(visit: Visit) -> web.StreamResponse:
    """What there is, what waits for whom, and what the account may still send."""
    desk = parts_of(visit).warnings
    found = await desk.store.all()
    counts = {state: sum(warning.state == state for warning in found) for state in STATES}
    return visit.render(
        "warnings.html",
        warnings=found,
        counts=counts,
        STATES=STATES,
        people=await visit.console.people(),
        allowed=await desk.broadcast.allowance(),
    )


@pages.get("/warnings/new", needs="can_publish")
async def new(visit: Visit) -> web.StreamResponse:
    """An empty form."""
    return _form(visit, {}, None)


@pages.post("/warnings/new", needs="can_publish")
async def create(visit: Visit) -> web.StreamResponse:
    """Store a draft."""
    (entered, problems), id = await _entered(visit, ""), new_id()
    if isinstance(entered, Content):
        try:
            with visit.doing("warning.written", about=id):
                await parts_of(visit).warnings.write(entered, _actor(visit), id)
        except RefusedError as problem:
            return _form(visit, dict(visit.form), None, [str(problem)], 422)
        return visit.go(f"/staff/warnings/{id}", "warning_saved")
    return _form(visit, entered, None, problems, 422)


@pages.get("/warnings/{id}/edit", needs="can_publish")
async def edit(visit: Visit) -> web.StreamResponse:
    """The form with what it says now."""
    warning = await _find(visit)
    return _form(visit, warning.content.model_dump(mode="json"), warning)


@pages.post("/warnings/{id}/edit", needs="can_publish")
async def change(visit: Visit) -> web.StreamResponse:
    """Store the change; approvals are void from here on."""
    warning = await _find(visit)
    cover = "" if visit.text("no_cover") else warning.content.cover
    entered, problems = await _entered(visit, cover)
    if not isinstance(entered, Content):
        return _form(visit, entered, warning, problems, 422)
    seen = visit.text("version")
    try:
        with visit.doing("warning.edited", about=warning.id):
            await parts_of(visit).warnings.edit(
                warning.id, int(seen) if seen.isdecimal() else -1, entered, _actor(visit)
            )
    except (RefusedError, VersionConflictError) as problem:
        told = CHANGED if isinstance(problem, VersionConflictError) else str(problem)
        return _form(visit, dict(visit.form), warning, [told], 409)
    return visit.go(f"/staff/warnings/{warning.id}", "warning_saved")


@pages.get("/warnings/{id}", needs="can_see_warnings")
async def show(visit: Visit) -> web.StreamResponse:
    """The warning as it will look, and what may be done with it now."""
    return await _show(visit, await _find(visit))


@pages.get("/warnings/{id}/cover", needs="can_see_warnings")
async def cover(visit: Visit) -> web.StreamResponse:
    """The cover picture."""
    warning = await _find(visit)
    try:
        picture = await _covers(visit.console).read(warning.content.cover)
    except FileNotFoundError:
        raise Refused(404, "这条警示没有封面图。") from None
    return web.Response(body=picture.content, content_type=picture.mime)


@pages.post("/warnings/{id}/submit", needs="can_publish")
async def submit(visit: Visit) -> web.StreamResponse:
    """Hand it to those who approve."""
    seen = visit.text("version")
    desk = parts_of(visit).warnings
    version = int(seen) if seen.isdecimal() else -1
    return await _did(visit, "submitted", desk.submit(_id(visit), version, _actor(visit)))


@pages.post("/warnings/{id}/approve", needs="can_review")
async def approve(visit: Visit) -> web.StreamResponse:
    """Say yes to exactly what the page showed."""
    desk = parts_of(visit).warnings
    return await _did(visit, "approved", desk.approve(_id(visit), visit.text("hash"), _actor(visit)))


@pages.post("/warnings/{id}/reject", needs="can_review")
async def reject(visit: Visit) -> web.StreamResponse:
    """Back to the author."""
    desk = parts_of(visit).warnings
    reason = visit.text("reason", 300)
    return await _did(visit, "rejected", desk.reject(_id(visit), reason, _actor(visit)))


@pages.post("/warnings/{id}/schedule", needs="can_publish")
async def schedule(visit: Visit) -> web.StreamResponse:
    """Send it now, or at a time."""
    when = None
    if visit.text("when"):
        try:
            when = datetime.fromisoformat(visit.text("when")).replace(tzinfo=SHANGHAI)
        except ValueError:
            return await _show(visit, await _find(visit), "时间看不懂，请重新选。", 422)
    desk = parts_of(visit).warnings
    return await _did(visit, "scheduled", desk.schedule(_id(visit), when, _actor(visit)))


@pages.post("/warnings/{id}/unschedule", needs="can_publish")
async def unschedule(visit: Visit) -> web.StreamResponse:
    """Take it off the schedule."""
    return await _did(visit, "unscheduled", parts_of(visit).warnings.unschedule(_id(visit), _actor(visit)))


@pages.post("/warnings/{id}/recall", needs="can_see_warnings")
async def recall(visit: Visit) -> web.StreamResponse:
    """What has not gone does not go."""
    return await _did(visit, "recalled", parts_of(visit).warnings.recall(_id(visit), _actor(visit)))


@pages.post("/warnings/{id}/test", needs="can_see_warnings")
async def test(visit: Visit) -> web.StreamResponse:
    """To one's own phone."""
    return await _did(visit, "tested", parts_of(visit).warnings.test_send(_id(visit), _actor(visit)))


@pages.get("/binding", needs="can_see_warnings")
async def binding(visit: Visit) -> web.StreamResponse:
    """Which WeChat account test sends go to."""
    bound = bool(await parts_of(visit).bindings.openid_of(visit.me.id))
    return visit.render("binding.html", bound=bound, code="")


@pages.post("/binding", needs="can_see_warnings")
async def bind(visit: Visit) -> web.StreamResponse:
    """A code to be typed into the chat; or the end of a binding."""
    bindings = parts_of(visit).bindings
    if visit.text("unbind"):
        with visit.doing("binding.end"):
            await bindings.unbind(visit.me.id)
        return visit.go("/staff/binding", "unbound")
    bound = bool(await bindings.openid_of(visit.me.id))
    return visit.render("binding.html", bound=bound, code=await bindings.new_code(visit.me.id))


def _id(visit: Visit) -> str:
    id = visit.part("id")
    if not _ID.fullmatch(id):
        raise Refused(404, "没有这条警示。")
    return id


async def _find(visit: Visit) -> Warning_:
    try:
        return await parts_of(visit).warnings.find(_id(visit))
    except KeyError:
        raise Refused(404, "没有这条警示。") from None


def _covers(console: Console) -> Covers:
    return Covers(console.settings.data_dir, console.vault)


async def _entered(visit: Visit, cover: str) -> tuple[Content | dict[str, Any], list[str]]:
    """What was entered as content; or as it was entered, with what is wrong."""
    values: dict[str, Any] = {name: visit.text(name) for name in LABELS}
    problems: list[str] = []
    file = visit.form.get("picture")
    if isinstance(file, web.FileField) and (content := await asyncio.to_thread(file.file.read)):
        try:
            cover = await _covers(visit.console).keep(content)
        except RefusedPicture:
            problems.append("封面图打不开，请换一张10 MB以内的JPG或PNG图片")
    if not values["valid_until"]:
        problems.append("有效期：请选一个日期")
    try:
        found = Content(**(values | {"cover": cover}))
    except ValidationError as error:
        problems += [_said(each["loc"], each["type"], each["msg"]) for each in error.errors()]
        return values, list(dict.fromkeys(problems))
    return (values, problems) if problems else (found, [])


def _said(place: tuple[int | str, ...], type: str, text: str) -> str:
    name = LABELS.get(str(place[0]) if place else "", "内容")
    limits = {"string_too_short": "太短或没有填", "string_too_long": "太长"}
    if "date" in type:
        return f"{name}：请选一个日期"
    return f"{name}：{limits.get(type, text.removeprefix('Value error, '))}"


def _form(
    visit: Visit,
    values: dict[str, Any],
    warning: Warning_ | None,
    problems: list[str] | None = None,
    status: int = 200,
) -> web.Response:
    rules = warning_rules()
    return visit.render(
        "warning_form.html",
        status,
        values={name: str(values.get(name, "")) for name in (*LABELS, "cover")},
        warning=warning,
        problems=problems or [],
        categories={id: each.name for id, each in rules.categories.items()},
        places={code: each.name for code, each in rules.places.items()},
        most=BODY_LIMIT,
    )


async def _did(visit: Visit, deed: str, doing: Any) -> web.Response:
    """Do it; say what hindered it on the page of the warning."""
    id = _id(visit)
    try:
        with visit.doing(f"warning.{deed}", about=id):
            await doing
    except KeyError:
        raise Refused(404, "没有这条警示。") from None
    except (RefusedError, VersionConflictError) as problem:
        told = CHANGED if isinstance(problem, VersionConflictError) else str(problem)
        return await _show(visit, await _find(visit), told, 409)
    return visit.go(f"/staff/warnings/{id}", f"warning_{deed}")


async def _show(visit: Visit, warning: Warning_, problem: str = "", status: int = 200) -> web.Response:
    desk = parts_of(visit).warnings
    sending = warning.state in ("sending", "sent")
    batches = await desk.broadcast.batches.of(warning.id)
    settled = sum(batch.size for batch in batches if batch.state not in ("new", "sending"))
    return visit.render(
        "warning.html",
        status,
        warning=warning,
        text=text_of(warning.content),
        problem=problem,
        can=_possible(visit, warning),
        step=steps.next_step(warning, await desk.broadcast.steps()),
        history=await desk.store.history(warning.id),
        people={**await visit.console.people(), "system": "系统"},
        plan=None if sending else await desk.plan(warning.content),
        allowed=await desk.broadcast.allowance(),
        size=await parts_of(visit).subscriptions.size(warning.content.category, warning.content.county),
        batches=batches,
        settled=settled,
        whole=sum(batch.size for batch in batches),
        expired=warning.content.valid_until < visit.today,
        earliest=visit.now.strftime("%Y-%m-%dT%H:%M"),
        STATES=STATES,
        DIDS=DIDS,
    )


def _possible(visit: Visit, warning: Warning_) -> dict[str, bool]:
    """What this person may do with it now; the server judges again when it is done."""
    publish, review = visit.me.can("can_publish"), visit.me.can("can_review")
    state = warning.state
    own = visit.me.id in warning.writers
    editable = state in ("draft", "review", "approved", "scheduled")
    return {
        "edit": publish and editable,
        "submit": publish and state == "draft",
        "approve": review and not own and state == "review",
        "own": review and own and state == "review",
        "reject": review and not own and state in ("review", "approved"),
        "schedule": publish and state in ("approved", "scheduled"),
        "unschedule": publish and state == "scheduled",
        "recall": (publish or review) and (editable or state == "sending"),
        "test": publish or review,
    }
