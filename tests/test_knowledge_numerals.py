"""Chinese numerals, and figures however they are written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.figures import figures
from knowledge.numerals import as_digits, in_chinese, to_number


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("七", 7),
        ("十", 10),
        ("十五", 15),
        ("六十", 60),
        ("一百零五", 105),
        ("三百六十五", 365),
        ("二〇二五", 2025),
        ("两千", 2000),
        ("一万二千", 12000),
        ("三亿零五万", 300_050_000),
        ("十四五", None),
        ("万", None),
        ("", None),
        ("一二三四", 1234),
    ],
)
def test_the_value_of_a_numeral(numeral: str, number: int | None) -> None:
    assert to_number(numeral) == number


@given(st.integers(0, 9999))
def test_numerals_round_trip(number: int) -> None:
    assert to_number(in_chinese(number)) == number


@given(st.integers(1, 9999), st.sampled_from(["日", "个工作日", "元", "楼", "%"]))
def test_numerals_and_digits_are_the_same_figure(number: int, unit: str) -> None:
    chinese, digits = figures(f"是{in_chinese(number)}{unit}", claimed=False), figures(f"是{number}{unit}")
    assert [(one.value, one.unit) for one in chinese] == [(one.value, one.unit) for one in digits]


@given(st.text(alphabet="〇一二两三四五六七八九十百千万亿年月日第个", max_size=12))
def test_no_run_of_numerals_breaks_anything(text: str) -> None:
    assert as_digits(as_digits(text)) == as_digits(text)
    figures(text)


@given(st.integers(0, 23), st.integers(0, 59))
def test_times_are_the_same_with_and_without_a_leading_zero(hour: int, minute: int) -> None:
    (padded,) = figures(f"{hour:02}:{minute:02}")
    (bare,) = figures(f"{hour}:{minute:02}")
    assert (padded.value, padded.unit) == (bare.value, bare.unit) == (Decimal(hour * 60 + minute), "时")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("下午2点半", 14 * 60 + 30, "时"),
        ("上午八点三十分", 8 * 60 + 30, "时"),
        ("七个工作日", 7, "工作日"),
        ("60天", 60, "日"),
        ("最高100万元", 1_000_000, "元"),
        ("1,000,000元", 1_000_000, "元"),
        ("百分之五", 5, "%"),
        ("30多个", 30, "个"),
        ("103种产品", 103, "种"),
        ("第三十三条", 33, "条"),
        ("14周岁", 14, "岁"),
    ],
)
def test_ways_to_write_a_figure(text: str, value: int, unit: str) -> None:
    assert [(int(one.value), one.unit) for one in figures(text)] == [(value, unit)]


@pytest.mark.parametrize(
    "text", ["三种方式", "一天到晚", "统一办理", "十分方便", "三点要注意", "“十四五”时期", "两样都有"]
)
def test_counts_that_only_structure_speech_are_no_figures(text: str) -> None:
    assert figures(text) == ()
