"""Pairs that are known to speak the same tokens, with what their owners say about them. Nothing here is downloaded.

Parameters are exact: `AutoModelForCausalLM.from_config` on the meta device counts the same for these sizes (for Gemma 3
4B its picture tower is counted too, as its card does).
"""

from __future__ import annotations

from dataclasses import dataclass

from specviz.models.preflight.shape import Shape

LLAMA31, LLAMA32 = "Llama 3.1 Community License", "Llama 3.2 Community License"
GEMMA, APACHE, MIT = "Gemma Terms of Use", "Apache-2.0", "MIT"


@dataclass(frozen=True)
class CuratedModel:
    """One model of the hub: its id, family, parameters, licence, whether a login is asked for, and its sizes.

    stored: bytes of one number in its weight files.
    """

    id: str
    family: str
    parameters: int
    licence: str
    gated: bool
    shape: Shape
    stored: int = 2

    @property
    def chat(self) -> bool:
        """Whether it has a chat template: the instruct models, and all of Qwen3."""
        return self.family == "Qwen3" or self.id.endswith(("-Instruct", "-it"))

    @property
    def page(self) -> str:
        """Its page on the hub."""
        return f"https://huggingface.co/{self.id}"


def _shape(cache: tuple[int, ...], rows: int, context: int, window: int = 0) -> Shape:
    """cache: layers, kv heads and head dimension."""
    layers, kv_heads, head_dim = cache
    return Shape(layers, kv_heads, head_dim, rows, context, window)


def _llama(name: str, parameters: int, licence: str, *cache: int) -> CuratedModel:
    return CuratedModel(f"meta-llama/{name}", "Llama 3", parameters, licence, True, _shape(cache, 128_256, 131_072))


def _qwen3(name: str, parameters: int, layers: int) -> CuratedModel:
    return CuratedModel(f"Qwen/{name}", "Qwen3", parameters, APACHE, False, Shape(layers, 8, 128, 151_936, 40_960))


def _qwen25(name: str, parameters: int, rows: int, *cache: int) -> CuratedModel:
    return CuratedModel(f"Qwen/{name}", "Qwen2.5", parameters, APACHE, False, _shape(cache, rows, 32_768))


def _gemma(name: str, parameters: int, context: int, window: int, rows: int, *cache: int) -> CuratedModel:
    return CuratedModel(f"google/{name}", "Gemma 3", parameters, GEMMA, True, _shape(cache, rows, context, window))


def _smol(name: str, parameters: int, *cache: int) -> CuratedModel:
    return CuratedModel(f"HuggingFaceTB/{name}", "SmolLM2", parameters, APACHE, False, _shape(cache, 49_152, 8_192))


def _pythia(name: str, parameters: int, rows: int, *cache: int) -> CuratedModel:
    return CuratedModel(f"EleutherAI/{name}", "Pythia", parameters, APACHE, False, _shape(cache, rows, 2_048))


def _gpt2(name: str, parameters: int, licence: str, *cache: int) -> CuratedModel:
    return CuratedModel(name, "GPT-2", parameters, licence, False, _shape(cache, 50_257, 1_024), stored=4)


MODELS: dict[str, CuratedModel] = {
    model.id: model
    for model in (
        _llama("Llama-3.1-8B-Instruct", 8_030_261_248, LLAMA31, 32, 8, 128),
        _llama("Llama-3.2-3B-Instruct", 3_212_749_824, LLAMA32, 28, 8, 128),
        _llama("Llama-3.2-1B-Instruct", 1_235_814_400, LLAMA32, 16, 8, 64),
        _qwen3("Qwen3-8B", 8_190_735_360, 36),
        _qwen3("Qwen3-4B", 4_022_468_096, 36),
        _qwen3("Qwen3-1.7B", 1_720_574_976, 28),
        _qwen3("Qwen3-0.6B", 596_049_920, 28),
        _qwen25("Qwen2.5-7B-Instruct", 7_615_616_512, 152_064, 28, 4, 128),
        _qwen25("Qwen2.5-1.5B-Instruct", 1_543_714_304, 151_936, 28, 2, 128),
        _qwen25("Qwen2.5-0.5B-Instruct", 494_032_768, 151_936, 24, 2, 64),
        _gemma("gemma-3-4b-it", 4_300_079_472, 131_072, 1_024, 262_208, 34, 4, 256),
        _gemma("gemma-3-1b-it", 999_885_952, 32_768, 512, 262_144, 26, 1, 256),
        _gemma("gemma-3-270m-it", 268_098_176, 32_768, 512, 262_144, 18, 1, 256),
        _smol("SmolLM2-1.7B", 1_711_376_384, 24, 32, 64),
        _smol("SmolLM2-360M", 361_821_120, 32, 5, 64),
        _smol("SmolLM2-135M", 134_515_008, 30, 3, 64),
        _pythia("pythia-6.9b", 6_857_302_016, 50_432, 32, 32, 128),
        _pythia("pythia-1.4b", 1_414_647_808, 50_304, 24, 16, 128),
        _pythia("pythia-410m", 405_334_016, 50_304, 24, 16, 64),
        _pythia("pythia-70m", 70_426_624, 50_304, 6, 8, 64),
        _gpt2("openai-community/gpt2-large", 774_030_080, MIT, 36, 20, 64),
        _gpt2("openai-community/gpt2", 124_439_808, MIT, 12, 12, 64),
        _gpt2("distilbert/distilgpt2", 81_912_576, APACHE, 6, 12, 64),
    )
}  # fmt: skip

# On screen -> target and draft.
PAIRS: dict[str, tuple[str, str]] = {
    "Llama 3.1 8B with 3.2 1B": ("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.2-1B-Instruct"),
    "Llama 3.2 3B with 1B": ("meta-llama/Llama-3.2-3B-Instruct", "meta-llama/Llama-3.2-1B-Instruct"),
    "Qwen3 8B with 0.6B": ("Qwen/Qwen3-8B", "Qwen/Qwen3-0.6B"),
    "Qwen3 4B with 0.6B": ("Qwen/Qwen3-4B", "Qwen/Qwen3-0.6B"),
    "Qwen3 1.7B with 0.6B": ("Qwen/Qwen3-1.7B", "Qwen/Qwen3-0.6B"),
    "Qwen2.5 7B with 0.5B": ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-0.5B-Instruct"),
    "Qwen2.5 1.5B with 0.5B": ("Qwen/Qwen2.5-1.5B-Instruct", "Qwen/Qwen2.5-0.5B-Instruct"),
    "Gemma 3 4B with 270M": ("google/gemma-3-4b-it", "google/gemma-3-270m-it"),
    "Gemma 3 1B with 270M": ("google/gemma-3-1b-it", "google/gemma-3-270m-it"),
    "SmolLM2 1.7B with 135M": ("HuggingFaceTB/SmolLM2-1.7B", "HuggingFaceTB/SmolLM2-135M"),
    "SmolLM2 360M with 135M": ("HuggingFaceTB/SmolLM2-360M", "HuggingFaceTB/SmolLM2-135M"),
    "Pythia 6.9B with 70M": ("EleutherAI/pythia-6.9b", "EleutherAI/pythia-70m"),
    "Pythia 1.4B with 70M": ("EleutherAI/pythia-1.4b", "EleutherAI/pythia-70m"),
    "Pythia 410M with 70M": ("EleutherAI/pythia-410m", "EleutherAI/pythia-70m"),
    "GPT-2 large with GPT-2": ("openai-community/gpt2-large", "openai-community/gpt2"),
    "GPT-2 with DistilGPT2": ("openai-community/gpt2", "distilbert/distilgpt2"),
}
