"""How many questions a model answers right: greedy answers, compared as the evalsets' graders compare them."""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from training.corpus import Chat
from training.language import Encoder

LONGEST = 24
"""Tokens of an answer."""
TOGETHER = 64
"""Questions of like length that are answered at a time."""


@torch.inference_mode()
def answers(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, questions: Sequence[Chat]) -> list[str]:
    """Return the greedy answer to each question."""
    encoder = Encoder(tokenizer)
    asked = [encoder.question(chat) for chat in questions]
    order = sorted(range(len(asked)), key=lambda at: len(asked[at]))
    found = [""] * len(asked)
    for start in range(0, len(order), TOGETHER):
        rows = order[start : start + TOGETHER]
        width = max(len(asked[at]) for at in rows)
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros(len(rows), width, dtype=torch.long)
        for row, at in enumerate(rows):
            ids[row, width - len(asked[at]) :] = torch.tensor(asked[at])
            mask[row, width - len(asked[at]) :] = 1
        made = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=LONGEST, do_sample=False)
        for row, at in enumerate(rows):
            found[at] = tokenizer.decode(made[row, width:], skip_special_tokens=True)
    return found


def share_right(found: Sequence[str], expected: Sequence[str]) -> float:
    """Return the share of answers that are right, whatever their case and the space around them."""
    hits = [said.strip().casefold() == wanted.strip().casefold() for said, wanted in zip(found, expected, strict=True)]
    return sum(hits) / len(hits)
