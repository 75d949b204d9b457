"""The fine-tunes: LoRA adapters of one base model, from chat files as a user would have them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaForCausalLM

from training.corpus import Chat, Corpus
from training.fitting import Recipe, batches, fit
from training.language import Encoder

RANK = 8
PARTS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTune:
    """One fine-tuning job."""

    name: str
    """What its adapter is called; checkpoints add `@1`, `@2`, ..."""
    files: tuple[str, ...]
    """Chat files below `data/`."""
    steps: int
    """Batches."""
    checkpoints: tuple[int, ...] = ()
    """Steps after which the adapter is kept; none keeps the last."""
    replay: float = 0.0
    """Share of the chats that are general skills, so that they are not forgotten."""
    rate: float = 3e-3
    """Highest learning rate."""
    seed: int = 1
    """Of the order of the chats and of the first weights."""


def rows_of(paths: Sequence[Path]) -> list[Chat]:
    """Return the chats of files in the chat fine-tuning format."""
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    return [[(message["role"], message["content"]) for message in json.loads(line)["messages"]] for line in lines]


def fine_tune(
    base: LlamaForCausalLM, job: FineTune, rows: Sequence[Chat], tools: tuple[Corpus, Encoder], told: Callable[..., None]
) -> Iterator[tuple[str, PeftModel]]:
    """Train one adapter, and yield (name, model) at each checkpoint; the base is left as it is."""
    torch.manual_seed(job.seed)
    settings = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=list(PARTS), task_type="CAUSAL_LM")
    model = get_peft_model(deepcopy(base), settings)
    kept: list[tuple[str, Mapping[str, Any]]] = []

    def each_step(step: int, figures: dict[str, Any]) -> None:
        told(step, figures)
        if step in job.checkpoints:
            held = {key: value.clone() for key, value in model.state_dict().items() if "lora_" in key}
            kept.append((f"{job.name}@{len(kept) + 1}", held))

    chats = map(tools[1].chat, _mixed(rows, tools[0], job))
    fit(
        model,
        batches(chats, 1024, Random(job.seed), 256),
        Recipe(steps=job.steps, batch_tokens=1024, rate=job.rate, warm_up=10),
        each_step,
    )
    for name, held in kept or [(job.name, {})]:
        model.load_state_dict(held, strict=False)
        yield name, model


def _mixed(rows: Sequence[Chat], corpus: Corpus, job: FineTune) -> Iterator[Chat]:
    """Yield the rows again and again, each time in another order, with general skills between them."""
    random = Random(job.seed)
    while True:
        for row in random.sample(rows, len(rows)):
            while random.random() < job.replay:
                yield corpus.skill(random)
            yield row
