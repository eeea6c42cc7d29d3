"""A sender that is killed in the middle of a warning: two replicas finish it, nobody gets it twice."""

from tests.warning_run import run


async def test_killed_between_two_calls(quiet_logs: None) -> None:
    assert await run(20_010, "service") == 0
