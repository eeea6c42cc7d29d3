"""Our client of WeChat's API: one HTTP session, one cached token for all processes, typed results and errors.

api = WeChatApi.open(settings, redis, vault, clock)
await api.messages.send_text(openid, "……")        # WeChatError(kind="refused") outside the 48 hours
await api.close()
"""

from bot.wechat_api.client import WeChatApi
from bot.wechat_api.errors import ErrorKind, WeChatError

__all__ = ["ErrorKind", "WeChatApi", "WeChatError"]
