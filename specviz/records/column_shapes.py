"""Shapes of whole columns, looked at without a step for each entry; see `shapes.py`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from specviz.records.shapes import MOST_ITEMS, MOST_NUMBER, Shape, each_number, each_whole, listed, within


def wholes(low: int, high: int, most: int = MOST_ITEMS) -> Shape:
    """A list of whole numbers."""
    return each_whole(low, high, lambda value: listed(value, most))


def numbers(
    low: float = -MOST_NUMBER, high: float = MOST_NUMBER, unknown: bool = False, most: int = MOST_ITEMS
) -> Shape:
    """A list of them."""
    return each_number(low, high, unknown, lambda value: listed(value, most))


def lists_of_wholes(low: int, high: int, most: int = MOST_ITEMS) -> Shape:
    """A list of lists of whole numbers, `most` of them in all."""
    return each_whole(low, high, lambda value: _flat(value, most))


def lists_of_numbers(
    low: float = -MOST_NUMBER, high: float = MOST_NUMBER, unknown: bool = False, most: int = MOST_ITEMS
) -> Shape:
    """A list of lists of numbers, `most` of them in all."""
    return each_number(low, high, unknown, lambda value: _flat(value, most))


def flags(value: Any) -> None:
    """A list of true or false."""
    if not set(map(type, value)) <= {bool}:
        raise ValueError("holds more than true and false")


def words(known: Iterable[str]) -> Shape:
    """A list of these names."""
    names = frozenset(map(str, known))

    def check(value: Any) -> None:
        if not set(map(type, value)) <= {str} or not set(value) <= names:
            raise ValueError("holds a word that SpecViz does not know")

    return check


def rows_of(*columns: Shape) -> Shape:
    """A list of lists with one value for each of these columns; fast, because whole columns are looked at."""

    def check(value: Any) -> None:
        if not set(map(type, listed(value, MOST_ITEMS))) <= {list} or not set(map(len, value)) <= {len(columns)}:
            raise ValueError(f"is not made of lists of {len(columns)}")
        for place, (shape, column) in enumerate(zip(columns, zip(*value, strict=True), strict=False), start=1):
            within(f"column {place}", shape, list(column))

    return check


def alike(shape: Shape, *names: str) -> Shape:
    """Such an object, in which the lists of these names, where they stand, have one length, not 0."""

    def check(value: Any) -> None:
        shape(value)
        lengths = {len(value[name]) for name in names if name in value}
        if len(lengths) > 1 or 0 in lengths:
            raise ValueError("has columns of different lengths, or empty ones")

    return check


def _flat(value: Any, most: int) -> list[Any]:
    if not set(map(type, listed(value, most))) <= {list}:
        raise ValueError("is not a list of lists")
    return listed(list(chain.from_iterable(value)), most)
