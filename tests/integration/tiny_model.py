"""A Llama of 300 kB with random weights that reads and writes single bytes: real enough for a real server, made in a second."""

from pathlib import Path

import numpy as np
from gguf import GGUFType, GGUFWriter, Keys, TokenType

from tests.integration.llama import CONTEXT

LAYERS = 1
WIDTH = 64
HEADS = 4
RANK = 4

VOCABULARY = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
TYPES = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *[TokenType.BYTE] * 256]
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"


def write(path: Path, seed: int = 1, context: int = CONTEXT) -> None:
    """Write the model as GGUF, for questions and answers of so many bytes together."""
    writer = GGUFWriter(path, "llama")
    _describe(writer, context)
    for name, tensor in _weights(np.random.default_rng(seed)).items():
        writer.add_tensor(f"{name}.weight", tensor)
    _close(writer)


def write_adapter(path: Path, seed: int = 2) -> None:
    """Write a LoRA adapter for the model: a fine-tune with random weights."""
    rng = np.random.default_rng(seed)
    writer = GGUFWriter(path, "llama")
    writer.add_type(GGUFType.ADAPTER)
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, RANK)
    writer.add_tensor("blk.0.attn_v.weight.lora_a", _drawn(rng, RANK, WIDTH, WIDTH**-0.5))
    writer.add_tensor("blk.0.attn_v.weight.lora_b", _drawn(rng, WIDTH, RANK, 1.0))
    _close(writer)


def _close(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: GGUFWriter, context: int) -> None:
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(VOCABULARY))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(VOCABULARY)
    writer.add_token_scores([0.0] * len(VOCABULARY))
    writer.add_token_types(TYPES)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)


def _weights(rng: np.random.Generator) -> dict[str, np.ndarray]:
    ones = np.ones(WIDTH, np.float32)
    held = {
        "token_embd": _drawn(rng, len(VOCABULARY), WIDTH, 1.0),
        # Small enough that a temperature of 1 does not always draw the same byte.
        "output": _drawn(rng, len(VOCABULARY), WIDTH, 0.2),
        "output_norm": ones,
    }
    for layer in range(LAYERS):
        head = f"blk.{layer}."
        held |= {head + name: ones for name in ("attn_norm", "ffn_norm")}
        held |= {head + name: _drawn(rng, WIDTH, WIDTH, WIDTH**-0.5) for name in ("attn_q", "attn_k", "attn_v", "attn_output")}
        held |= {head + name: _drawn(rng, 2 * WIDTH, WIDTH, WIDTH**-0.5) for name in ("ffn_gate", "ffn_up")}
        held[head + "ffn_down"] = _drawn(rng, WIDTH, 2 * WIDTH, (2 * WIDTH) ** -0.5)
    return held


def _drawn(rng: np.random.Generator, rows: int, columns: int, scale: float) -> np.ndarray:
    return (rng.standard_normal((rows, columns)) * scale).astype(np.float32)
