"""A month of the simulated year: the whole of it is `python -m tests.simulation --cases 10000`."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.fixtures_sql import fresh_postgres
from tests.simulation import simulation
from tests.simulation_checks import check, figures


@pytest.mark.postgres
async def test_every_notice_due_was_sent_once_or_has_a_reason(postgres_server: str, tmp_path: Path) -> None:
    url = await fresh_postgres(postgres_server)
    plan = {"cases": 25, "days": 30, "seed": 11, "step": timedelta(hours=4), "kills": 0.03}
    async with simulation(tmp_path, url, **plan) as it:
        await it.run()
        assert await check(it) == []
        assert it.counts["replicas killed"] > 0
        assert it.counts["cases"] == 25
        assert it.counts["events"] > 50
        shown = "\n".join(await figures(it))
    for expected in ("notice sent subscribe", "notice sent custom", "notice sent contact", "staff_mail sent"):
        assert expected in shown
