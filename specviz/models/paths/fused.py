"""A forward pass written out for models of Llama's build: fewer and larger operations, the same numbers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that every torch text uses
from torch import nn

from specviz.models.early_exit import layers_kept
from specviz.models.kv_cache import BufferCache
from specviz.models.paths.base import additive
from specviz.models.paths.linears import Linear, MakeLinear, Packed, plain_linear

FAMILIES = ("llama", "mistral", "qwen2", "qwen3")
ROPES = ("default", "linear", "llama3", "yarn")  # whose angles do not depend on how long the text is
# (layer, keys [kv, n, d], values [kv, n, d]) -> all cached keys and values, each [1, kv, columns, d]
Append = Callable[[int, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class _Norm:
    """x * weight / sqrt(mean x^2 + eps)."""

    weight: torch.Tensor
    eps: float

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        return F.rms_norm(states, self.weight.shape, self.weight, self.eps)


@dataclass(frozen=True)
class _Layer:
    """One layer: queries, keys and values come from one product, gate and up from another."""

    before: _Norm
    qkv: Linear
    out: Linear
    after: _Norm
    gate_up: Linear
    down: Linear
    query_norm: _Norm | None
    key_norm: _Norm | None


class FusedForward:
    """Llama's pass with joined projections, one rotation for queries and keys, and grouped heads folded into queries.

    The joined weights replace the module's own storage, whose parameters become views of them: no memory is spent
    twice, and the module can be run as before.
    Raises ValueError for a model of another build; the sentence says what is different.
    """

    def __init__(self, module: Any, make: MakeLinear = plain_linear) -> None:
        config = module.config
        _check(module)
        self.dtype, self.device = module.dtype, module.get_input_embeddings().weight.device
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        inner = module.model
        attention = inner.layers[0].self_attn
        self.head_dim, self.scale = int(attention.head_dim), float(attention.scaling)
        self._embedding = inner.embed_tokens.weight
        self._layers = [_layer(layer, make) for layer in inner.layers]
        self._norm = _norm(inner.norm)
        self._head = make(module.lm_head.weight, module.lm_head.bias)
        products = [
            self._head,
            *(p for layer in self._layers for p in (layer.qkv, layer.out, layer.gate_up, layer.down)),
        ]
        self.name = "fused, packed" if any(isinstance(product, Packed) for product in products) else "fused"
        self._rotary = inner.rotary_emb
        self._angles = self._make_angles(1024)

    def cache(self) -> BufferCache:
        """One layer for each of the model's."""
        return BufferCache(len(self._layers))

    def first(self, share: float) -> FusedForward:
        """The same pass, ended after some of the layers."""
        cut = copy.copy(self)
        cut._layers = self._layers[: layers_kept(len(self._layers), share)]
        return cut

    def __call__(
        self, ids: Sequence[int], allowed: np.ndarray, positions: np.ndarray, cache: BufferCache, kept: int
    ) -> torch.Tensor:
        """Logits [kept, V] of the last positions; see `Forward`."""
        mask = None if allowed.all() else additive(allowed, self.dtype).to(self.device)
        tokens = torch.tensor(ids, device=self.device)
        places = torch.from_numpy(positions).to(self.device)
        self.reserve(int(positions.max()) + 1)

        def append(layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return cache.append(layer, keys[None], values[None])

        return self.run(tokens, places, mask, append, kept)

    def reserve(self, end: int) -> None:
        """Make sure that the rotations up to this position are there."""
        if end > len(self._angles[0]):
            self._angles = self._make_angles(max(end, 2 * len(self._angles[0])))

    def run(
        self, tokens: torch.Tensor, places: torch.Tensor, mask: torch.Tensor | None, append: Append, kept: int
    ) -> torch.Tensor:
        """The pass on tensors alone, so that it can be captured as a graph.

        tokens, places: int64[n].  mask: additive [n, columns], None where everything may be read.
        """
        cos, sin = (table[places, None] for table in self._angles)
        group = self.heads // self.kv_heads
        if mask is not None:
            mask = mask.repeat(group, 1)
        states = F.embedding(tokens, self._embedding)
        for number, layer in enumerate(self._layers):
            mixed = self._attend(layer, number, layer.before(states), cos, sin, mask, append)
            states = states + mixed
            gate, up = layer.gate_up(layer.after(states)).chunk(2, dim=-1)
            states = states + layer.down(F.silu(gate) * up)
        return self._head(self._norm(states[len(states) - kept :]))

    def _attend(
        self, layer: _Layer, number: int, states: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor,
        mask: torch.Tensor | None, append: Append,
    ) -> torch.Tensor:  # fmt: skip
        count, turned = len(states), self.heads + self.kv_heads
        joined = layer.qkv(states).view(count, -1, self.head_dim)
        rows = joined[:, :turned]
        if layer.query_norm is not None and layer.key_norm is not None:
            rows = torch.cat([layer.query_norm(rows[:, : self.heads]), layer.key_norm(rows[:, self.heads :])], dim=1)
        # x cos + (x with its halves exchanged) sin; the sign of the exchange is in the table of sines.
        rows = rows * cos + rows.roll(self.head_dim // 2, -1) * sin
        keys, values = append(number, rows[:, self.heads :].transpose(0, 1), joined[:, turned:].transpose(0, 1))
        # The heads that share keys become more queries of one head, so keys and values are never copied.
        group = self.heads // self.kv_heads
        queries = rows[:, : self.heads].view(count, self.kv_heads, group, self.head_dim).permute(1, 2, 0, 3)
        queries = queries.reshape(1, self.kv_heads, group * count, self.head_dim)
        mixed = F.scaled_dot_product_attention(queries, keys, values, mask, scale=self.scale)
        mixed = mixed.view(self.kv_heads, group, count, self.head_dim).permute(2, 0, 1, 3)
        return layer.out(mixed.reshape(count, -1))

    def _make_angles(self, end: int) -> tuple[torch.Tensor, torch.Tensor]:
        """cos and sin [end, d]; in the first half the sine carries the minus of the rotation."""
        places = torch.arange(end, device=self.device)[None]
        cos, sin = self._rotary(torch.empty(1, dtype=self.dtype, device=self.device), places)
        sin = sin[0].clone()
        sin[:, : self.head_dim // 2] *= -1
        return cos[0].clone(), sin


def _check(module: Any) -> None:
    config = module.config
    if config.model_type not in FAMILIES:
        raise ValueError(f"models of the family {config.model_type} are not of Llama's build")
    if getattr(config, "hidden_act", "silu") != "silu":
        raise ValueError(f"its activation is {config.hidden_act}, not silu")
    if module.model.rotary_emb.rope_type not in ROPES:
        raise ValueError(f"its rotations are of the kind {module.model.rotary_emb.rope_type}")
    if getattr(config, "sliding_window", None):
        raise ValueError("some of its layers see a window only")
    places = {parameter.device for parameter in module.parameters()}
    if len(places) > 1:
        raise ValueError("it is spread over several devices")
    if any(type(part) is not nn.Linear for layer in module.model.layers for part in _linears(layer)):
        raise ValueError("its linear layers are quantised or replaced")


def _linears(layer: Any) -> list[Any]:
    attention, mlp = layer.self_attn, layer.mlp
    return [
        attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj, mlp.gate_proj, mlp.up_proj,
        mlp.down_proj,
    ]  # fmt: skip


def _layer(layer: Any, make: MakeLinear) -> _Layer:
    attention = layer.self_attn
    query, key, value, out, gate, up, down = _linears(layer)
    return _Layer(
        before=_norm(layer.input_layernorm),
        qkv=make(*_joined([query, key, value])),
        out=make(out.weight, out.bias),
        after=_norm(layer.post_attention_layernorm),
        gate_up=make(*_joined([gate, up])),
        down=make(down.weight, down.bias),
        query_norm=_norm(attention.q_norm) if hasattr(attention, "q_norm") else None,
        key_norm=_norm(attention.k_norm) if hasattr(attention, "k_norm") else None,
    )


def _norm(norm: Any) -> _Norm:
    return _Norm(norm.weight, float(norm.variance_epsilon))


def _joined(parts: list[nn.Linear]) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The weights of several layers as one, of which theirs become views; and their biases."""
    whole = torch.cat([part.weight.data for part in parts])
    start = 0
    for part in parts:
        part.weight.data = whole[start : start + part.out_features]
        start += part.out_features
    if parts[0].bias is None:
        return whole, None
    return whole, torch.cat([part.bias.data for part in parts])
