"""Everything that must hold before a handler runs: size, signature, freshness, mode, frame, shape."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.webhook.envelope import Seal, open_with_any
from bot.webhook.errors import Forbidden, Malformed, Stale, WrongMode
from bot.webhook.parse import elements, to_message
from bot.webhook.signature import is_fresh, is_genuine
from config.settings import Mode, Settings
from handlers.message import Message
from handlers.ports import Clock

NONCE_LENGTH = 128


@dataclass(frozen=True, slots=True)
class Verified:
    """A message that WeChat sent, and what its answer must be sealed with (None: plain)."""

    message: Message
    signature: str  # timestamp and nonce: what WeChat's signature covers besides the token
    digest: str  # of the message's content
    seal: Seal | None
    timestamp: str
    nonce: str


class Gate:
    """Checks requests against the account's token, keys and mode. Pure CPU, about 0.2 ms a message."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._token = settings.wechat_token.get_secret_value()
        self._mode: Mode = settings.wechat_mode
        self._seals = _seals(settings) if self._mode != "plain" else ()

    def greet(self, query: Mapping[str, str]) -> str:
        """The `echostr` of the console's check, if the check is WeChat's.

        Raises:
            Refused: it is not.
        """
        self._check_signature(query)
        return query["echostr"] if "echostr" in query else _missing()

    def let_in(self, query: Mapping[str, str], body: bytes) -> Verified:
        """The message of a POST.

        Raises:
            Refused: the reason is the exception's type.
        """
        self._check_signature(query)
        if self._mode == "plain":
            return self._plain(query, body)
        return self._encrypted(query, body)

    def _check_signature(self, query: Mapping[str, str]) -> None:
        """`signature` covers token, timestamp and nonce, in every mode.

        In the encrypted modes a request with `msg_signature` alone is let by: that one covers them too.
        """
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not timestamp or not nonce or len(nonce) > NONCE_LENGTH:
            raise Malformed
        given = query.get("signature", "")
        if not given and (self._mode == "plain" or "msg_signature" not in query):
            raise Malformed
        if given and not is_genuine(given, self._token, timestamp, nonce):
            raise Forbidden
        if not is_fresh(timestamp, self._clock.now().timestamp()):
            raise Stale

    def _plain(self, query: Mapping[str, str], body: bytes) -> Verified:
        if query.get("encrypt_type", "raw") != "raw" or "Encrypt" in elements(body):
            raise WrongMode
        return _verified(query, body, None)

    def _encrypted(self, query: Mapping[str, str], body: bytes) -> Verified:
        """Safe and compatible mode alike: in compatible mode the plain copy beside the frame is ignored."""
        encrypted = elements(body).get("Encrypt", "")
        if not encrypted:
            raise WrongMode
        given = query.get("msg_signature", "")
        if not is_genuine(given, self._token, query["timestamp"], query["nonce"], encrypted):
            raise Forbidden
        xml, seal = open_with_any(self._seals, encrypted)
        return _verified(query, xml.encode(), seal)


def _verified(query: Mapping[str, str], xml: bytes, seal: Seal | None) -> Verified:
    timestamp, nonce = query["timestamp"], query["nonce"]
    digest = hashlib.sha256(xml).hexdigest()
    return Verified(to_message(xml), f"{timestamp}|{nonce}", digest, seal, timestamp, nonce)


def _seals(settings: Settings) -> tuple[Seal, ...]:
    token, app_id = settings.wechat_token.get_secret_value(), settings.wechat_app_id
    keys = (settings.wechat_encoding_aes_key, settings.wechat_previous_encoding_aes_key)
    texts = [key.get_secret_value() for key in keys]
    return tuple(Seal.of(token, app_id, text) for text in texts if text)


def _missing() -> str:
    raise Malformed
