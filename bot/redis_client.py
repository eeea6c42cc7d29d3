"""How this program talks to Redis or Valkey: short timeouts, and patience over a restart of the server."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError

CONNECTIONS = 48
# About three seconds in all: a Valkey that was killed is back in one, and WeChat waits for five.
RETRY = Retry(
    ExponentialWithJitterBackoff(cap=0.3, base=0.02), 14, (ConnectionError, TimeoutError, BusyLoadingError)
)


def connect(url: str) -> Redis:
    """A client over a pool of connections; nothing is sent until it is first used. Close it with `aclose`."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=2,
        socket_timeout=2,
        socket_connect_timeout=1,
        retry=RETRY,
    )
    return Redis.from_pool(pool)
