"""The same weights as GGUF, for llama.cpp: the model once, and each adapter by itself.

llama.cpp turns the halves of a rotary head as pairs of neighbours, Hugging Face as its first and second half: the rows of the
query and key matrices are put in llama.cpp's order here. Matrices are written as 16-bit floats; norms stay 32-bit, as llama.cpp
wants them.
"""

import json
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFType, GGUFWriter, Keys, LlamaFileType, TokenType
from peft import PeftModel
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from training.language import CHAT_TEMPLATE, END, SPECIAL

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
TURNED = frozenset({"attn_q", "attn_k"})
"""Matrices whose rows are put in llama.cpp's order."""


def write_model(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, path: Path, name: str) -> None:
    """Write the model, its vocabulary and its chat template."""
    config, tensors = model.config, model.state_dict()
    writer = GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_license("Apache-2.0")
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    _add_tokens(writer, tokenizer)
    writer.add_tensor("token_embd.weight", _half(tensors["model.embed_tokens.weight"]))
    writer.add_tensor("output_norm.weight", tensors["model.norm.weight"].numpy())
    for layer in range(config.num_hidden_layers):
        old, new = f"model.layers.{layer}.", f"blk.{layer}."
        writer.add_tensor(f"{new}attn_norm.weight", tensors[f"{old}input_layernorm.weight"].numpy())
        writer.add_tensor(f"{new}ffn_norm.weight", tensors[f"{old}post_attention_layernorm.weight"].numpy())
        for theirs, ours in NAMES.items():
            matrix = tensors[f"{old}{theirs}.weight"]
            turned = _turned(matrix, config.num_attention_heads) if ours in TURNED else matrix
            writer.add_tensor(f"{new}{ours}.weight", _half(turned))
    _close(writer)


def write_adapter(model: PeftModel, path: Path, name: str) -> None:
    """Write the LoRA matrices of a model's active adapter."""
    config = model.get_base_model().config
    settings = model.peft_config[model.active_adapter]
    tensors = model.state_dict()
    writer = GGUFWriter(path, "llama")
    writer.add_type(GGUFType.ADAPTER)
    writer.add_name(name)
    writer.add_license("Apache-2.0")
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, settings.lora_alpha)
    for layer in range(config.num_hidden_layers):
        for theirs, ours in NAMES.items():
            held = f"base_model.model.model.layers.{layer}.{theirs}."
            down, up = (tensors[f"{held}lora_{end}.{model.active_adapter}.weight"] for end in "AB")
            turned = _turned(up, config.num_attention_heads) if ours in TURNED else up
            writer.add_tensor(f"blk.{layer}.{ours}.weight.lora_a", _half(down))
            writer.add_tensor(f"blk.{layer}.{ours}.weight.lora_b", _half(turned))
    _close(writer)


def _add_tokens(writer: GGUFWriter, tokenizer: PreTrainedTokenizerFast) -> None:
    backend = tokenizer.backend_tokenizer
    tokens = sorted(backend.get_vocab(), key=backend.token_to_id)
    merges = json.loads(backend.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("starcoder")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in SPECIAL else TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_eos_token_id(backend.token_to_id(END))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _turned(matrix: torch.Tensor, heads: int) -> torch.Tensor:
    """Put the rows of each head from (first half, second half) into pairs."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _half(matrix: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(matrix.numpy().astype(np.float16))


def _close(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
