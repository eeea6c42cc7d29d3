"""The answer's XML. Nothing a citizen wrote can leave its element, whatever it contains."""

import re

from handlers.message import Message

# What XML 1.0 cannot hold in any spelling; WeChat would reject the whole answer.
UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_reply(message: Message, text: str, now: int) -> str:
    """A passive text reply to `message`; `now` in Unix seconds."""
    return (
        f"<xml><ToUserName>{cdata(message.user)}</ToUserName>"
        f"<FromUserName>{cdata(message.account)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(text)}</Content></xml>"
    )


def cdata(text: str) -> str:
    """`text` as character data; a `]]>` in it is cut in two, so that it ends nothing."""
    clean = UNSPEAKABLE.sub("", text)
    return "<![CDATA[" + clean.replace("]]>", "]]]]><![CDATA[>") + "]]>"
