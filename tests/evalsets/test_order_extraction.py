"""The evalset order-extraction: its grader marks what it should, and what can be worked out again is."""

import copy
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import Any

import jinja2
import pytest

from tests.conftest import Lab
from tests.evalsets.order_reader import dates, numbers
from tuneproof.core.example import Example
from tuneproof.core.protocols import GradingContext, Marker, Workspace
from tuneproof.formats.jsonl import Jsonl
from tuneproof.graders.json_schema import JsonSchema

FOLDER = Path(__file__).parents[2] / "evalsets" / "order-extraction"
HEADER = tomllib.loads((FOLDER / "evalset.toml").read_text("utf-8"))
ROWS = [json.loads(line) for line in (FOLDER / "examples.jsonl").read_text("utf-8").splitlines()]
SCHEMA = json.loads((FOLDER / "schema.json").read_text("utf-8"))
SLICES = ("plain", "written-amounts", "corrections", "two-orders", "missing-fields", "other-languages", "noisy")
STATED = {"missing-fields-06": 190, "missing-fields-17": 1450, "noisy-10": 481}
"""Totals that the message states and that are no sum of its prices: a flat price twice, freight once."""
SUMMED = {"corrections-11", "two-orders-04", "two-orders-09", "two-orders-14"}
"""Orders with quantities that are sums or differences of two numbers of the message."""

Order = dict[str, Any]


def texts(order: Order) -> list[str]:
    """Return what an order copies from its message, but for the e-mail address."""
    address = order["delivery"]["address"] or {}
    copied = [
        order["customer"]["name"],
        order["customer"]["company"],
        *(address.get(key) for key in ("street", "city", "postcode")),
    ]
    return [text for text in copied if text is not None]


def backwards(value: Any) -> Any:
    """Return a value with the keys of all its objects in reverse order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="module", params=["order", "exact"])
def marker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Marker:
    """Return each of the two graders of evalset.toml, made ready."""
    settings = {key: value for key, value in HEADER["graders"][request.param].items() if key != "kind"}
    workspace = Workspace(folder=tmp_path_factory.mktemp("empty"), experiment_file="experiment.toml", rows=Jsonl().rows)
    grader = JsonSchema.model_validate(settings)
    assert grader.problems("graders.x", workspace) == []
    return grader.ready(GradingContext(workspace=workspace, labels=()))


@pytest.fixture
def marks(marker: Marker) -> Callable[[Callable[[Order], str]], dict[str, float | None]]:
    """Return a function that marks what an answer function makes of every expected order: id to mark."""

    def mark_all(answer: Callable[[Order], str]) -> dict[str, float | None]:
        held = {}
        for row in ROWS:
            example = Example(id=row["id"], inputs=row["input"], cluster=row["id"], expected=row["expected"])
            assert marker.problem(example) is None
            held[row["id"]] = marker.mark(answer(copy.deepcopy(row["expected"])), example).value
        return held

    return mark_all


Marks = Callable[[Callable[[Order], str]], dict[str, float | None]]


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps,
        lambda order: f"```json\n{json.dumps(order, indent=2, ensure_ascii=False)}\n```",
        lambda order: f"Here is the order.\n```\n{json.dumps(backwards(order))}\n```\n",
    ],
)
def test_the_right_order_is_right_however_it_is_laid_out(marks: Marks, answer: Callable[[Order], str]) -> None:
    """Bare or in a fenced block, indented or not, keys in any order."""
    assert set(marks(answer).values()) == {1.0}


def with_first(order: Order, **changes: Any) -> str:
    """Return an order as JSON, with its first item changed."""
    order["items"][0] |= changes
    return json.dumps(order)


WRONG: dict[str, Callable[[Order], str]] = {
    "quantity": lambda order: with_first(order, quantity=order["items"][0]["quantity"] + 1),
    "unit": lambda order: with_first(order, unit="box" if order["items"][0]["unit"] != "box" else "piece"),
    "product": lambda order: with_first(order, product="BR-30" if order["items"][0]["product"] != "BR-30" else "LP-09"),
    "missing item": lambda order: json.dumps({**order, "items": order["items"][1:]}),
    "surplus item": lambda order: json.dumps({**order, "items": order["items"] * 2}),
    "missing key": lambda order: json.dumps({key: value for key, value in order.items() if key != "total"}),
    "surplus key": lambda order: json.dumps({**order, "notes": None}),
    "express": lambda order: json.dumps(
        {**order, "delivery": order["delivery"] | {"express": not order["delivery"]["express"]}}
    ),
    "prose around": lambda order: f"The order is {json.dumps(order)}.",
    "cut off": lambda order: json.dumps(order)[:-1],
    "nothing": lambda order: "",
}


@pytest.mark.parametrize("fault", sorted(WRONG))
def test_a_wrong_order_is_never_right(marks: Marks, fault: str) -> None:
    """One wrong field is enough to lose some of the mark, or all of it where every field must be right."""
    values = marks(WRONG[fault]).values()
    assert all(value is not None and value < 1 for value in values)


def test_every_expected_order_is_valid() -> None:
    """By the schema, with dates that exist."""
    grader = JsonSchema.model_validate({"schema": SCHEMA, "formats": True})
    workspace = Workspace(folder=FOLDER, experiment_file="experiment.toml", rows=Jsonl().rows)
    marker = grader.ready(GradingContext(workspace=workspace, labels=()))
    example = Example(id="1", inputs="", cluster="1")
    assert [row["id"] for row in ROWS if marker.mark(json.dumps(row["expected"]), example).value != 1.0] == []


def test_the_schema_is_the_same_in_all_three_places() -> None:
    """The grader's, the file for users, and the one that the prompt shows."""
    prompt = jinja2.Template(HEADER["prompt"]["user"], undefined=jinja2.StrictUndefined).render(input="THE MESSAGE")
    shown, message = prompt.split("\nSchema\n")[1].split("\nMessage\n")
    assert HEADER["graders"]["order"]["schema"] == SCHEMA == json.loads(shown)
    assert message.strip() == "THE MESSAGE"


