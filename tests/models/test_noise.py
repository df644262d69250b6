"""Clocks made with torch are those of numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from specviz import race
from specviz.models.noise import GOLDEN, bits, exponentials
from specviz.race.clocks import _bits, position_key
from specviz.records import Clocks

HERE = torch.device("cpu")
SIZES = [1, 1024, 32_000, 152_064]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", [0, 1, -3, 2**31 - 1, 2**63 + 5])
def test_integers_are_equal(seed, size):
    for stream, position in ((0, 0), (3, 17), (64, 2**40 + 3)):
        key = torch.from_numpy(position_key(seed, stream, position).view(np.int64))[:, None]
        found = bits(key, torch.arange(1, size + 1) * GOLDEN)[0].numpy().view(np.uint64)
        assert np.array_equal(found, _bits(seed, stream, position, np.arange(size)))


@pytest.mark.parametrize("size", SIZES)
def test_clocks_are_equal_to_one_unit_in_the_last_place(size):
    clocks = [Clocks(seed, (0,), position) for seed in range(3) for position in (5, 6, 1 << 30)]
    found = exponentials(clocks, size, HERE).numpy()
    for row, one in zip(found, clocks, strict=True):
        expected = race.exponentials(one.seed, 0, one.position, np.arange(size))
        assert np.all(np.abs(row - expected) <= np.spacing(expected))


def test_several_fields_and_none():
    found = exponentials([Clocks(4, (0, 64, 128), 9)], 50, HERE)[0].numpy()
    fields = [race.exponentials(4, stream, 9, np.arange(50)) for stream in (0, 64, 128)]
    assert np.allclose(found, 3 * np.min(fields, axis=0), rtol=1e-15)
    assert exponentials([Clocks(4, (), 9)] * 2, 50, HERE).tolist() == [[1.0] * 50] * 2


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("size", SIZES)
def test_clocks_of_a_cuda_device(size):
    found = exponentials([Clocks(7, (0,), 11)], size, torch.device("cuda"))[0].cpu().numpy()
    expected = race.exponentials(7, 0, 11, np.arange(size))
    assert np.all(np.abs(found - expected) <= 2 * np.spacing(expected))
