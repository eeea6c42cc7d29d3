from tests.fixtures_forms import *  # noqa: F403
from tests.fixtures_sql import *  # noqa: F403
from tests.fixtures_staff import *  # noqa: F403
from tests.fixtures_wechat import *  # noqa: F403
