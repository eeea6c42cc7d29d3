"""A tag that holds exactly the people of one warning.

A subscription account may make one mass call a day, and a call by openids reaches 10,000 people: who has more
subscribers sends to a tag. Asking WeChat who has the tag already makes it safe to begin again at any point.
"""

from collections.abc import Awaitable, Callable, Sequence

from bot.broadcast.tags import TagSync
from bot.wechat_api import WeChatApi
from bot.wechat_api.tags import OPENIDS_A_CALL

NAME = "本次发送"
HOLD_EVERY = 20  # calls between two renewals of the lease

Hold = Callable[[], Awaitable[bool]]


class TagMembers:
    """Brings the members of the tag into line."""

    def __init__(self, tags: TagSync, api: WeChatApi) -> None:
        self._tags, self._api = tags, api

    async def exactly(self, openids: Sequence[str], hold: Hold) -> int | None:
        """The id of the tag, once exactly `openids` have it; None when `hold` says that it was lost.

        Raises:
            WeChatError: the platform cannot be asked now.
        """
        tag = await self._tags.tag_id(NAME)
        wanted, have = set(openids), {openid async for openid in self._api.tags.members(tag)}
        steps = (
            (self._tags.take_off_some, sorted(have - wanted)),
            (self._tags.put_on_some, sorted(wanted - have)),
        )
        calls = 0
        for change, people in steps:
            for start in range(0, len(people), OPENIDS_A_CALL):
                if calls % HOLD_EVERY == 0 and not await hold():
                    return None
                await change(tag, people[start : start + OPENIDS_A_CALL])
                calls += 1
        return tag if await hold() else None
