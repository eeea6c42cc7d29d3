"""The second factor: six digits from an app, by RFC 6238; each code works once."""

import pyotp
import segno
from redis.asyncio import Redis

from handlers.ports import Clock

ISSUER = "临夏州市场监管"
STEP_SECONDS = 30
DRIFT_STEPS = 1  # a phone's clock may be half a minute off


class Totp:
    """`clock` is the machine's: apps know no other."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis, self._clock = redis, clock

    async def fits(self, staff: str, secret: str, code: str) -> bool:
        """Whether `code` is right now, and was not used before."""
        code = "".join(code.split())
        now = int(self._clock.now().timestamp()) // STEP_SECONDS
        for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
            if pyotp.utils.strings_equal(pyotp.TOTP(secret).at(step * STEP_SECONDS), code):
                seconds = STEP_SECONDS * (2 * DRIFT_STEPS + 2)
                return bool(await self._redis.set(f"lx:staff:code:{staff}:{step}", 1, nx=True, ex=seconds))
        return False


def new_secret() -> str:
    """160 random bits in base 32."""
    return pyotp.random_base32()


def picture(secret: str, login: str) -> str:
    """The QR code that apps scan, as a data: address of an SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=2))


def spaced(secret: str) -> str:
    """The secret in groups of four, for typing in."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
