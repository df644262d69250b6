"""On which devices a pair goes, and what is said where it has no room: before loading, before a run, in a run."""

from __future__ import annotations

import sys
import time
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from folders import FABLE

from specviz.engine import out_of_memory
from specviz.engine.jobs import RunJob
from specviz.engine.load_job import LoadJob
from specviz.engine.out_of_memory import require_room, what_happened
from specviz.engine.scheduling import Stage, Workshop
from specviz.engine.scheduling.pairs import Loan
from specviz.models import loading
from specviz.models.hf import HFSession
from specviz.models.loading import choose_places, read_module
from specviz.models.pair import load_pair
from specviz.models.preflight.curated import MODELS
from specviz.models.preflight.memory import Size, estimate, free_memory, require_fit
from specviz.models.preflight.places import Places, arrange, read_places, shares
from specviz.models.preflight.room import Need
from specviz.models.preflight.troubles import ModelError, Trouble, explain, is_out_of_memory
from specviz.records import RunSettings, StopReason

HERE = ["cpu", "cuda", "cuda:0", "cuda:1"]
GB = 10**9


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("cpu", Places("cpu", "cpu")),
        ("cuda:1", Places("cuda:1", "cuda:1")),
        ("cuda:0,cuda:1", Places("cuda:0", "cuda:1")),
        ("cuda:1,cpu", Places("cuda:1", "cpu")),
        ("split", Places("cuda:0", "cuda:1", split=True)),
    ],
)
def test_places_are_read(asked, found):
    assert read_places(asked, HERE) == found
    assert read_places(found.name, HERE) == found  # the record's word gives the same places


@pytest.mark.parametrize("asked", ["cuda:2", "cpu,", "cpu,cpu,cpu", "cuda:0;cuda:1", "auto,cpu", "", "split "])
def test_places_that_are_none(asked):
    with pytest.raises(ModelError) as caught:
        read_places(asked, HERE)
    assert caught.value.trouble == Trouble.DEVICE
    with pytest.raises(ModelError, match="there are 1 here"):
        read_places("split", HERE[:3])


@pytest.mark.parametrize(
    ("target", "draft", "free", "name"),
    [
        (16, 2, [20], "cuda:0"),
        (30, 2, [20], "cuda:0"),  # one card: the check of the memory will say no
        (16, 2, [20, 20], "cuda:0"),
        (19, 2, [20, 5, 20], "cuda:0,cuda:2"),
        (19, 6, [20, 5], "split"),
        (25, 5, [10, 80], "cuda:1"),
        (60, 22, [20, 80, 30], "cuda:1,cuda:2"),
        (30, 2, [20, 20], "split"),
    ],
)
def test_auto_takes_one_card_then_two_then_all(target, draft, free, name):
    assert arrange(target * GB, draft * GB, [bytes_ * GB for bytes_ in free]).name == name


def test_a_spread_target_leaves_room_for_the_draft_model():
    assert shares(3 * GB, [10 * GB, 10 * GB]) == {0: 9 * GB, 1: 6 * GB}
    assert shares(30 * GB, [10 * GB, 10 * GB])[1] == 0


def test_auto_without_cards_is_the_cpu(monkeypatch):
    monkeypatch.setattr(loading, "devices_here", lambda: ["cpu"])
    assert choose_places("auto", GB, GB).name == "cpu"
    monkeypatch.setattr(loading, "devices_here", lambda: ["cpu", "mps"])
    assert choose_places("auto", GB, GB).name == "mps"
    monkeypatch.setattr(loading, "devices_here", lambda: HERE)
    monkeypatch.setattr(loading, "free_memory", lambda _: GB)
    assert choose_places("auto", 2 * GB, 0).name == "split"


def test_two_places_on_one_machine_decode():
    """The draft and the target are asked for apart, and what they share is recorded once."""
    pair = load_pair("fable/target", "fable/draft", "cpu,cpu")
    assert pair.provenance.device == "cpu"
    assert pair.provenance.dtype == "float32"


def test_spreading_needs_a_library_that_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"over 2 cards.*pip install accelerate") as caught:
        read_module("big/one", str(FABLE / "draft"), "cuda:0", torch.float32, {0: GB, 1: GB})
    assert caught.value.trouble == Trouble.LIBRARY


def test_free_memory_of_several_places():
    if torch.cuda.is_available():
        pytest.skip("this machine has a card")
    assert free_memory("split") is None
    assert free_memory("cpu,cuda:1") is None
    assert free_memory("cpu,cpu") == pytest.approx(free_memory("cpu"), rel=0.2)


