"""Questions that mean the same stand together: by the real sentence vectors, and by letters without them."""

import pytest

from intents import encoder
from intents.grouping import grouped

ASKED = [
    "停车场在哪里，能停电动车吗",
    "食品经营许可证到期了怎么换",
    "你们那儿停车方便不",
    "买的种子不出苗找谁",
    "卫生许可证过期了怎么办",
    "有地方停车吗",
    "种子不发芽咋办",
    "养老金怎么领",
]


def test_by_meaning() -> None:
    model = encoder.load()
    if model is None:
        pytest.skip("the encoder's wheel does not run on this machine")
    assert grouped(ASKED, model.encode(ASKED)) == [[0, 2, 5], [1, 4], [3, 6], [7]]


def test_by_letters_where_there_is_no_encoder() -> None:
    asked = ["停车场在哪里", "停车场在哪", "养老金怎么领", "请问停车场在哪里呢"]
    assert grouped(asked) == [[0, 1, 3], [2]]


def test_nothing_asked() -> None:
    assert grouped([]) == []
