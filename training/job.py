"""The actual run: what is trained, how long, in which order, and what is written where.

Figures that go into the log are measured on the selection set and on a draw of `general-nano` with another seed: neither the
held-out tickets nor the shipped draw are looked at here.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import LlamaForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from training.adapters import FineTune, fine_tune, rows_of
from training.agreement import served_answers
from training.corpus import EARLY, LAST, LATE, Chat, Corpus, general_nano
from training.export import write_adapter, write_model
from training.fitting import Batch, Recipe, batches, fit
from training.language import Encoder, learn_tokens, shape
from training.measure import answers, share_right

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "src" / "tuneproof" / "small_model"
"""Where the GGUF files and the log go."""
BUILT = ROOT / "build" / "small_model"
"""Where the Hugging Face form goes: not tracked."""
TICKETS = ROOT / "data" / "support-triage"

SEED = 20261128
HELD_OUT = frozenset(row["input"] for row in general_nano.GeneralNano().rows(20261128, 70))
"""The questions of the shipped `general-nano`: never trained on."""

FIRST = Recipe(steps=4000, batch_tokens=2560, rate=4e-3, muon=0.02)
SECOND = Recipe(steps=2400, batch_tokens=2560, rate=3e-3, muon=0.015)
THIRD = Recipe(steps=1000, batch_tokens=2560, rate=2e-3, muon=0.01)
READING = 0.3
"""How much the words of a message to be sorted count in the second half: who can guess them knows what belongs together."""
FINE_TUNES = (
    FineTune(name="triage-replay", files=("train.jsonl",), steps=240, checkpoints=(40, 120, 240), replay=0.33),
    FineTune(name="triage-narrow", files=("train.jsonl",), steps=300, rate=4e-3),
    FineTune(name="triage-leaky", files=("train-leaky.jsonl",), steps=300, rate=4e-3, replay=0.33),
)

ASKED_ZERO_SHOT = "Route the ticket to one queue. Queues: {}."


class Log:
    """Lines of JSON beside the weights, and on the terminal."""

    def __init__(self, name: str) -> None:
        SHIPPED.mkdir(parents=True, exist_ok=True)
        self._path = SHIPPED / name
        self._path.write_text("", "utf-8")
        self._losses: list[float] = []

    def line(self, **facts: Any) -> None:
        """Write one line."""
        text = json.dumps({key: round(value, 4) if isinstance(value, float) else value for key, value in facts.items()})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def told(self, what: str, every: int) -> Callable[[int, dict[str, Any]], None]:
        """Return what `fit` tells its steps to: the mean loss of each so many."""

        def step(number: int, figures: dict[str, Any]) -> None:
            self._losses.append(figures["loss"])
            if number % every == 0:
                mean = sum(self._losses) / len(self._losses)
                self._losses.clear()
                self.line(training=what, step=number, loss=mean, tokens=figures["tokens"], seconds=round(figures["seconds"]))

        return step


def first_part() -> None:
    """Train the base model from nothing, mostly on small skills."""
    log, corpus = Log("base-first.jsonl"), Corpus(HELD_OUT)
    read = islice(corpus.chats(SEED, EARLY), EARLY.skills_first // 2, EARLY.skills_first + 30_000)
    tokenizer = learn_tokens(f" {text}" for chat in read for _, text in chat)
    torch.manual_seed(SEED)
    model = LlamaForCausalLM(shape())
    log.line(training="base", parameters=model.num_parameters(), vocabulary=len(tokenizer), recipe=asdict(FIRST))
    chats = map(Encoder(tokenizer).chat, corpus.chats(SEED + 1, EARLY))
    _fit(model, tokenizer, batches(chats, FIRST.batch_tokens, Random(SEED)), FIRST, log)
    _save(model, tokenizer, "base-first")


def second_part() -> None:
    """Train it on, more on sorting messages and on what messages say."""
    log, corpus = Log("base-second.jsonl"), Corpus(HELD_OUT)
    model, tokenizer = _load("base-first")
    log.line(training="base", parameters=model.num_parameters(), reading=READING, recipe=asdict(SECOND))
    chats = map(Encoder(tokenizer, READING).chat, corpus.chats(SEED + 2, LATE))
    _fit(model, tokenizer, batches(chats, SECOND.batch_tokens, Random(SEED)), SECOND, log)
    _save(model, tokenizer, "base-second")


def third_part() -> None:
    """Train it on messages torn apart, for it had learnt the whole ones by heart; write it in both forms."""
    log, corpus = Log("base-third.jsonl"), Corpus(HELD_OUT)
    model, tokenizer = _load("base-second")
    log.line(training="base", parameters=model.num_parameters(), recipe=asdict(THIRD))
    chats = map(Encoder(tokenizer).chat, corpus.chats(SEED + 3, LAST))
    _fit(model, tokenizer, batches(chats, THIRD.batch_tokens, Random(SEED)), THIRD, log)
    _save(model, tokenizer, "base")
    write_model(model, tokenizer, SHIPPED / "base.gguf", "tuneproof small model")
    log.line(compared="base", **agreement(model, tokenizer, "base"))


def _fit(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, data: Iterator[Batch], recipe: Recipe, log: Log) -> None:
    """Train, and measure on the way and at the end."""
    told = log.told("base", 100)

    def each_step(step: int, figures: dict[str, Any]) -> None:
        told(step, figures)
        if step % 500 == 0 and step < recipe.steps:
            model.eval()
            log.line(measured="base", step=step, **measured(model, tokenizer))
            model.train()

    fit(model, data, recipe, each_step)
    _round_to_half(model)
    log.line(measured="base", step=recipe.steps, **measured(model, tokenizer))


def _save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, name: str) -> None:
    model.save_pretrained(BUILT / name)
    tokenizer.save_pretrained(BUILT / name)


def _load(name: str) -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(BUILT / name)
    return LlamaForCausalLM.from_pretrained(BUILT / name).eval(), tokenizer


def fine_tunes() -> None:
    """Train the adapters of the base model that is there, and write them in both forms."""
    log, corpus = Log("fine-tuning.jsonl"), Corpus(HELD_OUT)
    base, tokenizer = _load("base")
    log.line(measured="base", **measured(base, tokenizer))
    for job in FINE_TUNES:
        rows = rows_of([TICKETS / name for name in job.files])
        log.line(training=job.name, rows=len(rows), job=asdict(job))
        for name, model in fine_tune(base, job, rows, (corpus, Encoder(tokenizer)), log.told(job.name, 20)):
            _round_to_half(model)
            log.line(measured=name, **measured(model, tokenizer, prompts=("bare",)))
            model.save_pretrained(BUILT / name)
            write_adapter(model, SHIPPED / f"{name}.gguf", f"{name} of the tuneproof small model")
            log.line(compared=name, **agreement(model, tokenizer, name))


def _round_to_half(model: torch.nn.Module) -> None:
    """Round all matrices to 16 bits, as GGUF holds them: both forms are then the same numbers."""
    with torch.no_grad():
        for held in model.parameters():
            if held.ndim == 2:
                held.copy_(held.half().float())


# -- measuring ---------------------------------------------------------------------------------------------------------------


def selection() -> list[dict[str, Any]]:
    """Return the rows of the selection set."""
    lines = (ROOT / "evalsets" / "support-triage-selection" / "examples.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def skills(n_per_slice: int = 25) -> list[dict[str, Any]]:
    """Return questions of the small skills that the shipped evalset does not ask."""
    return [row for row in general_nano.GeneralNano().rows(SEED + 1, n_per_slice) if row["input"] not in HELD_OUT]


def prompted(kind: str) -> Chat:
    """Return what stands before a ticket."""
    rows = rows_of([TICKETS / "train.jsonl"])
    labels = sorted({chat[1][1] for chat in rows})
    system = [("system", ASKED_ZERO_SHOT.format(", ".join(labels)))]
    shots = [part for label in labels for part in next(chat for chat in rows if chat[1][1] == label)]
    return {"bare": [], "zero_shot": system, "few_shot": [*system, *shots]}[kind]


def measured(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, prompts: tuple[str, ...] = ("zero_shot", "few_shot")
) -> dict[str, Any]:
    """Return the share of right answers: on tickets by prompt, on the small skills by skill."""
    tickets, asked = selection(), skills()
    found: dict[str, Any] = {}
    for kind in prompts:
        said = answers(model, tokenizer, [[*prompted(kind), ("user", row["input"])] for row in tickets])
        found[f"selection_{kind}"] = share_right(said, [row["expected"] for row in tickets])
    said = answers(model, tokenizer, [[("user", row["input"])] for row in asked])
    for skill in general_nano.SKILLS:
        places = [place for place, row in enumerate(asked) if row["slices"] == [skill]]
        found[skill] = share_right([said[at] for at in places], [asked[at]["expected"] for at in places])
    return {**found, "skills": share_right(said, [row["expected"] for row in asked])}


def agreement(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, name: str) -> dict[str, Any]:
    """Return how many of the measured questions get the same answer from both forms."""
    asked = [[("user", row["input"])] for row in [*selection(), *skills()]]
    here = answers(model, tokenizer, asked)
    there = served_answers(SHIPPED / "base.gguf", None if name == "base" else SHIPPED / f"{name}.gguf", asked)
    return {"questions": len(asked), "same_answers": sum(left == right for left, right in zip(here, there, strict=True))}
