"""WeChat's tags follow the subscriptions: one tag a category and one a county, 50 people a call.

Doing it twice changes nothing, so it needs neither a queue of its own nor a lock: what is untidy is asked of
the record, changed at WeChat, and marked as done unless the person changed their mind meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from bot.store.subscriptions import SubscriptionStore, Untidy
from bot.wechat_api import WeChatApi
from bot.wechat_api.errors import WeChatError
from bot.wechat_api.tags import OPENIDS_A_CALL

AT_ONCE = 500  # people a round
GONE = frozenset({40003, 43004})  # no openid of ours, or not following any more
TAG_GONE, TAG_TAKEN = 45159, 45157

Change = Callable[[int, Sequence[str]], Coroutine[Any, Any, None]]

log = structlog.get_logger()


class TagSync:
    """Brings the tags up to date, a round at a time."""

    def __init__(self, store: SubscriptionStore, api: WeChatApi) -> None:
        self._store, self._api = store, api
        self._ids: dict[str, int] = {}

    async def round(self) -> int:
        """Tidy up to `AT_ONCE` people; how many there were.

        Raises:
            WeChatError: the platform cannot be asked now; the next round goes on where this one stopped.
        """
        people = await self._store.untidy(AT_ONCE)
        if not people:
            return 0
        try:
            gone = await self._change(people)
        except WeChatError as error:
            if error.code == TAG_GONE:
                self._ids.clear()  # somebody deleted a tag in the platform's own console
            raise
        for each in people:
            if each.openid in gone:
                await self._store.forget_user(each.user)
        await self._store.tidied([each for each in people if each.openid not in gone])
        log.info("tags_follow", people=len(people), gone=len(gone))
        return len(people)

    async def tag_id(self, name: str) -> int:
        """The id of the tag, made if it is not there."""
        if name not in self._ids:
            self._ids = {tag.name: tag.id for tag in await self._api.tags.all()}
        if name not in self._ids:
            try:
                self._ids[name] = (await self._api.tags.create(name)).id
            except WeChatError as error:
                if error.code != TAG_TAKEN:
                    raise
                self._ids = {tag.name: tag.id for tag in await self._api.tags.all()}
        return self._ids[name]

    async def put_on_some(self, tag: int, openids: Sequence[str]) -> set[str]:
        """Tag up to 50 people; gives those who are not there any more."""
        return await self._some(self._api.tags.put_on, tag, openids)

    async def take_off_some(self, tag: int, openids: Sequence[str]) -> set[str]:
        """Untag up to 50 people; gives those who are not there any more."""
        return await self._some(self._api.tags.take_off, tag, openids)

    async def _change(self, people: Sequence[Untidy]) -> set[str]:
        """Take off first: 20 a user is the most. Gives those who are not there any more."""
        off, on = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for each in people:
            for name in each.tagged - each.wanted:
                off[name].append(each.openid)
            for name in each.wanted - each.tagged:
                on[name].append(each.openid)
        gone: set[str] = set()
        for groups, change in ((off, self._api.tags.take_off), (on, self._api.tags.put_on)):
            for name, openids in sorted(groups.items()):
                gone |= await self._in_fifties(change, await self.tag_id(name), openids)
        return gone

    async def _in_fifties(self, change: Change, tag: int, openids: Sequence[str]) -> set[str]:
        gone: set[str] = set()
        for start in range(0, len(openids), OPENIDS_A_CALL):
            gone |= await self._some(change, tag, openids[start : start + OPENIDS_A_CALL])
        return gone

    async def _some(self, change: Change, tag: int, openids: Sequence[str]) -> set[str]:
        """One call. It is all or nothing: with somebody who left among them, each half by itself."""
        try:
            await change(tag, openids)
        except WeChatError as error:
            if error.code not in GONE:
                raise
            if len(openids) == 1:
                return set(openids)
            half = len(openids) // 2
            return await self._some(change, tag, openids[:half]) | await self._some(
                change, tag, openids[half:]
            )
        return set()
