"""What clerks do with warnings: judged by `handlers.warnings.steps`, stored with a line of history."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update

from bot.broadcast.calls import outbox_prefix
from bot.broadcast.sender import Broadcast
from bot.outbox.states import CONTACT, DEAD, NEW
from bot.store.bindings import BindingStore
from bot.store.schema import outbox
from bot.store.warnings import Deed, WarningStore, new_id
from bot.wechat_api import WeChatApi
from bot.wechat_api.errors import WeChatError
from handlers.permissions import can
from handlers.ports import Clock
from handlers.warnings import steps
from handlers.warnings.model import Content, Warning_, text_of
from handlers.warnings.quota import Plan
from handlers.warnings.steps import Actor, RefusedError

RECALLED = "已撤回"


@dataclass(frozen=True)
class WarningDesk:
    """Every method raises RefusedError when it may not be done, and VersionConflictError when somebody else
    changed the warning at the same moment.
    """

    store: WarningStore
    broadcast: Broadcast
    bindings: BindingStore
    api: WeChatApi
    clock: Clock

    async def find(self, id: str) -> Warning_:
        """The warning.

        Raises:
            KeyError: there is none.
        """
        found = await self.store.find(id)
        if found is None:
            raise KeyError(id)
        return found

    async def write(self, content: Content, actor: Actor, id: str = "") -> Warning_:
        """A new draft, under `id` if one is given."""
        now = self.clock.now()
        warning = steps.write(id or new_id(), content, actor, now)
        await self.store.create(warning, Deed("written", actor.id, now, hash=content.fingerprint()))
        return warning

    async def edit(self, id: str, version: int, content: Content, actor: Actor) -> Warning_:
        """Change the content of the warning as it was when the form was shown (`version`)."""
        before, now = await self._seen(id, version), self.clock.now()
        deed = Deed("edited", actor.id, now)
        return await self._do(before, deed, lambda w: steps.edit(w, content, actor, now))

    async def submit(self, id: str, version: int, actor: Actor) -> Warning_:
        """Hand it to those who approve."""
        deed = Deed("submitted", actor.id, self.clock.now())
        return await self._do(await self._seen(id, version), deed, lambda w: steps.submit(w, actor))

    async def approve(self, id: str, seen: str, actor: Actor) -> Warning_:
        """Say yes to the content with the hash `seen`."""
        before, names, now = await self.find(id), await self.broadcast.steps(), self.clock.now()
        deed = Deed("approved", actor.id, now, step=steps.next_step(before, names))
        return await self._do(before, deed, lambda w: steps.approve(w, seen, names, actor, now))

    async def reject(self, id: str, reason: str, actor: Actor) -> Warning_:
        """Back to the author, with the reason."""
        if not reason.strip():
            raise RefusedError("请写退回的原因")
        deed = Deed("rejected", actor.id, self.clock.now(), note=reason)
        return await self._do(await self.find(id), deed, lambda w: steps.reject(w, actor))

    async def schedule(self, id: str, when: datetime | None, actor: Actor) -> Warning_:
        """To be sent at `when`, or now."""
        now, names = self.clock.now(), await self.broadcast.steps()
        deed = Deed("scheduled", actor.id, now)
        return await self._do(
            await self.find(id), deed, lambda w: steps.schedule(w, when or now, names, actor, now)
        )

    async def unschedule(self, id: str, actor: Actor) -> Warning_:
        """Off the schedule."""
        deed = Deed("unscheduled", actor.id, self.clock.now())
        return await self._do(await self.find(id), deed, lambda w: steps.unschedule(w, actor))

    async def recall(self, id: str, actor: Actor) -> Warning_:
        """What has not gone yet does not go."""
        before, now = await self.find(id), self.clock.now()
        after = steps.recall(before, actor)
        async with self.store.database.write() as connection:
            await self.store.save_in(connection, before, after, Deed("recalled", actor.id, now))
            await self.broadcast.batches.call_off(connection, id)
            waiting = outbox.c.key.startswith(outbox_prefix(id)) & outbox.c.state.in_((NEW, CONTACT))
            await connection.execute(update(outbox).where(waiting).values(state=DEAD, reason=RECALLED))
        return after

    async def plan(self, content: Content) -> Plan:
        """How it would go out now, and who would not get it."""
        allowed = await self.broadcast.allowance()
        return await self.broadcast.batches.preview(content, allowed, self.broadcast.month())

    async def test_send(self, id: str, actor: Actor) -> None:
        """To the clerk's own WeChat.

        Raises:
            RefusedError: no WeChat account is bound, or WeChat refuses.
        """
        if not (can(actor.roles, "can_publish") or can(actor.roles, "can_review")):
            raise RefusedError("只有发布员和审核员能试发")
        warning, openid = await self.find(id), await self.bindings.openid_of(actor.id)
        if not openid:
            raise RefusedError("还没有绑定您自己的微信，请先在“消费警示”页点“绑定我的微信”")
        text = "（试发，请核对）\n" + text_of(warning.content)
        try:
            try:
                await self.api.mass.preview(openid, await self.broadcast.calls.posts.of(warning.content))
            except WeChatError:  # not verified, or its 100 previews a day are used up
                await self.api.messages.send_text(openid, text)
        except WeChatError as error:
            raise RefusedError(f"微信没有收下（{error.code}）：请先用您的微信给公众号发一句话再试") from error
        await self.store.note(warning, Deed("tested", actor.id, self.clock.now()))

    async def _seen(self, id: str, version: int) -> Warning_:
        """The warning, if it is still what the clerk saw."""
        warning = await self.find(id)
        if warning.version != version:
            raise RefusedError("别人刚改过这条警示，请看过现在的内容再改")
        return warning

    async def _do(self, before: Warning_, deed: Deed, change: Callable[[Warning_], Warning_]) -> Warning_:
        after = change(before)
        if after is not before:
            await self.store.save(before, after, replace(deed, hash=after.content.fingerprint()))
        return after
