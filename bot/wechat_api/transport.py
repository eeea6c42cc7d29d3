"""HTTP to WeChat: explicit timeouts, answers read as JSON, every failure a `WeChatError` without secrets."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from bot.wechat_api.errors import WeChatError, kind_of

# Sending is answered in well under a second; a connection that hangs must not hold a worker.
CALL = aiohttp.ClientTimeout(total=8, connect=3, sock_connect=3, sock_read=5)
MEDIA = aiohttp.ClientTimeout(total=40, connect=3, sock_connect=3, sock_read=15)
MEDIA_BYTES = 12 * 1024 * 1024  # WeChat's own limit for an image is 10 MB
REASON_CHARS = 120

Json = dict[str, Any]


class Transport:
    """One session for the whole program. `base` is the API's host, without a slash at the end."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, path: str, params: Mapping[str, str], body: Json | None = None) -> Json:
        """A JSON call; the answer without an errcode other than 0.

        Raises:
            WeChatError: an errcode, no answer, or one that is not JSON.
        """
        # WeChat wants Chinese as it is, not as \\u escapes, which it would show to the user.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        raw, _ = await self._send(method, path, params, CALL, data=data, headers=headers)
        return _answer(path, raw)

    async def upload(
        self, path: str, params: Mapping[str, str], form: Callable[[], aiohttp.FormData]
    ) -> Json:
        """A multipart upload; `form` makes the body anew, for it can be sent only once."""
        raw, _ = await self._send("POST", path, params, MEDIA, data=form())
        return _answer(path, raw)

    async def download(self, path: str, params: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
        """A file and its headers; the platform reports errors as JSON in its place."""
        raw, headers = await self._send("GET", path, params, MEDIA)
        if headers.get("Content-Type", "").startswith(("application/json", "text/plain")):
            _answer(path, raw)
            raise WeChatError(0, "content", path, "no file but a link or text")
        return raw, headers

    async def _send(
        self, method: str, path: str, params: Mapping[str, str], patience: aiohttp.ClientTimeout, **send: Any
    ) -> tuple[bytes, Mapping[str, str]]:
        # `from None` throughout: aiohttp's exceptions carry the URL, and the URL carries the token.
        try:
            async with self._http().request(
                method, self._base + path, params=params, timeout=patience, allow_redirects=False, **send
            ) as response:
                if response.status != 200:
                    done = response.status >= 500
                    raise WeChatError(0, "network", path, f"HTTP {response.status}", maybe_done=done)
                raw = await _read(response, path)
                return raw, {**response.headers}
        except aiohttp.ClientConnectorError:
            raise WeChatError(0, "network", path, "no connection") from None
        except TimeoutError:
            raise WeChatError(0, "network", path, "no answer in time", maybe_done=True) from None
        except aiohttp.ClientError as error:
            raise WeChatError(0, "network", path, type(error).__name__, maybe_done=True) from None

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32, ttl_dns_cache=300))
        return self._session


async def _read(response: aiohttp.ClientResponse, path: str) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(64 * 1024):
        size += len(chunk)
        if size > MEDIA_BYTES:
            raise WeChatError(0, "content", path, "answer too large")
        chunks.append(chunk)
    return b"".join(chunks)


def _answer(path: str, raw: bytes) -> Json:
    try:
        answer = json.loads(raw)
    except ValueError:
        raise WeChatError(0, "network", path, "the answer is not JSON", maybe_done=True) from None
    if not isinstance(answer, dict):
        raise WeChatError(0, "network", path, "the answer is not an object", maybe_done=True)
    code = answer.get("errcode", 0)
    if code:
        # Only the code and the first words: errmsg may repeat what was sent.
        reason = str(answer.get("errmsg", "")).split(":")[0].split(" rid")[0][:REASON_CHARS]
        error = WeChatError(int(code), kind_of(int(code)), path, reason)
        error.data = {name: value for name, value in answer.items() if name not in ("errcode", "errmsg")}
        raise error
    return answer
