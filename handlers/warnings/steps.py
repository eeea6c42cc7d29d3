"""What may be done with a warning, and by whom. Writing, approval and sending are apart.

after = submit(warning, actor)     # raises RefusedError, whose text is for the clerk
"""

from datetime import date, datetime, timedelta
from typing import Literal

from handlers.cases.model import SHANGHAI
from handlers.permissions import can
from handlers.warnings.model import (
    EDITABLE,
    STATES,
    TEXT_BYTES,
    Approval,
    Content,
    State,
    Warning_,
    text_of,
)

Did = Literal["written", "edited", "submitted", "approved", "rejected", "scheduled", "sent", "recalled"]

DIDS: dict[str, str] = {
    "written": "写好草稿",
    "edited": "修改（原来的批准作废）",
    "submitted": "送审",
    "approved": "批准",
    "rejected": "退回修改",
    "scheduled": "排期",
    "unscheduled": "取消排期",
    "sending": "开始发送",
    "sent": "发送完毕",
    "recalled": "撤回",
    "tested": "发给自己看",
}
LONGEST_AHEAD = timedelta(days=90)


class RefusedError(ValueError):
    """It may not be done; the text says why, to a clerk."""


class Actor:
    """Who acts: the id of the account and its roles."""

    def __init__(self, id: str, roles: tuple[str, ...]) -> None:
        self.id, self.roles = id, roles


def write(id: str, content: Content, actor: Actor, now: datetime) -> Warning_:
    """A new draft."""
    _may(can(actor.roles, "can_publish"), "只有发布员能写警示")
    _fits(content, _today(now))
    return Warning_(id=id, content=content, author=actor.id, writers=frozenset({actor.id}), made=now)


def edit(warning: Warning_, content: Content, actor: Actor, now: datetime) -> Warning_:
    """Change it. Whatever was approved before is void: it goes back to being a draft."""
    _may(can(actor.roles, "can_publish"), "只有发布员能改警示")
    _in(warning, *EDITABLE)
    _fits(content, _today(now))
    if content == warning.content:
        return warning
    changes = {"content": content, "writers": warning.writers | {actor.id}}
    return _moved(warning, "draft", approvals=(), scheduled=None, **changes)


def submit(warning: Warning_, actor: Actor) -> Warning_:
    """Hand it to those who approve."""
    _may(can(actor.roles, "can_publish"), "只有发布员能送审")
    _in(warning, "draft")
    return _moved(warning, "review", approvals=())


def next_step(warning: Warning_, steps: tuple[str, ...]) -> str:
    """The approval that is missing; "" if all are there."""
    given = {approval.step for approval in warning.valid_approvals}
    return next((step for step in steps if step not in given), "")


def approve(warning: Warning_, seen: str, steps: tuple[str, ...], actor: Actor, now: datetime) -> Warning_:
    """Say yes to the content with the hash `seen`. Never one's own, and each step by somebody else."""
    _may(can(actor.roles, "can_review"), "只有审核员能批准")
    _in(warning, "review")
    _not_own(warning, actor)
    if seen != warning.content.fingerprint():
        raise RefusedError("您看到的不是现在的内容：它刚被改过，请重新看一遍再批准")
    if any(approval.by == actor.id for approval in warning.valid_approvals):
        raise RefusedError("您已经批准过一步，下一步要由另一位审核员批准")
    _fits(warning.content, _today(now))
    approval = Approval(step=next_step(warning, steps), by=actor.id, at=now, hash=seen)
    after = warning.model_copy(update={"approvals": (*warning.valid_approvals, approval)})
    return _moved(after, "review" if next_step(after, steps) else "approved")


def reject(warning: Warning_, actor: Actor) -> Warning_:
    """Back to the author."""
    _may(can(actor.roles, "can_review"), "只有审核员能退回")
    _in(warning, "review", "approved")
    _not_own(warning, actor)
    return _moved(warning, "draft", approvals=())


def schedule(
    warning: Warning_, when: datetime, steps: tuple[str, ...], actor: Actor, now: datetime
) -> Warning_:
    """To be sent at `when` (now, or later)."""
    _may(can(actor.roles, "can_publish"), "只有发布员能发送")
    _in(warning, "approved", "scheduled")
    check_approved(warning, steps)
    _fits(warning.content, _today(when))
    if when > now + LONGEST_AHEAD:
        raise RefusedError("排期不能超过90天")
    return _moved(warning, "scheduled", scheduled=max(when, now))


def unschedule(warning: Warning_, actor: Actor) -> Warning_:
    """Take it off the schedule; it stays approved."""
    _may(can(actor.roles, "can_publish"), "只有发布员能改排期")
    _in(warning, "scheduled")
    return _moved(warning, "approved", scheduled=None)


def recall(warning: Warning_, actor: Actor) -> Warning_:
    """It will not be sent; of one that is being sent, what has not gone yet stays here."""
    _may(can(actor.roles, "can_publish") or can(actor.roles, "can_review"), "没有撤回的权限")
    _in(warning, *EDITABLE, "sending")
    return _moved(warning, "recalled", scheduled=None)


def start(warning: Warning_, steps: tuple[str, ...], now: datetime) -> Warning_:
    """The sender takes it up; the approval is looked at once more, for it was given for exactly this."""
    _in(warning, "scheduled")
    check_approved(warning, steps)
    _fits(warning.content, _today(now))
    return _moved(warning, "sending")


def finish(warning: Warning_) -> Warning_:
    """Every part of it has gone."""
    _in(warning, "sending")
    return _moved(warning, "sent")


def check_approved(warning: Warning_, steps: tuple[str, ...]) -> None:
    """RefusedError unless every step was approved, by different people, none of whom wrote it."""
    valid = warning.valid_approvals
    people = [approval.by for approval in valid]
    if next_step(warning, steps) or len(set(people)) != len(people) or warning.writers & set(people):
        raise RefusedError("这份内容没有批准齐，不能发。审批步骤改过的话，请审核员退回，再送审一次")


def _not_own(warning: Warning_, actor: Actor) -> None:
    if actor.id == warning.author or actor.id in warning.writers:
        raise RefusedError("自己写的或改过的警示，自己不能审")


def _may(allowed: bool, otherwise: str) -> None:
    if not allowed:
        raise RefusedError(otherwise)


def _in(warning: Warning_, *states: State) -> None:
    if warning.state not in states:
        raise RefusedError(f"现在是“{STATES[warning.state]}”，不能这样做")


def _fits(content: Content, today: date) -> None:
    if content.valid_until < today:
        raise RefusedError(f"有效期已过（{content.valid_until}），请先改有效期")
    if len(text_of(content).encode()) > TEXT_BYTES:
        raise RefusedError("文字太长，微信一条消息放不下，请缩短")


def _moved(warning: Warning_, state: State, **changes: object) -> Warning_:
    return warning.model_copy(update={"state": state, "version": warning.version + 1, **changes})


def _today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