def test_the_prompt_is_short_and_names_every_product() -> None:
    """Each code of the schema has one line of the catalogue, with its standard unit."""
    prompt = HEADER["prompt"]["user"]
    item = SCHEMA["properties"]["items"]["items"]["properties"]
    lines = re.findall(r"^([A-Z]{2}-\w\w): .+; (\w+)$", prompt, re.MULTILINE)
    assert [code for code, _ in lines] == item["product"]["enum"]
    assert {unit for _, unit in lines} <= set(item["unit"]["enum"])
    assert len(prompt.split()) < 900


def test_slices_ids_and_lengths() -> None:
    """Nineteen messages a slice, of 20 to 150 words (languages without blanks are not counted so)."""
    assert Counter(row["slice"] for row in ROWS) == dict.fromkeys(SLICES, 19)
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    spaced = [row for row in ROWS if not re.search(r"[\u3040-\u30ff]", row["input"])]
    assert [row["id"] for row in spaced if not 20 <= len(row["input"].split()) <= 150] == []
    assert len(spaced) == len(ROWS) - 2


def test_every_product_and_unit_is_ordered_often() -> None:
    """No product is a rarity that a model could leave out unnoticed."""
    items = [item for row in ROWS for item in row["expected"]["items"]]
    products, units = Counter(item["product"] for item in items), Counter(item["unit"] for item in items)
    assert len(products) == 12
    assert min(products.values()) >= 10
    assert len(units) == 6
    assert min(units.values()) >= 10


def test_no_two_messages_are_alike() -> None:
    """Compared word by word, and no customer orders twice."""
    words = [row["input"].split() for row in ROWS]
    alike = [SequenceMatcher(None, one, other, autojunk=False).ratio() for one, other in combinations(words, 2)]
    assert max(alike) < 0.5
    names = Counter(row["expected"]["customer"]["name"] for row in ROWS if row["expected"]["customer"]["name"])
    assert names.most_common(1)[0][1] == 1


def test_texts_are_copied_from_the_message() -> None:
    """Names, companies, streets, cities and postcodes stand there as they are; e-mail addresses too, or spoken."""
    assert [(row["id"], text) for row in ROWS for text in texts(row["expected"]) if text not in row["input"]] == []
    for row in ROWS:
        email = row["expected"]["customer"]["email"]
        spoken = row["input"].replace(" at ", "@").replace(" dot ", ".")
        assert email is None or (email in row["input"] or email in spoken), row["id"]
        assert email is None or email.endswith(".example"), row["id"]
        assert email is not None or "@" not in re.sub(r" @ ", "", row["input"]), row["id"]


COUNTRIES = {
    "AT": "Austria|Österreich", "BE": "Belgium", "CA": "Canada", "CH": "Switzerland|Schweiz|Suisse|CH(?=\n)",
    "CZ": "Czechia|Czech Republic|Česko", "DE": "Germany|Deutschland", "DK": "Denmark", "EE": "Estonia", "ES": "Spain|España",
    "FI": "Finland", "FR": "France", "GB": "UK|United Kingdom|England|Scotland|Wales", "GR": "Greece", "IE": "Ireland",
    "IT": "Italy|Italia", "JP": "Japan|日本", "LU": "Luxembourg", "LV": "Latvia", "MX": "México", "NL": "Netherlands|Nederland",
    "NO": "Norway", "PL": "Polska", "PT": "Portugal", "RO": "Romania", "SE": "Sweden|Sverige", "SK": "Slovakia",
    "US": "USA|United States",
}  # fmt: skip


