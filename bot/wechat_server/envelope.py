"""WeChat's own end of the callback protocol: signs and encrypts what is posted, opens the answer.

Written apart from the bot's webhook on purpose, so that a mistake there meets a second reading of the rules:
signature = sha1 of the sorted token, timestamp, nonce (and ciphertext); AES-256-CBC, IV = key[:16], PKCS#7 to
32 bytes; frame = 16 random bytes, 4-byte big-endian length, XML, AppID.
"""

import base64
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.wechat_server.account import Account
from bot.wechat_server.xml import from_xml, to_xml

BLOCK = 32


class EnvelopeError(Exception):
    """The bot's answer is not what the platform accepts."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A callback as it goes over the wire: query string and body."""

    query: str
    body: str


class Envelope:
    """Seals and opens for one account, in the mode that is set on mp.weixin.qq.com."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._key = base64.b64decode(account.aes_key + "=") if account.aes_key else b""

    def seal(self, xml: str, timestamp: int) -> Sealed:
        """Query and body of a callback that carries `xml`."""
        nonce = str(secrets.randbelow(10**10))
        openid = from_xml(xml).get("FromUserName", "")
        query = {
            "signature": self._sign(str(timestamp), nonce),
            "timestamp": str(timestamp),
            "nonce": nonce,
            "openid": openid,
        }
        if self._account.mode == "plain":
            return Sealed(urlencode(query), xml)
        encrypted = self._encrypt(xml)
        query |= {
            "encrypt_type": "aes",
            "msg_signature": self._sign(str(timestamp), nonce, encrypted),
        }
        if self._account.mode == "compatible":
            body = xml.replace("</xml>", f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>")
        else:
            body = to_xml({"ToUserName": self._account.original_id, "Encrypt": encrypted})
        return Sealed(urlencode(query), body)

    def verification_query(self, echo: str, timestamp: int) -> str:
        """The query of the GET that checks a server address."""
        nonce = str(secrets.randbelow(10**10))
        signature = self._sign(str(timestamp), nonce)
        return urlencode(
            {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo},
        )

    def open(self, body: str) -> str:
        """The XML of the bot's answer, or "" for silence. EnvelopeError when the platform would refuse it."""
        if body.strip() in ("", "success"):
            return ""
        try:
            fields = from_xml(body)
        except ValueError as error:
            raise EnvelopeError(f"the answer is not XML: {error}") from error
        encrypted = fields.get("Encrypt")
        if encrypted is None:
            if self._account.mode == "safe":
                raise EnvelopeError("a plain answer in safe mode")
            return body
        wanted = self._sign(fields.get("TimeStamp", ""), fields.get("Nonce", ""), encrypted)
        if not hmac.compare_digest(wanted, fields.get("MsgSignature", "")):
            raise EnvelopeError("the answer's MsgSignature is wrong")
        return self._decrypt(encrypted)

    def _sign(self, *parts: str) -> str:
        joined = "".join(sorted((self._account.token, *parts)))
        return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def _encrypt(self, xml: str) -> str:
        content = xml.encode()
        frame = secrets.token_bytes(16) + struct.pack("!I", len(content)) + content
        frame += self._account.app_id.encode()
        pad = BLOCK - len(frame) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(frame + bytes([pad]) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def _decrypt(self, encrypted: str) -> str:
        try:
            decryptor = self._cipher().decryptor()
            frame = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
            frame = frame[: -frame[-1]]
            length = struct.unpack("!I", frame[16:20])[0]
            content, app_id = frame[20 : 20 + length].decode(), frame[20 + length :].decode()
        except (ValueError, IndexError, struct.error) as error:
            raise EnvelopeError("the answer cannot be decrypted") from error
        if app_id != self._account.app_id:
            raise EnvelopeError("the answer carries another AppID")
        return content
