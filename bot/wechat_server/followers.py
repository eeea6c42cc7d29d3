"""Who follows the account, what may be sent to each of them, and until when."""

from collections.abc import Callable
from datetime import datetime

from pydantic import BaseModel

from bot.wechat_server.account import Limits
from bot.wechat_server.errors import ApiError
from handlers.ports import Clock


class Window(BaseModel):
    """So many customer-service messages until then."""

    until: datetime
    left: int


class Follower(BaseModel):
    """One person, as the account sees them. `grants` maps a template id to how often it may still be used."""

    openid: str
    following: bool = True
    since: datetime
    scene: str = ""
    tags: set[int] = set()
    grants: dict[str, int] = {}
    refused: set[str] = set()
    after_message: Window | None = None
    after_event: Window | None = None


class Followers:
    """Everyone who ever met the account."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits, self._clock = limits, clock
        self.people: dict[str, Follower] = {}
        # Who is met as soon as the account names them: people whom the sandbox's demo made up.
        self.made_up: Callable[[str], bool] = lambda openid: False

    def follow(self, openid: str, scene: str = "") -> Follower:
        """Someone follows (again); opens the short window of an event."""
        person = self.people.setdefault(openid, Follower(openid=openid, since=self._clock.now()))
        if not person.following:
            person.since = self._clock.now()
        person.following, person.scene = True, scene
        self.tapped(openid)
        return person

    def unfollow(self, openid: str) -> None:
        """Someone leaves: windows close, tags go."""
        person = self.get(openid)
        person.following, person.tags = False, set()
        person.after_message = person.after_event = None

    def wrote(self, openid: str) -> None:
        """A message arrived from them: the 48 hours and the count begin anew."""
        until = self._clock.now() + self._limits.reply_window
        self._known(openid).after_message = Window(until=until, left=self._limits.reply_count)

    def tapped(self, openid: str) -> None:
        """They followed, scanned a code or clicked the menu: a minute, three messages."""
        until = self._clock.now() + self._limits.event_window
        self._known(openid).after_event = Window(until=until, left=self._limits.event_count)

    def grant(self, openid: str, template: str, times: int = 1) -> None:
        """They accepted a subscription notification (long-term ones: a large number of times)."""
        person = self._known(openid)
        person.refused.discard(template)
        person.grants[template] = person.grants.get(template, 0) + times

    def refuse(self, openid: str, template: str) -> None:
        """They switched a subscription notification off."""
        person = self.get(openid)
        person.refused.add(template)
        person.grants.pop(template, None)

    def get(self, openid: str) -> Follower:
        """ApiError 40003 for an openid that this account never met."""
        found = self.find(openid)
        if found is None:
            raise ApiError(40003)
        return found

    def find(self, openid: str) -> Follower | None:
        """The person, if the account has met them."""
        if openid not in self.people and self.made_up(openid):
            self.wrote(openid)
        return self.people.get(openid)

    def following(self, openid: str) -> Follower:
        """ApiError 43004 for someone who does not follow (any more)."""
        person = self.get(openid)
        if not person.following:
            raise ApiError(43004)
        return person

    def everyone(self) -> list[Follower]:
        """All who follow now."""
        return [person for person in self.people.values() if person.following]

    def spend_reply(self, openid: str) -> None:
        """Take one message from an open window. ApiError 45015 when none is open, 45047 when used up."""
        window = self._open_window(self.following(openid))
        if window.left <= 0:
            raise ApiError(45047)
        window.left -= 1

    def spend_grant(self, openid: str, template: str) -> None:
        """Take one use of an accepted subscription. ApiError 43101 when there is none."""
        person = self.following(openid)
        if person.grants.get(template, 0) <= 0 or template in person.refused:
            raise ApiError(43101)
        person.grants[template] -= 1

    def check_window(self, openid: str) -> None:
        """ApiError 45080 when nothing may be sent, so that typing makes no sense either."""
        try:
            self._open_window(self.following(openid))
        except ApiError as error:
            raise ApiError(45080 if error.code == 45015 else error.code) from None

    def _open_window(self, person: Follower) -> Window:
        now = self._clock.now()
        both = (person.after_event, person.after_message)
        live = [window for window in both if window and window.until > now]
        if not live:
            raise ApiError(45015)
        return next((window for window in live if window.left > 0), live[-1])

    def _known(self, openid: str) -> Follower:
        # Whoever writes follows: the platform delivers no message of a stranger.
        if openid not in self.people:
            self.people[openid] = Follower(openid=openid, since=self._clock.now())
        return self.people[openid]