QWEN = [Size(name, MODELS[name].parameters, MODELS[name].shape) for name in ("Qwen/Qwen3-4B", "Qwen/Qwen3-0.6B")]
NEED = Need(QWEN[0], QWEN[1], "float32", 4096, 256)


def test_what_a_run_takes_is_the_estimate_without_weights():
    whole = estimate(QWEN[0], QWEN[1], "float32", 4096, 256).total
    assert whole - NEED.bytes() == sum(size.parameters for size in QWEN) * 4
    assert NEED.bytes(capacity=0) < NEED.bytes()
    assert NEED.bytes(tokens=128) < NEED.bytes()


def test_what_would_fit_does_and_twice_as_much_does_not():
    free = NEED.bytes() * 3 // 4
    capacity, text = NEED.largest_capacity(free), NEED.largest_text(free)
    assert NEED.bytes(capacity=capacity) <= free < NEED.bytes(capacity=2 * capacity)
    assert NEED.bytes(tokens=text) <= free < NEED.bytes(tokens=2 * text)
    said = NEED.refusal(free, "cuda:0")
    assert f"P = {capacity:,} would fit" in said
    assert f"a text of {text:,} tokens" in said
    assert "16-bit numbers" in said
    assert NEED.refusal(NEED.bytes(), "cuda:0") == ""
    assert "smaller pair" in replace(NEED, dtype="bfloat16").refusal(1000, "cuda:0")


def test_weights_that_leave_no_room_are_refused():
    with pytest.raises(ModelError, match=r"5 GB for their weights and 2 GB for the smallest run, and 6 GB are free"):
        require_fit(5 * GB, 6 * GB, "a and b", 2 * GB)
    require_fit(5 * GB, 7 * GB, "a and b", 2 * GB)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
    ],
)
def test_all_words_for_no_memory_are_known(error):
    assert is_out_of_memory(error)
    assert explain("a/b", error).trouble == Trouble.MEMORY
    assert not is_out_of_memory(RuntimeError("shapes differ"))


@pytest.fixture(scope="module")
def pair():
    return load_pair("fable/target", "fable/draft", "cpu", "float32")


def test_a_run_without_room_is_refused_before_its_first_pass(pair, monkeypatch):
    monkeypatch.setattr(out_of_memory, "free_memory", lambda _: 8_000_000)
    with pytest.raises(ModelError, match=r"at P = 1,024 takes about .* besides the weights.* would fit") as caught:
        require_room(pair, RunSettings(capacity=1024), 20)
    assert caught.value.trouble == Trouble.MEMORY
    require_room(pair, RunSettings(capacity=4, max_new_tokens=16), 20)


def test_a_table_has_no_size_and_needs_no_room():
    class Tables:
        target = draft = object()

    require_room(Tables(), RunSettings(capacity=1024), 20)
    start = RunJob.out_of_memory
    assert "choose a smaller P" in what_happened(Tables(), RunSettings(), "", start)
    assert "does not hold this pair" in what_happened(None, RunSettings(), "x", start)
    told = what_happened(Tables(), None, "", LoadJob.out_of_memory)
    assert "the pair is loaded all the same; choose a smaller pair" in told
    assert "P" not in told.split()


@pytest.mark.parametrize("free", [1_000_000, 10**12])
def test_a_run_that_breaks_off_keeps_its_record_and_says_what_would_fit(pair, monkeypatch, free):
    """The third pass runs out of memory; the sessions and their caches are gone when the sentence is written."""
    real, passes, sessions, alive = HFSession.feed, [], [], []

    def feeds(self, tokens, parents):
        sessions.append(weakref.ref(self))
        if self.model is pair.target and (passes.append(1), len(passes))[1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return real(self, tokens, parents)

    def counts(_):
        alive.append(sum(session() is not None for session in sessions))
        return free if passes else 10**12

    workshop = Workshop()
    workshop.pairs._loans.append(Loan(("fable/target", "fable/draft", "auto", "auto"), pair))
    monkeypatch.setattr(HFSession, "feed", feeds)
    monkeypatch.setattr(out_of_memory, "free_memory", counts)
    job = workshop.start(RunJob.of(RunSettings(capacity=16, max_new_tokens=60), "Once upon a time"))
    deadline = time.monotonic() + 60
    while job.active and time.monotonic() < deadline:
        time.sleep(0.01)
    assert job.stage == Stage.FAILED
    assert job.error.startswith("The run is out of memory; what was written until then is kept")
    assert ("1 MB are free on cpu: " in job.error) if free < GB else job.error.endswith("or P = 8.")
    trace = job.trace()
    assert trace.target_calls == 2
    assert trace.stop_reason == StopReason.FAILED
    assert trace.note == job.error
    assert alive[-1] == 0
