"""stable_token: one valid token, forced refreshes rationed, renewed five minutes before its end."""

import secrets
from datetime import datetime, timedelta

from bot.wechat_server.account import Account, Limits
from bot.wechat_server.errors import ApiError
from handlers.ports import Clock

TOKEN_CHARS = 512  # the documentation asks for at least this much room, so that is what we hand out


class Tokens:
    """Issues and checks access tokens."""

    def __init__(self, account: Account, limits: Limits, clock: Clock) -> None:
        self._account, self._limits, self._clock = account, limits, clock
        self._current = ""
        self._ends: dict[str, datetime] = {}  # every token that was ever good, with its end
        self._revoked: set[str] = set()
        self._forced: list[datetime] = []
        self.issued = 0

    def issue(self, grant_type: str, app_id: str, secret: str, *, force: bool) -> tuple[str, int]:
        """The token and the seconds it has left. ApiError for wrong credentials or too many refreshes."""
        self._check_credentials(grant_type, app_id, secret)
        if force:
            self._count_forced()
            self.revoke()
        if self._left(self._current) <= self._limits.token_renewed_early:
            # Both tokens are good until the old one's own end; only a forced refresh kills it at once.
            self._current = secrets.token_urlsafe(TOKEN_CHARS)[:TOKEN_CHARS]
            self._ends[self._current] = self._clock.now() + self._limits.token_life
            self.issued += 1
        return self._current, int(self._left(self._current).total_seconds())

    def check(self, token: str) -> None:
        """ApiError 41001 without a token, 40014 or 40001 for a wrong one, 42001 for one past its end."""
        if not token:
            raise ApiError(41001)
        if token not in self._ends:
            raise ApiError(40001 if len(token) == TOKEN_CHARS else 40014)
        if self._ends[token] <= self._clock.now():
            raise ApiError(42001)
        if token in self._revoked:
            raise ApiError(40001)

    def revoke(self) -> None:
        """Make every token invalid, as a forced refresh from elsewhere or a changed secret does."""
        self._revoked.update(self._ends)
        self._current = ""

    def _check_credentials(self, grant_type: str, app_id: str, secret: str) -> None:
        if grant_type != "client_credential":
            raise ApiError(40002)
        if app_id != self._account.app_id:
            raise ApiError(40013)
        if not secrets.compare_digest(secret.encode(), self._account.secret.encode()):
            raise ApiError(40125)

    def _count_forced(self) -> None:
        now = self._clock.now()
        self._forced = [at for at in self._forced if at.date() == now.date()]
        if self._forced and now - self._forced[-1] < self._limits.forced_refresh_gap:
            raise ApiError(45011)
        if len(self._forced) >= self._limits.forced_refreshes_a_day:
            raise ApiError(45009)
        self._forced.append(now)

    def _left(self, token: str) -> timedelta:
        end = self._ends.get(token)
        return end - self._clock.now() if end else timedelta(0)
