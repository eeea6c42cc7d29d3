"""A citizen who fills in forms through the signed webhook, and the dialogues of the scenario tests."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from bot.clock import ShiftedClock
from config.texts import say
from tests.wechat_lab import Lab
from tests.wechat_signing import USER, WeChat

ID_NO = "622901199001011232"
ID_MASKED = "6229**********1232"
PHONE = "13993012345"
USCC = "91110000600037341L"
IMAGE = "<image>"


def number_in(text: str) -> str:
    """The case number that a receipt names."""
    found = re.search(r"(?:XK|TS|JB)\d{11}", text)
    assert found, text
    return found[0]


def code_in(text: str) -> str:
    """The query code that a receipt names."""
    found = re.search(r"查询码 (\d{6})", text)
    assert found, text
    return found[1]


@dataclass
class Citizen:
    """Types, and remembers what came back."""

    wechat: WeChat
    user: str = USER
    lab: Lab | None = None
    heard: list[str] = field(default_factory=list)
    sent: int = 0
    shot: int = 0

    async def say(self, *texts: str) -> str:
        """Send these one after the other; the last reply."""
        for text in texts:
            self.sent += 1
            xml = self.photo() if text == IMAGE else self.wechat.message(Content=text, user=self.user)
            self.heard.append(await self.deliver(xml))
        return self.heard[-1]

    async def deliver(self, xml: str) -> str:
        """The same message again, as WeChat does, until it is answered: the machine may be slow."""
        while True:
            answer = await self.wechat.deliver(xml)
            if answer.status == 200 and answer.text != say("late.wait"):
                return answer.text or ""
            assert answer.status in (200, 503), answer

    def photo(self) -> str:
        """The message that brings a photograph; it lies on the platform's media shelf."""
        assert self.lab is not None
        out = io.BytesIO()
        self.shot += 1
        Image.new("RGB", (40, 30), (self.shot % 255, 80, 80)).save(out, "JPEG")
        media = self.lab.platform.media.put("image", out.getvalue(), "image/jpeg")
        return self.wechat.message("image", user=self.user, MediaId=media.id, PicUrl="http://x/1.jpg")


CITIZEN = (
    "我要申请公开去年全州食品抽检不合格名单", "对", "1", "马小花", "同意", ID_NO, PHONE, "临夏市红园路12号",
    "跳过", "2", "hua@163.com", "可以", "确认",
)  # fmt: skip
ORGANISATION = (
    "我要申请信息公开", "2024年全州电梯检验不合格名单", "单位", "临夏某某商贸有限公司", "科研机构", USCC,
    "马晓梅", "张海", "0930-6216381", "临夏市红园路12号", "了解情况", "1", "2", "731100", "不行", "确认",
)  # fmt: skip
AGENT = (
    "申请公开", "2024年计量检定收费批复文件", "替别人代办", "个人", "李四海", IMAGE, "好了", "马小花", "同意",
    "护照 E12345678", PHONE, "东乡县锁南镇马场村三社", "跳过", "纸质", "自己取", "可以", "确认",
)  # fmt: skip
JOINT = (
    "申请公开", "我们小区加装电梯的检验报告", "4", "六个人", "马海、张三丰", "稍后补交", "同意", ID_NO, PHONE,
    "临夏市红园路12号", "跳过", "3", "1", "跳过", "可以", "确认",
)  # fmt: skip
COMPLAINT = (
    "我要投诉红园路美家家具店，柜子裂了不给退", "都符合", "对", "临夏市红园路12号", "上个月底", "三千多",
    "11月去店里三次，老板说不退不换", "退钱、赔偿", IMAGE, IMAGE, "好了", "马小花", PHONE,
    "临夏市团结路5号", "可以", "可以", "1", "确认",
)  # fmt: skip
ANONYMOUS = (
    "我要举报学校门口小卖部卖过期辣条", "对", "东乡县锁南镇中学门口", "没有了", "没有", "匿名", "2", "确认",
)  # fmt: skip
NAMED = (
    "我要举报", "老马豆腐坊", "广河县城关镇菜市场", "每天早上往豆腐里加东西，没有执照", IMAGE, "好了", "实名",
    "马海", PHONE, "跳过", "1", "确认",
)  # fmt: skip
FLOWS: dict[str, Sequence[str]] = {
    "citizen": CITIZEN,
    "organisation": ORGANISATION,
    "agent": AGENT,
    "joint": JOINT,
    "complaint": COMPLAINT,
    "anonymous": ANONYMOUS,
    "named": NAMED,
}


@dataclass
class MovingWeChat(WeChat):
    """A WeChat whose time is the bot's, so that days can pass between two messages."""

    clock: ShiftedClock = field(default_factory=ShiftedClock)

    def message(self, kind: str = "text", user: str = USER, **fields: Any) -> str:
        now = int(self.clock.now().timestamp())
        return super().message(kind, user, **({"CreateTime": now} | fields))

    def envelope(self, xml: str, *, at: int | None = None, nonce: str = "") -> tuple[dict[str, str], bytes]:
        return super().envelope(xml, at=at or int(self.clock.now().timestamp()), nonce=nonce)
