"""What it looks like when a store is away: not a fault of the message, so WeChat is asked to try again."""

import socket

from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError

STORE_AWAY = (RedisError, ConnectionError, TimeoutError, socket.gaierror, OperationalError, InterfaceError)
