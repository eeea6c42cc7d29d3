"""How a warning can go out: what the account may call, what is left of it, who would not get it.

WeChat: a verified subscription account has one mass call a day; a verified service account may send each
user four mass messages a month. Who cannot be reached so is told inside the 48-hour window, or the next
time they write.
"""

from dataclasses import dataclass
from typing import Literal

CALLS_A_DAY = 1
A_MONTH = 4  # for each user of a service account
OPENIDS_A_CALL = 10_000
FEWEST = 2  # openids of a call by openids

Route = Literal["users", "tag", "outbox"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the account may do now. `kind` "none": no mass sending at all (not verified)."""

    kind: Literal["subscription", "service", "none"]
    calls_left: int  # today; of a subscription account


@dataclass(frozen=True, slots=True)
class Plan:
    """How many people get it over which route, in batches of at most 10,000."""

    route: Route
    mass: int  # people who are sent it by mass message
    later: int  # people who are sent it one by one, or told when they write
    why: str = ""  # why not all of them by mass message


def allowance(account: Literal["subscription", "service"], verified: bool, calls_today: int) -> Allowance:
    """What is left."""
    if not verified:
        return Allowance("none", 0)
    return Allowance(account, max(0, CALLS_A_DAY - calls_today))


def plan(size: int, used_up: int, allowed: Allowance) -> Plan:
    """How `size` people are reached, `used_up` of whom have had their four messages of this month."""
    if allowed.kind == "none":
        return Plan("outbox", 0, size, "公众号没有认证，不能群发")
    if allowed.kind == "subscription":
        if allowed.calls_left < 1:
            return Plan("outbox", 0, size, "今天的一次群发已经用了")
        if size < FEWEST:
            return Plan("outbox", 0, size, "群发至少要2个人")
        return Plan("users" if size <= OPENIDS_A_CALL else "tag", size, 0)
    reachable = size - used_up
    if reachable < FEWEST:
        return Plan("outbox", 0, size, "本月4条已经用完，或只剩1个人")
    return Plan("users", reachable, used_up, "这些人本月已收满4条群发" if used_up else "")


def batches(people: int) -> list[int]:
    """Sizes of the calls: at most 10,000, and never a last one of a single person, whom WeChat refuses."""
    if people < FEWEST:
        return []
    full, rest = divmod(people, OPENIDS_A_CALL)
    sizes = [OPENIDS_A_CALL] * full
    if rest == 1:
        sizes[-1] -= 1
        rest = FEWEST
    return [*sizes, rest] if rest else sizes
