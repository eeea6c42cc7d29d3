"""A local server that stands for WeChat's API: its limits, its error codes, its callbacks.

The sandbox and the tests talk to it over HTTP exactly as the bot talks to api.weixin.qq.com. What the real
platform keeps about one official account is a `Platform` object here; nothing of it leaves the machine.

    platform = Platform(Account(app_id="wx…", secret="…", token="…", aes_key="…"), clock)
    app = create_app(platform)              # mount it, or serve it on its own
    phone = Phone(platform, session)        # a citizen's side: writes to the webhook as WeChat would
    platform.faults.add("/cgi-bin/message/custom/send", "code", code=-1, times=3)
"""

from bot.wechat_server.account import Account, Limits
from bot.wechat_server.app import create_app
from bot.wechat_server.phone import Delivery, Phone
from bot.wechat_server.platform import Platform

__all__ = ["Account", "Delivery", "Limits", "Phone", "Platform", "create_app"]
