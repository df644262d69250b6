"""Rows that stay on the device: the same numbers as whole rows on the host, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from specviz.models import logits
from specviz.models import rows as device_rows
from specviz.models.one_hot_rows import OneHotRows
from specviz.models.rows import DeviceRows
from specviz.records import Warp, ids_by_node, sparse_from_dense, sparse_of_rows, top_of_rows

WARPS = [Warp(), Warp(0.0), Warp(0.6, 20, 0.9)]


def make(vocabulary: int, warp: Warp, dtype=torch.float32, seed: int = 0) -> DeviceRows:
    """Rows of three passes: 1, 5 and 11 nodes. 16-bit logits tie often."""
    generator = torch.Generator().manual_seed(seed)
    rows = DeviceRows(warp)
    for nodes in (1, 5, 11):
        rows.add((torch.randn(nodes, vocabulary, generator=generator) * 3).to(dtype))
    return rows


def table(ids: list[list[int]]) -> np.ndarray:
    """These ids as `Rows.sparse` wants them."""
    width = max(map(len, ids))
    return ids_by_node(np.array([row + [-1] * (width - len(row)) for row in ids], np.int64))


@pytest.fixture(params=["one block", "rows alone", "copied"])
def blocks(request, monkeypatch):
    """Blocks as they come, blocks of one row, and the bookkeeping of a device that copies single rows."""
    if request.param == "rows alone":
        monkeypatch.setattr(logits, "ON_CPU", 1)
    if request.param == "copied":
        monkeypatch.setattr(device_rows, "REMEMBERED", 0)
        monkeypatch.setattr(device_rows, "_gather_on_host", device_rows._gather)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("warp", WARPS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("vocabulary", [7, 1024, 32_000])
def test_the_best_of_each_row_are_those_of_the_host(vocabulary, dtype, warp):
    rows = make(vocabulary, warp, dtype)
    for nodes in ([0], [3, 1, 16], list(range(6, 17)), list(range(17))):
        for count in (0, 1, 2, 10, 64):
            found, expected = rows.top(nodes, count), top_of_rows(rows, nodes, count)
            for one, other in zip(found, expected, strict=True):
                assert one.ids.tolist() == other.ids.tolist()
                assert one.probs.tolist() == other.probs.tolist()


def test_equal_logits_go_by_id_and_impossible_tokens_stay_out():
    rows = DeviceRows(Warp(1.0, 6))
    rows.add(torch.tensor([[0.0, 2, 1, 2, 1, 1, 1, -3], [5, 5, 5, 5, 5, 5, 5, 5]]))
    for count in (1, 2, 3, 4, 6, 8):
        assert rows.top([0], count)[0].ids.tolist() == [1, 3, 2, 4, 5, 6][:count]
    assert rows.top([1, 0], 3)[0].ids.tolist() == [0, 1, 2]


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_one_hot_rows_are_those_of_temperature_0(dtype):
    generator, whole, places = torch.Generator().manual_seed(2), DeviceRows(Warp(0.0)), OneHotRows(Warp(0.0))
    for nodes in (1, 5, 11):
        block = (torch.randn(nodes, 64, generator=generator) * 3).to(dtype)  # 16-bit logits tie often
        whole.add(block)
        places.add(block)
        assert [best.ids.tolist() for best in places.top(range(20), 3)] == [
            best.ids.tolist() for best in whole.top(range(20), 3)
        ]
    assert all(np.array_equal(places[node], whole[node]) for node in range(17))
    ids = table([[0, 5, 63], [], *([[token, 63 - token] for token in range(17)])])
    for column in ("ids", "probs", "tail", "below"):
        for nodes in (range(len(ids)), [3, None, *range(17)]):
            one, other = (getattr(rows.sparse(nodes, ids), column) for rows in (places, whole))
            assert np.array_equal(one, other, equal_nan=column == "below")
    assert [len(best.ids) for best in places.top([0, 17], 0)] == [0, 0]
    with pytest.raises(KeyError):
        places[17]


def test_what_was_asked_for_before_changes_no_answer():
    rows = make(1024, Warp(0.6, 20, 0.9))
    for nodes, count in (([3, 1], 4), ([1, 2], 2), ([3, 2, 1], 8), ([3], 3), ([3], 0)):
        for one, other in zip(rows.top(nodes, count), top_of_rows(rows, nodes, count), strict=True):
            assert one.ids.tolist() == other.ids.tolist()
            assert one.probs.tolist() == other.probs.tolist()


def test_a_node_that_was_not_fed_has_no_tokens():
    rows = make(7, Warp())
    assert [len(best.ids) for best in rows.top([16, 17, 40], 3)] == [3, 0, 0]
    with pytest.raises(KeyError):
        rows[17]
    with pytest.raises(KeyError):
        DeviceRows(Warp())[0]


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("warp", WARPS, ids=str)
def test_kept_ids_are_those_of_whole_rows(warp):
    rows = make(1024, warp)
    rng = np.random.default_rng(3)
    ids = [rng.choice(1024, int(rng.integers(0, 20)), replace=False).tolist() for _ in range(17)] + [[5], []]
    ids[2] = [1023, 0]
    found = rows.sparse(range(len(ids)), table(ids))
    expected = sparse_from_dense([rows[i] if i < 17 else None for i in range(19)], 0, ids)
    assert np.array_equal(found.ids, expected.ids)
    assert np.array_equal(found.probs, expected.probs)
    assert np.allclose(found.below, expected.below, atol=1e-13, equal_nan=True)
    assert np.allclose(found.tail, expected.tail, atol=1e-7)
    assert not found.known(17)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("warp", [Warp(), Warp(0.0)], ids=str)
def test_rows_are_asked_for_in_any_order(warp):
    rows = make(1024, warp)
    nodes = [16, None, 3, 0, 4, 40, 3]
    ids = table([[5, 9], [1], [0, 1023], [], [7], [2], [800]])
    found, expected = rows.sparse(nodes, ids), sparse_of_rows(rows, nodes, ids)
    assert np.array_equal(found.ids, expected.ids)
    assert np.array_equal(found.probs, expected.probs)
    assert np.allclose(found.below, expected.below, atol=1e-13, equal_nan=True)
    assert [found.known(row) for row in range(7)] == [True, False, True, False, True, False, True]


def test_a_row_is_one_array_and_a_view_of_its_block():
    rows = make(1024, Warp())
    assert rows[7] is rows[7]
    assert rows[7].base is rows[8].base
    assert rows[7].sum() == pytest.approx(1, abs=1e-12)


def test_asking_for_one_row_of_a_large_vocabulary_computes_one_row():
    rows = make(40_000, Warp())
    assert rows[9] is rows[9]
    assert sum(len(laws) for laws in rows._laws.values()) == 1


def test_no_passes_no_rows():
    assert not DeviceRows(Warp()).sparse([0, 1], table([[], [3]])).known(1)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("vocabulary", [1024, 152_000])
def test_rows_of_a_cuda_device(vocabulary):
    there, here = DeviceRows(Warp()), DeviceRows(Warp())
    logits = torch.randn(17, vocabulary).bfloat16()
    there.add(logits.cuda())
    here.add(logits)
    for node in range(17):
        assert np.allclose(there[node], here[node], rtol=1e-12)
    for one, other in zip(there.top(range(17), 40), top_of_rows(there, range(17), 40), strict=True):
        assert one.ids.tolist() == other.ids.tolist()
        assert one.probs.tolist() == other.probs.tolist()
