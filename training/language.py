"""Tokens and the shape of the model: a byte-level BPE and a small Llama, both in the ecosystem's own formats."""

from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, PreTrainedTokenizerFast

from training.corpus import Chat

VOCABULARY = 2048
END = "<|end|>"
SPECIAL = (END, "<|system|>", "<|user|>", "<|assistant|>")
CONTEXT = 1024
"""Tokens that a question and its answer may have together."""

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|> ' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)

WORDS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"
"""How GPT-2 cuts text before BPE, without its last alternative. With digits cut off one by one first, this is what llama.cpp
calls `starcoder`."""


def learn_tokens(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Learn the vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, pad_token=END, additional_special_tokens=list(SPECIAL[1:])
    )
    wrapped.chat_template = CHAT_TEMPLATE
    wrapped.model_max_length = CONTEXT
    return wrapped


def shape() -> LlamaConfig:
    """Return the shape of the model: 1.1 million parameters."""
    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )


class Encoder:
    """Chats as token ids, with how much each token counts in training."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, reading: float = 0.0) -> None:
        """Make it.

        Args:
            tokenizer: The vocabulary.
            reading: How much a token of a message that is to be sorted counts; tokens of answers count 1, of other questions 0.
        """
        self._backend = tokenizer.backend_tokenizer
        self._reading = reading
        self._ids = {token: tokenizer.convert_tokens_to_ids(token) for token in SPECIAL}

    def chat(self, chat: Chat) -> tuple[list[int], list[float]]:
        """Return token ids, and the weight of each as something to be predicted."""
        read = self._reading if chat[0][0] == "system" else 0.0
        ids: list[int] = []
        weights: list[float] = []
        for role, text in chat:
            inner = self._backend.encode(f" {text}", add_special_tokens=False).ids
            answered = float(role == "assistant")
            ids += [self._ids[f"<|{role}|>"], *inner, self._ids[END]]
            weights += [0.0, *[read if role == "user" else answered] * len(inner), answered]
        return ids, weights

    def question(self, chat: Sequence[tuple[str, str]]) -> list[int]:
        """Return the token ids of a chat that is to be answered."""
        return [*self.chat(list(chat))[0], self._ids["<|assistant|>"]]
