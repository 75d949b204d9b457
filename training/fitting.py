"""Gradient descent: batches of chats of like length, one learning-rate curve, one loss."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import cos, pi
from random import Random
from time import monotonic
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

Encoded = tuple[list[int], list[float]]
"""Token ids, and the weight of each as something to be predicted."""
Batch = tuple[torch.Tensor, torch.Tensor]
"""The same for many chats: int64 and float32 [chats, tokens], padded at the right with weight 0."""
POOL = 2048
"""Chats that are sorted by length at a time: batches then hold little padding, and still mix all kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How long and how hard."""

    steps: int
    """Batches."""
    batch_tokens: int
    """Tokens in a batch, padding included, at most."""
    rate: float
    """Highest learning rate of AdamW."""
    muon: float = 0.0
    """Highest learning rate of Muon for the matrices; 0 leaves them to AdamW."""
    warm_up: int = 50
    """Steps until it is reached; from there a cosine falls to a twentieth."""
    decay: float = 0.05
    """Weight decay."""


def batches(
    chats: Iterator[Encoded], size: int, random: Random, pooled: int = POOL
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield batches of chats of like length, at most so many tokens each; `pooled` chats are sorted at a time."""
    while pool := list(islice(chats, pooled)):
        pool.sort(key=lambda held: len(held[0]))
        cut: list[list[Encoded]] = [[]]
        for held in pool:
            if cut[-1] and (len(cut[-1]) + 1) * len(held[0]) > size:
                cut.append([])
            cut[-1].append(held)
        random.shuffle(cut)
        yield from map(_padded, cut)


def _padded(chats: Sequence[Encoded]) -> Batch:
    width = max(len(ids) for ids, _ in chats)
    ids = torch.zeros(len(chats), width, dtype=torch.long)
    weights = torch.zeros(len(chats), width)
    for row, (tokens, counted) in enumerate(chats):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        weights[row, : len(counted)] = torch.tensor(counted)
    return ids, weights


def loss_of(model: PreTrainedModel, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the weighted mean negative log likelihood of each next token, nats; padding at the right needs no mask."""
    hidden = model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    counted = weights[:, 1:]
    kept = counted > 0
    # Only the tokens that count need a guess at all 2,048 next ones: most of a question's do not.
    each = cross_entropy(model.get_output_embeddings()(hidden[kept]), ids[:, 1:][kept], reduction="none")
    return (each * counted[kept]).sum() / counted.sum()


def fit(
    model: PreTrainedModel,
    data: Iterator[Batch],
    recipe: Recipe,
    told: Callable[[int, dict[str, Any]], None],
) -> None:
    """Train the parameters that ask for it; `told` hears of every step."""
    trained = [(name, held) for name, held in model.named_parameters() if held.requires_grad]
    matrices = [held for name, held in trained if held.ndim == 2 and "embed" not in name]
    others = [held for name, held in trained if held.ndim != 2 or "embed" in name]
    optimizers = _optimizers(matrices, others, recipe)
    highest = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]
    model.train()
    started = monotonic()
    tokens = 0
    for step, (ids, weights) in enumerate(islice(data, recipe.steps), 1):
        for optimizer, rate in zip(optimizers, highest, strict=True):
            optimizer.param_groups[0]["lr"] = rate * _share(step, recipe)
        loss = loss_of(model, ids, weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([held for _, held in trained], 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        tokens += ids.numel()
        told(step, {"loss": loss.item(), "tokens": tokens, "seconds": monotonic() - started})
    model.eval()


def _optimizers(
    matrices: Sequence[torch.Tensor], others: Sequence[torch.Tensor], recipe: Recipe
) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices and AdamW for the rest, or AdamW for all: a LoRA trains nothing but matrices."""
    adam: dict[str, Any] = {"lr": recipe.rate, "betas": (0.9, 0.98)}
    held: list[torch.optim.Optimizer] = [torch.optim.AdamW(others, weight_decay=0.0, **adam)] if others else []
    if recipe.muon:
        return [*held, Muon(matrices, lr=recipe.muon, weight_decay=recipe.decay)]
    return [*held, torch.optim.AdamW(matrices, weight_decay=recipe.decay, **adam)]


def _share(step: int, recipe: Recipe) -> float:
    """Return the share of the highest learning rate at a step."""
    if step <= recipe.warm_up:
        return step / recipe.warm_up
    return 0.05 + 0.95 * (1 + cos(pi * (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up))) / 2


class Muon(torch.optim.Optimizer):
    """Momentum whose steps are made orthogonal (Jordan et al. 2024), in 32-bit floats.

    torch's own works in bfloat16, which these processors only imitate: four times slower here.
    """

    def __init__(self, matrices: Sequence[torch.Tensor], lr: float, weight_decay: float) -> None:
        """Take the matrices to train."""
        super().__init__(list(matrices), {"lr": lr, "weight_decay": weight_decay, "momentum": 0.95})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Take one step."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                held = self.state[matrix].setdefault("momentum", torch.zeros_like(matrix))
                held.lerp_(matrix.grad, 1 - group["momentum"])
                way = _orthogonal(matrix.grad.lerp(held, group["momentum"]))
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(way, alpha=-group["lr"] * max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5)


def _orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Return about the nearest matrix whose singular values are 1: five Newton-Schulz steps with the paper's coefficients."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / (wide.norm() + 1e-7)
    for _ in range(5):
        square = wide @ wide.T
        wide = 3.4445 * wide + (-4.7750 * square + 2.0315 * square @ square) @ wide
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.T
