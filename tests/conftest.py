"""Fixtures for all tests, and where they write."""

import os
import shutil
import tempfile
from pathlib import Path

from tests.fixtures_forms import *  # noqa: F403
from tests.fixtures_sql import *  # noqa: F403
from tests.fixtures_staff import *  # noqa: F403
from tests.fixtures_wechat import *  # noqa: F403

RAM_DISK, ROOM = Path("/dev/shm"), 3 * 2**30


def pytest_configure() -> None:
    """Write to a RAM disk where there is one: the databases of the tests sync at every commit.

    A killed process loses nothing there either; only a machine without power would.
    """
    if "TMPDIR" not in os.environ and RAM_DISK.is_dir() and shutil.disk_usage(RAM_DISK).free > ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(RAM_DISK)
