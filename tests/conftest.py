from tests.fixtures_sql import *  # noqa: F403
