"""Puts the endpoints together over one session and one token."""

from redis.asyncio import Redis

from bot.vault import Vault
from bot.wechat_api.account import AccountApi
from bot.wechat_api.articles import ArticlesApi
from bot.wechat_api.calls import Calls
from bot.wechat_api.mass import MassApi
from bot.wechat_api.media import MediaApi
from bot.wechat_api.menu import MenuApi
from bot.wechat_api.messages import MessagesApi
from bot.wechat_api.tags import TagsApi
from bot.wechat_api.templates import TemplatesApi
from bot.wechat_api.users import UsersApi
from config.settings import Settings
from handlers.ports import Clock


class WeChatApi:
    """All endpoints that this program uses, grouped."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.messages = MessagesApi(calls)
        self.templates = TemplatesApi(calls)
        self.menu = MenuApi(calls)
        self.media = MediaApi(calls)
        self.tags = TagsApi(calls)
        self.mass = MassApi(calls)
        self.articles = ArticlesApi(calls)
        self.users = UsersApi(calls)
        self.account = AccountApi(calls)

    @classmethod
    def open(cls, settings: Settings, redis: Redis, vault: Vault, clock: Clock) -> "WeChatApi":
        """A client; connects at its first call. Close it with `close`."""
        return cls(Calls(settings, redis, vault, clock))

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()