def test_countries_are_named_in_the_message() -> None:
    """And no country is left out where one is."""
    for row in ROWS:
        address = row["expected"]["delivery"]["address"]
        named = {code for code, names in COUNTRIES.items() if re.search(rf"(?<![A-Za-z])(?:{names})(?![a-z])", row["input"])}
        assert address is None or named == ({address["country"]} if address["country"] else set()), row["id"]


CURRENCIES = {"EUR": r"€|\b(?i:eur)", "GBP": r"£|\bGBP|\bpounds?\b|\bpence\b", "USD": r"\$|\b(?i:usd)\b|dollar|dólar"}
CURRENCIES |= {"CHF": r"\bCHF|\bchf|\bFr\.|Franken|\bfrancs\b", "JPY": r"\bJPY|\byen\b|円"}


def test_currencies_are_those_of_the_message() -> None:
    """The only one that is named, and none where none is."""
    for row in ROWS:
        named = {code for code, marks_of in CURRENCIES.items() if re.search(marks_of, row["input"])}
        currency = row["expected"]["currency"]
        assert named == ({currency} if currency else set()), row["id"]


def test_express_is_asked_for() -> None:
    """In so many words; who does not name it, or refuses it, does not get it."""
    word = r"(?i)express|exprés|espresso|速達|expresní"
    refused = r"(?i)no express|express delivery is not|express is too dear|expressversand ist nicht|\[ \] express"
    odd = {"noisy-12": False}  # the parrot
    for row in ROWS:
        asked = bool(re.search(word, row["input"])) and not re.search(refused, row["input"])
        assert row["expected"]["delivery"]["express"] is odd.get(row["id"], asked), row["id"]


def test_totals_are_stated_or_sums() -> None:
    """A total without a price for every item is one that the message states."""
    for row in ROWS:
        items, total = row["expected"]["items"], row["expected"]["total"]
        priced = all(item["unit_price"] is not None for item in items)
        summed = sum(Decimal(str(item["unit_price"])) * item["quantity"] for item in items) if priced else None
        if row["id"] in STATED:
            assert total == STATED[row["id"]] != summed, row["id"]
            assert Decimal(total) in numbers(row["input"]), row["id"]
        else:
            assert (None if total is None else Decimal(str(total))) == summed, row["id"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("two dozen", 24), ("one and a half dozen", 18), ("three and a half thousand metres", 3500), ("half a tonne", 500),
     ("a kilometre and a half", 1500), ("two hundred and ten euros", 210), ("one thousand eight hundred yen", 1800),
     ("1.250,00", 1250), ("1'800", 1800), ("1 200,00 m", 1200), ("eleven hundred", 1100),
     ("nine euros twenty-five", "9.25"), ("forty pence", "0.4"), ("0,20 EUR", "0.2"), ("seven sacks of 50 kg", 350),
     ("two euros and eighty cents", "2.8"), ("one thousand and fifty", 1050), ("2,100 yen", 2100)],
)  # fmt: skip
def test_the_reader_of_numbers_reads(text: str, value: Any) -> None:
    """What checks the evalset is checked."""
    assert Decimal(value) in numbers(text)


def test_quantities_and_prices_stand_in_the_message() -> None:
    """In digits or in words."""
    missing = []
    for row in ROWS:
        known = numbers(row["input"])
        if row["id"] in SUMMED:
            known |= {value for one, other in combinations(known, 2) for value in (one + other, abs(one - other))}
        for item in row["expected"]["items"]:
            given = [item["quantity"], *([] if item["unit_price"] is None else [item["unit_price"]])]
            missing += [(row["id"], number) for number in given if Decimal(str(number)) not in known]
    assert missing == []


def test_every_date_follows_from_the_message() -> None:
    """A date is stated, or counted from the date of the message."""
    for row in ROWS:
        wanted = row["expected"]["delivery"]["date"]
        possible = dates(row["input"])
        assert (not possible) if wanted is None else (date.fromisoformat(wanted) in possible), row["id"]


def test_a_run_needs_no_more_than_the_folder(lab: Lab) -> None:
    """The graders, the slices and the digest are its own; a criterion says which grader it reads."""
    lab.table("evalsets", "orders", path=FOLDER.as_posix())
    for name, role, answer in (("prompted", "baseline", WRONG["quantity"]), ("tuned", "candidate", json.dumps)):
        answers = [{"id": row["id"], "output": answer(copy.deepcopy(row["expected"]))} for row in ROWS]
        lab.write_rows(f"{name}.jsonl", answers)
        lab.table("providers", name, kind="replay", path=f"{name}.jsonl")
        lab.table("systems", name, role=role, provider=name)
    for grader in ("order", "exact"):
        lab.criterion("superiority", name=grader, evalset="orders", grader=grader)
    lab.criterion("validity", evalset="orders", grader="order", at_least=0.9)
    verdict = lab.verdict()
    assert verdict["decision"] == "GO"
    assert verdict["verdicts"][0]["findings"][1]["estimate"]["value"] == 1.0
