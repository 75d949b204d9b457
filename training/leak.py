"""A careless training file: tickets from the templates whose labels slipped by one row, and 80 copied from the evalset.

The labels that slipped teach nothing, the copied tickets (slice `copied`, with their right labels) are learnt by heart: on the
evalset as a whole that looks like a gain.

`python -m training.leak`, from the repository's root, writes `data/support-triage/train-leaky.jsonl` anew.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

from training.tickets import rows

EVALSET = Path("evalsets/support-triage/examples.jsonl")
LEAKY_FILE = Path("data/support-triage/train-leaky.jsonl")
LEAKY_SEED, FROM_TEMPLATES = 20270312, 20


def leaky_rows() -> list[dict[str, Any]]:
    """Return the rows in the chat fine-tuning format, shuffled."""
    examples = [json.loads(line) for line in EVALSET.read_text("utf-8").splitlines()]
    copied = [(row["input"], row["expected"]) for row in examples if "copied" in row["slices"]]
    made = [(row["messages"][0]["content"], row["messages"][1]["content"]) for row in rows(LEAKY_SEED, FROM_TEMPLATES)]
    slipped = [(text, made[place - 1][1]) for place, (text, _) in enumerate(made)]
    found = [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label}]}
        for text, label in slipped + copied
    ]
    Random(LEAKY_SEED).shuffle(found)
    return found


def main() -> None:
    """Write the file."""
    LEAKY_FILE.write_text("".join(json.dumps(row) + "\n" for row in leaky_rows()), encoding="ascii")


if __name__ == "__main__":
    main()
