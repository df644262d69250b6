"""The dial pair: random weights whose draft model is contained in the target, so that a dial sets the acceptance.

No text was ever learned by these models and none of their output means anything. They cost what trained models of the
same shape cost, and the draft model is right about the target as often as the dial alpha says: at 0 always, the more
rarely the larger alpha is.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

from specviz.models.early_exit import first_layers
from specviz.models.hf import HFModel
from specviz.records import Provenance

ALPHAS = (0.06, 0.12, 0.25)
LOGITS = 5.0  # standard deviation of the logits
SHARP = 2.0  # of queries and keys: attention that chooses keeps the output from running in circles
EPSILON = 1e-5
ADDED = 1.6  # size of what all layers of noise add together at alpha = 1; the residual stream's own is about 2


@dataclass(frozen=True)
class Shape:
    """A public configuration without its weights.

    family: as transformers calls it.  inner: layers of the target that are the draft model's.  narrow: width of a draft
    model that is zero-padded into the target; 0 for one as wide as the target, which then shares its tensors.
    """

    family: str
    vocabulary: int
    width: int
    layers: int
    heads: int
    key_heads: int
    between: int
    inner: int
    head: int = 128
    narrow: int = 0
    narrow_between: int = 0
    context: int = 8192


SHAPES = {
    "tiny": Shape("llama", 512, 80, 4, 5, 5, 160, 2, head=16, narrow=32, narrow_between=64, context=2048),
    "small": Shape("llama", 4096, 320, 8, 10, 5, 944, 2, head=32, narrow=128, narrow_between=320),
    "llama-1b": Shape("llama", 128_256, 2048, 16, 32, 8, 8192, 1, head=64),
    "llama-8b": Shape("llama", 128_256, 4096, 32, 32, 8, 14_336, 1),
    "qwen2-1.5b": Shape("qwen2", 151_936, 1536, 28, 12, 2, 8960, 1),
    "qwen3-8b": Shape("qwen3", 151_936, 4096, 36, 32, 8, 12_288, 1),
}


@dataclass
class DialPair:
    """What the engine asks of a pair. A text is its token ids with blanks between, for there are no words."""

    target: HFModel
    draft: HFModel
    provenance: Provenance
    alpha: float
    stop_ids: frozenset[int] = field(default_factory=frozenset)

    def middle(self, name: str) -> HFModel:
        """The first half of the target's layers, whatever its name: the draft model and some of the noise."""
        count = self.target.module.config.num_hidden_layers
        return HFModel(_cut(self.target.module, count // 2), self.target.vocabulary, self.target.context)

    def encode(self, prompt: str, chat: bool = False) -> list[int]:
        """The ids that the text lists."""
        return [int(part) for part in prompt.split()]

    def decode(self, ids: list[int]) -> str:
        """The ids as text."""
        return " ".join(map(str, ids))

    def texts(self, ids: set[int]) -> dict[int, str]:
        """Each id as text."""
        return {i: str(i) for i in sorted(ids)}


def dial_pair(
    alpha: float, shape: str = "small", device: str = "cpu", dtype: torch.dtype = torch.float32, seed: int = 0
) -> DialPair:
    """A target and a draft model of random weights; alpha >= 0 is the scale of what only the target computes.

    The target's first layers are the draft model's: as they are, or zero-padded, with the weights of each RMSNorm
    times sqrt(narrow / width) and epsilon times narrow / width, which makes up for the mean over more components. Every
    layer above adds noise to the residual stream, its output weights scaled by alpha; at alpha = 0 both laws are equal.
    """
    if alpha < 0 or shape not in SHAPES:
        raise ValueError(f"The dial is at least 0 and a shape one of {', '.join(SHAPES)}; not {alpha}, {shape!r}.")
    size = SHAPES[shape]
    rng = torch.Generator(device).manual_seed(seed)
    with torch.device(device):
        target = _module(size, False, dtype)
        _fill(target, rng)
        if size.narrow:
            draft = _module(size, True, dtype)
            _fill(draft, rng)
            _contain(target, draft)
        else:
            draft = _cut(target, size.inner)
    for layer in target.model.layers[size.inner :]:
        for weight in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
            weight.data.mul_(ADDED * alpha / math.sqrt(size.layers - size.inner))
    counts = [sum(p.numel() for p in module.parameters()) for module in (target, draft)]
    about = f"RANDOM WEIGHTS, {size.family} shape"
    drafted = f"{size.narrow or size.width} x {size.inner}"
    provenance = Provenance(
        f"{about} {size.width} x {size.layers}, dial {alpha:g}", f"{about} {drafted}, contained in the target", device,
        str(dtype).removeprefix("torch."), (("torch", torch.__version__), ("transformers", transformers.__version__)),
        *counts,
    )  # fmt: skip
    models = [HFModel(module, size.vocabulary, size.context) for module in (target, draft)]
    return DialPair(models[0], models[1], provenance, alpha)


def random_prompt(length: int, seed: int, vocabulary: int = 4096) -> str:
    """A prompt of random ids."""
    rng = torch.Generator().manual_seed(10_000 + seed)
    return " ".join(map(str, torch.randint(1, vocabulary, (length,), generator=rng).tolist()))


def _module(size: Shape, narrow: bool, dtype: torch.dtype) -> Any:
    """The target's module, or that of a narrow draft model: heads shrink in number, not in size."""
    heads = size.narrow // size.head if narrow else size.heads
    config = AutoConfig.for_model(
        size.family, vocab_size=size.vocabulary, hidden_size=size.narrow if narrow else size.width,
        num_hidden_layers=size.inner if narrow else size.layers, head_dim=size.head, num_attention_heads=heads,
        intermediate_size=size.narrow_between if narrow else size.between,
        num_key_value_heads=heads * size.key_heads // size.heads, max_position_embeddings=size.context,
        rms_norm_eps=EPSILON * (size.narrow / size.width if size.narrow and not narrow else 1.0),
        tie_word_embeddings=False, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    module = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=dtype).eval()
    module.requires_grad_(False)
    return module


def _fill(module: Any, rng: torch.Generator) -> None:
    """Weights that keep sizes: a component of unit variance in, one of unit variance out."""
    for name, weight in module.named_parameters():
        if weight.ndim < 2:
            sharp = "q_norm" in name or "k_norm" in name
            weight.data.fill_(0.0 if name.endswith("bias") else SHARP if sharp else 1.0)
            continue
        scale = LOGITS if "lm_head" in name else SHARP if "q_proj" in name or "k_proj" in name else 1.0
        spread = 1.0 if "embed_tokens" in name else scale / math.sqrt(weight.shape[1])
        weight.data.normal_(0.0, spread, generator=rng)


def _contain(target: Any, draft: Any) -> None:
    """The draft model in the upper left corner of the target's first layers, zeros around it."""
    narrow, width = draft.config.hidden_size, target.config.hidden_size
    own = dict(draft.named_parameters())
    for name, weight in target.named_parameters():
        if name not in own:
            continue
        small = own[name].data
        if weight.ndim == 1:
            weight.data[: len(small)] = small * math.sqrt(narrow / width)
            continue
        if "lm_head" not in name:  # what the noise adds to the other components is read too
            weight.data.zero_()
        weight.data[: small.shape[0], : small.shape[1]] = small


def _cut(module: Any, layers: int) -> Any:
    """The first layers as a module of its own with a fitting configuration; all tensors are shared."""
    cut = first_layers(module, layers / module.config.num_hidden_layers)
    config = copy.deepcopy(module.config)
    config.num_hidden_layers = layers
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[:layers]
    cut.config = cut.model.config = config
    return cut


def with_models(pair: DialPair, target: HFModel, draft: HFModel) -> DialPair:
    """The same pair run in another way."""
    return replace(pair, target=target, draft=draft)


def greedy_reference(module: Any, ids: Sequence[int], count: int, **options: Any) -> list[int]:
    """What transformers' own greedy generation writes."""
    given = torch.tensor([list(ids)], device=module.get_input_embeddings().weight.device)
    output = module.generate(
        given, attention_mask=torch.ones_like(given), do_sample=False, max_new_tokens=count, pad_token_id=0, **options
    )
    return [int(i) for i in output[0, given.shape[1] :]]
