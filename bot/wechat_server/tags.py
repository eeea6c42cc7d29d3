"""Tags: at most 100 an account, 20 a user, 50 openids a call."""

from collections import Counter
from collections.abc import Sequence

from bot.wechat_server.account import Limits
from bot.wechat_server.errors import ApiError
from bot.wechat_server.followers import Follower, Followers

FIRST_ID = 100  # 0, 1 and 2 are the platform's own groups
NAME_BYTES = 30
PAGE = 10_000


class Tags:
    """The account's tags; who has which stands with the follower."""

    def __init__(self, limits: Limits, followers: Followers) -> None:
        self._limits, self._followers = limits, followers
        self.names: dict[int, str] = {}
        self._next = FIRST_ID

    def create(self, name: str) -> int:
        """The new tag's id. ApiError 45157 taken, 45158 too long, 45056 too many."""
        if not name or len(name.encode()) > NAME_BYTES:
            raise ApiError(45158)
        if name in self.names.values():
            raise ApiError(45157)
        if len(self.names) >= self._limits.tags:
            raise ApiError(45056)
        tag, self._next = self._next, self._next + 1
        self.names[tag] = name
        return tag

    def put_on(self, tag: int, openids: Sequence[str]) -> None:
        """All or nothing, as the platform does it. ApiError 45059 for someone who has 20 already."""
        people = self._people(tag, openids)
        if any(tag not in p.tags and len(p.tags) >= self._limits.tags_a_user for p in people):
            raise ApiError(45059)
        for person in people:
            person.tags.add(tag)

    def take_off(self, tag: int, openids: Sequence[str]) -> None:
        """Remove a tag from people."""
        for person in self._people(tag, openids):
            person.tags.discard(tag)

    def members(self, tag: int) -> list[str]:
        """The openids that have a tag, in a fixed order."""
        self._check(tag)
        return sorted(p.openid for p in self._followers.everyone() if tag in p.tags)

    def counts(self) -> Counter[int]:
        """How many people have each tag."""
        return Counter(tag for person in self._followers.everyone() for tag in person.tags)

    def restore(self, names: dict[int, str]) -> None:
        """Take over tags of an earlier run."""
        self.names = dict(names)
        self._next = max(names, default=FIRST_ID - 1) + 1

    def _people(self, tag: int, openids: Sequence[str]) -> list[Follower]:
        self._check(tag)
        if not openids or len(openids) > self._limits.openids_a_tag_call:
            raise ApiError(40032)
        return [self._followers.following(openid) for openid in openids]

    def _check(self, tag: int) -> None:
        if tag < FIRST_ID:
            raise ApiError(45058)
        if tag not in self.names:
            raise ApiError(45159)
