"""The account itself: quotas and the addresses that callbacks come from."""

from bot.wechat_api.calls import Calls

CLEAR, CALLBACK_IPS = "/cgi-bin/clear_quota", "/cgi-bin/getcallbackip"


class AccountApi:
    """clear_quota and getcallbackip."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def clear_quota(self) -> None:
        """Put all daily counts back to zero; ten times a month."""
        await self._calls.post(CLEAR, {"appid": self._calls.app_id})

    async def callback_ips(self) -> tuple[str, ...]:
        """The addresses that callbacks may come from."""
        answer = await self._calls.get(CALLBACK_IPS)
        return tuple(map(str, answer.get("ip_list", ())))
