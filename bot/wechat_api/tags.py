"""Tags: who is to get which warnings. 100 an account, 20 a user, 50 openids a call."""

from collections.abc import AsyncIterator, Sequence

from bot.wechat_api.calls import Calls
from bot.wechat_api.results import Tag

CREATE, LIST = "/cgi-bin/tags/create", "/cgi-bin/tags/get"
PUT_ON, TAKE_OFF = "/cgi-bin/tags/members/batchtagging", "/cgi-bin/tags/members/batchuntagging"
MEMBERS = "/cgi-bin/user/tag/get"
OPENIDS_A_CALL = 50


class TagsApi:
    """tags/create, get, members and user/tag/get."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def create(self, name: str) -> Tag:
        """A new tag. 45157: the name is taken."""
        answer = await self._calls.post(CREATE, {"tag": {"name": name}})
        return self._calls.parse(Tag, CREATE, answer.get("tag", {}))

    async def all(self) -> list[Tag]:
        """Every tag of the account."""
        answer = await self._calls.get(LIST)
        return [self._calls.parse(Tag, LIST, tag) for tag in answer.get("tags", [])]

    async def put_on(self, tag_id: int, openids: Sequence[str]) -> None:
        """Tag people, 50 a call."""
        await self._change(PUT_ON, tag_id, openids)

    async def take_off(self, tag_id: int, openids: Sequence[str]) -> None:
        """Untag people, 50 a call."""
        await self._change(TAKE_OFF, tag_id, openids)

    async def members(self, tag_id: int) -> AsyncIterator[str]:
        """Every openid with the tag, page by page."""
        after = ""
        while True:
            answer = await self._calls.post(MEMBERS, {"tagid": tag_id, "next_openid": after})
            page = answer.get("data", {}).get("openid", [])
            for openid in page:
                yield str(openid)
            after = str(answer.get("next_openid") or "")
            if not page or not after:
                return

    async def _change(self, path: str, tag_id: int, openids: Sequence[str]) -> None:
        for start in range(0, len(openids), OPENIDS_A_CALL):
            some = list(openids[start : start + OPENIDS_A_CALL])
            await self._calls.post(path, {"tagid": tag_id, "openid_list": some})
