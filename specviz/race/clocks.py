"""Counter-based noise: every random number is a pure function of (seed, stream, position, index).

Key of a position: k = mix(mix(mix(seed + g) + g (stream + 1)) + g (position + 1)).
Bits of an index: mix(k + g (index + 1)). All in unsigned 64-bit integers that wrap;
g = 0x9E3779B97F4A7C15; mix = the splitmix64 finaliser [22]. A position is thus one splitmix64 generator, read at any
index without its predecessors.
To get the same integers from signed 64-bit ones (torch int64): additions, products and exclusive-ors wrap to the same
bits; write the two odd factors and g as signed numbers; follow every right shift by n with & (2^(64-n) - 1).
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BitArray = NDArray[np.uint64]

_WRAP = (1 << 64) - 1
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Stream(IntEnum):
    """What a number is used for; numbers of different streams are independent."""

    CLOCK = 0
    COIN = 1
    PICK = 2
    DRAFT = 3


CLOCK, COIN, PICK, DRAFT = Stream


def uniforms(seed: int, stream: int, position: int, index: NDArray[Any]) -> FloatArray:
    """Uniform numbers in the open interval (0, 1): odd multiples of 2^-53.

    seed: any whole number, taken modulo 2^64. stream: a `Stream` or another whole number >= 0. position: whole number
    >= 0, for instance the place in the text. index: int[...], for instance token ids, >= 0; the result has its shape.
    Raises ValueError for a negative or fractional stream, position or index. Reference [22].
    """
    # 52 bits and a half: the largest value is 1 - 2^-53, so neither 0 nor 1 occurs
    top = np.right_shift(_bits(seed, stream, position, index), np.uint64(12))
    return np.asarray((top.astype(np.float64) + 0.5) * 2.0**-52)


def uniform(seed: int, stream: int, position: int, index: int) -> float:
    """One of `uniforms`, without an array: a coin should cost less than a row."""
    _check(seed, stream, position)
    if not _whole(index) or index < 0:
        raise ValueError("Indices must be whole numbers that are not negative.")
    state = _mix_one(_key(seed, stream, position) + int(_GOLDEN) * (int(index) + 1) & _WRAP)
    return ((state >> 12) + 0.5) * 2.0**-52


def exponentials(seed: int, stream: int, position: int, index: NDArray[Any]) -> FloatArray:
    """Exp(1) clocks, -log1p(-u) of the same uniforms, from 1.1e-16 up to 36.7; arguments and errors as `uniforms`."""
    return np.asarray(-np.log1p(-uniforms(seed, stream, position, index)))


def _bits(seed: int, stream: int, position: int, index: NDArray[Any]) -> BitArray:
    _check(seed, stream, position)
    places = np.asarray(index)
    if places.dtype.kind not in "iu" or (places.dtype.kind == "i" and (places < 0).any()):
        raise ValueError("Indices must be whole numbers that are not negative.")
    counter = places.astype(np.uint64).reshape(-1) + np.uint64(1)
    return _mix(position_key(seed, stream, position) + _GOLDEN * counter).reshape(places.shape)


def position_key(seed: int, stream: int, position: int) -> BitArray:
    """uint64[1], k of the module's text: all numbers of a position come from it."""
    return np.array([_key(seed, stream, position)], dtype=np.uint64)


def _check(seed: int, stream: int, position: int) -> None:
    if not (_whole(seed) and _whole(stream) and _whole(position)):
        raise ValueError("Seed, stream and position must be whole numbers.")
    if stream < 0 or position < 0:
        raise ValueError("Stream and position must not be negative.")


@lru_cache(maxsize=64)  # a round asks for its few keys again and again
def _key(seed: int, stream: int, position: int) -> int:
    key = _mix_one((int(seed) + int(_GOLDEN)) & _WRAP)
    for part in (stream, position):
        key = _mix_one(key + int(_GOLDEN) * (int(part) + 1) & _WRAP)
    return key


def _mix_one(state: int) -> int:
    state = (state ^ (state >> 30)) * int(_FIRST) & _WRAP
    state = (state ^ (state >> 27)) * int(_SECOND) & _WRAP
    return state ^ (state >> 31)


def _mix(state: BitArray) -> BitArray:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))


def _whole(value: object) -> bool:
    return type(value) is int or (isinstance(value, int | np.integer) and not isinstance(value, bool))
