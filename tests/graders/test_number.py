"""Numbers in running text."""

import time
from decimal import Decimal

import pytest

from tuneproof.graders._number import last_number, whole_number_text

READ = [
    ("18", "18"),
    ("costs $1,234,567.50 in all", "1234567.50"),
    ("-5", "-5"),
    ("\u22125", "-5"),
    ("-$5", "-5"),
    ("$-5", "-5"),
    ("+7", "7"),
    ("10-5", "5"),
    ("(-5)", "-5"),
    ("COVID-19", "19"),
    ("5-10 apples", "10"),
    ("- 5 apples", "5"),
    ("It is 18.", "18"),
    ("about .5 of it", "0.5"),
    ("version 1.2.3", "3"),
    ("1'234'567", "1234567"),
    ("1\u202f234\u202f567,", "1234567"),
    ("1,2345", "2345"),
    ("1, 2, 3", "3"),
    ("in 2020 300 people", "300"),
    ("1.5e3", "1500"),
    ("1.5E-3", "0.0015"),
    ("3 \u00d7 10^8 m/s", "300000000"),
    (r"$6.02 \times 10^{23}$", "602000000000000000000000"),
    ("45%", "45"),
    (r"45\%", "45"),
    (r"\boxed{42}", "42"),
    ("**42**", "42"),
    ("3/4", "0.75"),
    ("-1/2", "-0.5"),
    ("on 3/4", "4"),
    ("\u0664\u0662", "42"),
    ("\uff14\uff12", "42"),
    ("1e5x", "5"),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_the_last_number_is_read(text: str, value: str) -> None:
    """Signs, separators, currencies, powers of ten and percent as people write them."""
    number = last_number(text)
    assert number is not None
    assert number.value == Decimal(value)


@pytest.mark.parametrize("text", ["", "none", "NaN", "inf", "-", "\u00bd"])
def test_what_is_no_number_is_none(text: str) -> None:
    """Words for what is no number are not numbers either."""
    assert last_number(text) is None


@pytest.mark.parametrize("text", ["18 eggs", "1 2", "A: 18", "x", "", "1,23"])
def test_an_expected_number_is_a_number_and_nothing_else(text: str) -> None:
    """A sentence with a number in it is not an expected number."""
    assert whole_number_text(text) is None


@pytest.mark.parametrize(
    "text", ["1" * 1_000_000, "1," * 500_000, "1 " * 500_000, ",111" * 250_000 + "1", "-" * 1_000_000, "1" + " " * 1_000_000]
)
def test_reading_is_linear(text: str) -> None:
    """A megabyte of the worst text takes seconds at most."""
    started = time.perf_counter()
    last_number(text)
    assert time.perf_counter() - started < 4
