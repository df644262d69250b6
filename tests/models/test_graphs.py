"""Passes of fixed lengths over fixed buffers: on a CPU a pass stands for its own replay, all else is the real thing."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parent))

from tiny import tiny_model
from trees import plain_logits, worst_of_rounds

from specviz.models.hf import HFModel
from specviz.models.paths import graphs
from specviz.models.paths.fused import FusedForward
from specviz.models.paths.graphs import LENGTHS, GraphForward
from specviz.models.preflight.self_check import check_tree_pass
from specviz.records import Warp

PROMPT = list(range(1, 40))


class Counted:
    """A capture that counts: the replay is the pass itself."""

    def __init__(self) -> None:
        self.captured, self.replayed = [], 0

    def __call__(self, run):
        self.captured.append(len(run()))  # a warm-up writes what the replay will write again

        def replay():
            self.replayed += 1
            return run()

        return replay


def graphed(kind: str = "llama", context: int = 256) -> tuple[HFModel, Counted]:
    capture = Counted()
    plain = replace(tiny_model(kind), context=context)
    return replace(plain, forward=GraphForward(FusedForward(plain.module), capture)), capture


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
@pytest.mark.parametrize("nodes", [1, 5, 14, 40])
def test_padded_passes_equal_plain_ones(kind, nodes):
    model, capture = graphed(kind)
    assert worst_of_rounds(model, PROMPT, seed=nodes, nodes=nodes) < 1e-4
    assert model.path == "graphs"
    assert capture.replayed >= 4
    assert len(set(capture.captured)) == len(capture.captured)
    assert set(capture.captured) <= set(LENGTHS)


def test_the_check_at_load_runs_through_it():
    model, capture = graphed()
    assert check_tree_pass(model, "tiny").worst < 1e-3
    assert capture.replayed >= 2


def test_a_short_prompt_begins_with_a_replay_and_a_long_one_is_read_by_the_inner_pass():
    model, capture = graphed()
    model.open(PROMPT[:6], Warp()).feed([7], [0])
    assert capture.captured == [8]
    model, capture = graphed()
    model.open(PROMPT, Warp()).feed([7, 8, 9], [0, 0, 1])
    assert capture.captured == [4]
    assert capture.replayed == 1


def test_buffers_grow_and_everything_is_captured_again(monkeypatch):
    monkeypatch.setattr(graphs, "FEWEST_ROWS", 16)
    model, capture = graphed()
    assert worst_of_rounds(model, PROMPT[:5], seed=3, rounds=12, nodes=12) < 1e-4
    rows = model.forward._fixed.rows
    assert rows >= 64
    assert rows & (rows - 1) == 0
    assert len(capture.captured) > len(set(capture.captured))


@torch.inference_mode()
def test_padding_is_never_read():
    """Garbage in the rows beyond the last one changes nothing."""
    model, _ = graphed()
    session = model.open(PROMPT, Warp())
    session.feed([7, 8, 9], [0, 0, 1])
    session.commit([7, 9])
    for buffer in (b for pair in model.forward._fixed._buffers for b in pair):
        buffer[:, :, session._cached :] = 1e4
    rows = session.feed([3, 4, 5], [0, 1, 1])
    assert torch.allclose(rows.logits(3), plain_logits(model, [*PROMPT, 7, 9, 3, 5]), atol=1e-4)


def test_sessions_take_turns_in_the_buffers():
    model, _ = graphed()
    contexts = [list(PROMPT), PROMPT[::-1]]
    sessions = [model.open(list(context), Warp()) for context in contexts]
    for turn in range(4):
        for session, context in zip(sessions, contexts, strict=True):
            rows = session.feed([7 + turn, 8], [0, 1])
            assert torch.allclose(rows.logits(2), plain_logits(model, [*context, 7 + turn, 8]), atol=1e-4)
        for session, context in zip(sessions, contexts, strict=True):
            session.commit([7 + turn, 8, 9])
            context += [7 + turn, 8, 9]


def test_a_session_that_ended_leaves_nothing_behind():
    model, _ = graphed()
    model.open(list(PROMPT), Warp()).feed([7], [0])
    rows = model.open(PROMPT[::-1], Warp()).feed([7], [0])
    assert torch.allclose(rows.logits(1), plain_logits(model, [*PROMPT[::-1], 7]), atol=1e-4)


def test_threads_share_the_buffers():
    model, _ = graphed()
    worst = {}

    def work(seed: int) -> None:
        worst[seed] = worst_of_rounds(model, PROMPT[seed:], seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(worst[seed] for seed in range(3)) < 1e-4


def test_early_exit_reads_the_same_cache():
    plain = tiny_model()
    fast, _ = graphed()
    laws = []
    for model in (plain, fast):
        session = model.open(list(PROMPT), Warp())
        session.feed([5], [0])
        session.commit([5, 6])
        shallow = session.early_exit(0.7, Warp())
        rows = shallow.feed([9, 4], [0, 1])
        laws += [rows.logits(2), session.feed([9, 4], [0, 1]).logits(2)]
        assert shallow.model.path == ("plain" if model is plain else "fused")
    assert torch.allclose(laws[0], laws[2], atol=1e-4)
    assert torch.allclose(laws[1], laws[3], atol=1e-4)


@pytest.mark.parametrize("at", [0, 2])
def test_the_first_error_ends_it_and_the_run_goes_on(at):
    calls = []

    def refuse(run):
        calls.append(run)
        if len(calls) > at:
            raise RuntimeError("this driver captures nothing\nsecond line")
        return run

    plain = tiny_model()
    forward = GraphForward(FusedForward(plain.module), refuse)
    model = replace(plain, forward=forward)
    assert worst_of_rounds(model, PROMPT, seed=1) < 1e-4
    assert model.path == "fused"
    assert forward.note == "not graphs: this driver captures nothing"
    assert len(calls) == at + 1


def test_a_pass_longer_than_every_length():
    model, capture = graphed()
    tokens = (np.arange(520) % 60 + 1).tolist()
    rows = model.open(PROMPT[:3], Warp()).feed(tokens, [0] * 520)
    assert torch.allclose(rows.logits(520), plain_logits(model, [*PROMPT[:3], tokens[-1]]), atol=1e-4)
    assert capture.replayed == 0


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_graphs_of_a_cuda_device(dtype):
    config = AutoConfig.for_model(
        "llama", vocab_size=512, hidden_size=256, intermediate_size=512, num_hidden_layers=4, num_attention_heads=8,
        num_key_value_heads=2, max_position_embeddings=4096,
    )  # fmt: skip
    torch.manual_seed(0)
    module = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").eval().to("cuda", dtype)
    forward = GraphForward(FusedForward(module))
    model = HFModel(module, 512, 4096, forward)
    check_tree_pass(model, "random")
    tolerance = 1e-3 if dtype == torch.float32 else 0.1
    for nodes in (1, 14, 60):
        assert worst_of_rounds(model, PROMPT, seed=nodes, nodes=nodes) < tolerance
    assert model.path == "graphs", forward.note
