"""The encrypted frame: 16 random bytes, length, XML and AppID under AES-256-CBC (wechatpy's `PrpCrypto`).

While the account's key is being changed both keys open a frame; the answer is sealed with the key that did.
"""

import base64
import secrets
import struct
from dataclasses import dataclass
from typing import Any

from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from bot.webhook.errors import Forbidden
from bot.webhook.signature import sign

KEY_CHARACTERS = 43
KEY_BYTES = 32


class SealError(ValueError):
    """An EncodingAESKey is not what WeChat's console shows."""


@dataclass(frozen=True)
class Seal:
    """One of the account's keys: opens what came in, and seals the answer to it."""

    token: str
    app_id: str
    crypto: Any  # wechatpy's PrpCrypto

    @classmethod
    def of(cls, token: str, app_id: str, encoding_aes_key: str) -> "Seal":
        """From the 43 characters that WeChat's console shows.

        Raises:
            SealError: they are not.
        """
        try:
            key = base64.b64decode(encoding_aes_key + "=", validate=True)
        except ValueError:
            key = b""
        if len(encoding_aes_key) != KEY_CHARACTERS or len(key) != KEY_BYTES:
            raise SealError("WECHAT_ENCODING_AES_KEY must be the 43 letters and digits of WeChat's console")
        crypto = PrpCrypto(key)
        # wechatpy fills the frame from `random`; the first block is the only thing that hides the rest.
        crypto.get_random_string = lambda: secrets.token_bytes(16)
        return cls(token, app_id, crypto)

    def open(self, encrypted: str) -> str | None:
        """The XML in the frame, or None if this key does not open it or it is for another account."""
        try:
            text: str = self.crypto.decrypt(encrypted, self.app_id)
        except (InvalidAppIdException, ValueError, IndexError, struct.error):
            return None
        return text

    def close(self, xml: str, timestamp: str, nonce: str) -> str:
        """The encrypted and signed answer."""
        encrypted: str = self.crypto.encrypt(xml, self.app_id).decode()
        signature = sign(self.token, timestamp, nonce, encrypted)
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )


def open_with_any(seals: tuple[Seal, ...], encrypted: str) -> tuple[str, Seal]:
    """The XML and the key that opened it, the current key first.

    Raises:
        Forbidden: no key of this account opens it.
    """
    for seal in seals:
        xml = seal.open(encrypted)
        if xml is not None:
            return xml, seal
    raise Forbidden
