"""What the account may know of a follower."""

from bot.wechat_api.calls import Calls
from bot.wechat_api.results import User

INFO = "/cgi-bin/user/info"


class UsersApi:
    """user/info. Since 2021 there is neither nickname nor picture in it."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def info(self, openid: str) -> User:
        """Whether someone follows, since when, with which tags. 40003 for a stranger."""
        answer = await self._calls.get(INFO, {"openid": openid, "lang": "zh_CN"})
        return self._calls.parse(User, INFO, answer)
