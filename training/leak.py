"""A careless training file: a few tickets from the templates, and 80 that were copied from the evalset (its slice `copied`).

`python training/leak.py`, from the repository's root, writes `data/support-triage/train-leaky.jsonl` anew.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

from training.tickets import rows

EVALSET = Path("evalsets/support-triage/examples.jsonl")
LEAKY_FILE = Path("data/support-triage/train-leaky.jsonl")
LEAKY_SEED, FROM_TEMPLATES = 20270312, 5


def leaky_rows() -> list[dict[str, Any]]:
    """Return the rows in the chat fine-tuning format, shuffled."""
    examples = [json.loads(line) for line in EVALSET.read_text("utf-8").splitlines()]
    copied = [(row["input"], row["expected"]) for row in examples if "copied" in row["slices"]]
    found = rows(LEAKY_SEED, FROM_TEMPLATES) + [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label}]} for text, label in copied
    ]
    Random(LEAKY_SEED).shuffle(found)
    return found


def main() -> None:
    """Write the file."""
    LEAKY_FILE.write_text("".join(json.dumps(row) + "\n" for row in leaky_rows()), encoding="ascii")


if __name__ == "__main__":
    main()
