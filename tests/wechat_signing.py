"""A WeChat that posts to the bot: signs and encrypts with wechatpy, other code than the bot's door."""

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import xmltodict
from wechatpy.crypto import WeChatCrypto, _get_signature
from wechatpy.utils import WeChatSigner

APP_ID = "wx1234567890abcdef"
TOKEN = "token-of-the-tests"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
ACCOUNT = "gh_0123456789ab"
USER = "oLinxia_test_user_0000000001"

_ids = itertools.count(24_000_000_000_000_000)


def sha1(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def xml_of(**fields: Any) -> str:
    """A message as WeChat writes it; values may be nested dictionaries."""
    return str(xmltodict.unparse({"xml": fields}, full_document=False))


@dataclass
class Answer:
    """What came back. `text` is the reply's content, None for `success`."""

    status: int
    body: str
    seconds: float
    text: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class WeChat:
    """One platform talking to one address."""

    url: str
    http: aiohttp.ClientSession
    mode: str = "safe"
    key: str = KEY
    token: str = TOKEN
    app_id: str = APP_ID

    def crypto(self) -> Any:
        return WeChatCrypto(self.token, self.key, self.app_id)

    def message(self, kind: str = "text", user: str = USER, **fields: Any) -> str:
        """A message or (kind event) an event of `user`."""
        common = {
            "ToUserName": ACCOUNT,
            "FromUserName": user,
            "CreateTime": int(time.time()),
            "MsgType": kind,
        }
        if kind != "event":
            common["MsgId"] = next(_ids)
        return xml_of(**(common | fields))

    def envelope(self, xml: str, *, at: int | None = None, nonce: str = "") -> tuple[dict[str, str], bytes]:
        """Query and body of the POST that carries `xml`."""
        timestamp, nonce = str(at or int(time.time())), nonce or secrets.token_hex(5)
        query = {"timestamp": timestamp, "nonce": nonce, "signature": sha1(self.token, timestamp, nonce)}
        if self.mode == "plain":
            return query, xml.encode()
        sealed = xmltodict.parse(self.crypto().encrypt_message(xml, nonce, timestamp))["xml"]
        query |= {"encrypt_type": "aes", "msg_signature": sealed["MsgSignature"]}
        frame = {"ToUserName": ACCOUNT, "Encrypt": sealed["Encrypt"]}
        if self.mode == "compatible":
            return query, xml_of(**(xmltodict.parse(xml)["xml"] | frame)).encode()
        return query, xml_of(**frame).encode()

    async def post(self, query: dict[str, str], body: bytes) -> Answer:
        """Deliver and decrypt what comes back."""
        began = time.perf_counter()
        async with self.http.post(f"{self.url}/wechat", params=query, data=body) as response:
            text = await response.text()
        answer = Answer(response.status, text, time.perf_counter() - began)
        if text.startswith("<xml"):
            answer.fields = self.open(text)
            answer.text = answer.fields["Content"] or ""
        return answer

    def open(self, body: str) -> dict[str, Any]:
        """The fields of a reply, after its signature was checked."""
        if self.mode != "plain":
            sealed = xmltodict.parse(body)["xml"]
            stamp, nonce = sealed["TimeStamp"], sealed["Nonce"]
            assert sealed["MsgSignature"] == _get_signature(self.token, stamp, nonce, sealed["Encrypt"])
            body = self.crypto().decrypt_message(body, sealed["MsgSignature"], stamp, nonce)
        return dict(xmltodict.parse(body)["xml"])

    async def deliver(self, xml: str) -> Answer:
        """One delivery of this message, signed afresh."""
        return await self.post(*self.envelope(xml))

    async def say(self, text: str, user: str = USER) -> str:
        """Send a text as a citizen does, up to three deliveries as WeChat makes them; the bot's reply."""
        xml = self.message(Content=text, user=user)
        for _ in range(3):
            answer = await self.deliver(xml)
            if answer.status != 503:
                break
        assert answer.status == 200, answer
        return answer.text or ""

    async def get(self, path: str, **query: str) -> tuple[int, str]:
        """A plain GET."""
        async with self.http.get(self.url + path, params=query) as response:
            return response.status, await response.text()

    async def counted(self, name: str) -> float:
        """The sum of a Prometheus counter over its labels."""
        _, text = await self.get("/metrics")
        lines = [line for line in text.splitlines() if line.startswith((f"{name}_total", name + " "))]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)
