"""What plain values of a file may be, said before anything is made of them.

A shape is a function that raises ValueError, in a few words that name the place, for a value that does not fit. JSON
has no whole numbers apart from others: `true` is no number here, `1` is a number, `"1"` and `1.0` are no whole number.
No message quotes the file, whose texts are a stranger's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Shape = Callable[[Any], None]

MOST_NUMBER = 1e30  # of any number; single precision ends at 3e38
MOST_NAME = 1_000  # characters of a text that names something, such as one token
MOST_TEXT = 1_000_000  # characters of any text
MOST_ITEMS = 4_000_000
INT32 = 2**31 - 1


def whole(low: int, high: int) -> Shape:
    """A whole number."""
    return each_whole(low, high, lambda value: (value,), many=False)


def number(low: float = -MOST_NUMBER, high: float = MOST_NUMBER, unknown: bool = False) -> Shape:
    """A finite number, or null where it may be unknown."""
    return each_number(low, high, unknown, lambda value: (value,), many=False)


def text(most: int = MOST_TEXT) -> Shape:
    """A text of whole characters."""

    def check(value: Any) -> None:
        if type(value) is not str:
            raise ValueError("is not a text")
        if len(value) > most:
            raise ValueError(f"has more than {most} characters")
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError("holds half of a character")

    return check


def flag(value: Any) -> None:
    """True or false."""
    if type(value) is not bool:
        raise ValueError("is neither true nor false")


def word(known: Iterable[str]) -> Shape:
    """One of these names."""
    names = frozenset(map(str, known))

    def check(value: Any) -> None:
        if type(value) is not str or value not in names:
            raise ValueError("is not a word that SpecViz knows")

    return check


def maybe(shape: Shape) -> Shape:
    """Such a value, or null."""
    return lambda value: None if value is None else shape(value)


def each(shape: Shape, most: int = MOST_ITEMS, noun: str = "entry") -> Shape:
    """A list of such values."""

    def check(value: Any) -> None:
        for place, item in enumerate(listed(value, most), start=1):
            within(f"{noun} {place}", shape, item)

    return check


def in_order(shapes: Sequence[Shape]) -> Shape:
    """A list with one value of each shape."""

    def check(value: Any) -> None:
        if len(listed(value, len(shapes))) != len(shapes):
            raise ValueError(f"is not a list of {len(shapes)}")
        for place, (shape, item) in enumerate(zip(shapes, value, strict=True), start=1):
            within(f"entry {place}", shape, item)

    return check


def by_name(name: Shape, shape: Shape, most: int = MOST_ITEMS) -> Shape:
    """An object whose names are a stranger's."""

    def check(value: Any) -> None:
        for place, (key, item) in enumerate(_object(value, most).items(), start=1):
            within(f"name {place}", name, key)
            within(f"entry {place}", shape, item)

    return check


def by_number(shape: Shape, high: int = INT32, most: int = MOST_ITEMS) -> Shape:
    """An object whose names are whole numbers, each written in one way."""
    digits = len(str(high))

    def number_name(key: str) -> None:
        if not (key.isascii() and key.isdigit() and len(key) <= digits and str(int(key)) == key and int(key) <= high):
            raise ValueError("is not a whole number")

    return by_name(number_name, shape, most)


def parts(needed: Mapping[str, Shape], other: Mapping[str, Shape] | None = None, strangers: bool = False) -> Shape:
    """An object with these parts, and perhaps others.

    strangers: whether parts of no known name are left unread; else they are refused.
    """
    shapes = {**needed, **(other or {})}

    def check(value: Any) -> None:
        found = _object(value, MOST_ITEMS)
        missing = next((name for name in needed if name not in found), None)
        if missing is not None:
            raise ValueError(f"has no {missing}")
        if not strangers and not found.keys() <= shapes.keys():
            raise ValueError("has a part that SpecViz does not know")
        for name, shape in shapes.items():
            if name in found:
                within(name, shape, found[name])

    return check


def anything(value: Any) -> None:
    """Numbers, texts, true, false and null, in lists and objects of any shape; the depth of a file is limited."""
    if isinstance(value, dict):
        for key, item in value.items():
            text(MOST_NAME)(key)
            anything(item)
    elif isinstance(value, list):
        for item in value:
            anything(item)
    elif isinstance(value, str):
        text()(value)
    elif value is not None and type(value) is not bool:
        number()(value)


def within(place: str, shape: Shape, value: Any) -> None:
    """Look at a part; the ValueError names its place."""
    try:
        shape(value)
    except ValueError as error:
        link = " " if str(error).startswith(("is ", "has ", "holds ")) else ", "
        raise ValueError(f"{place}{link}{error}") from None


def listed(value: Any, most: int) -> list[Any]:
    """The value, if it is a list of at most so many; else ValueError."""
    if type(value) is not list:
        raise ValueError("is not a list")
    if len(value) > most:
        raise ValueError(f"has more than {most} entries")
    return value


def _object(value: Any, most: int) -> dict[str, Any]:
    if type(value) is not dict:
        raise ValueError("is not an object")
    if len(value) > most:
        raise ValueError(f"has more than {most} entries")
    return value


def each_whole(low: int, high: int, entries: Callable[[Any], Sequence[Any]], many: bool = True) -> Shape:
    """Whole numbers, `entries` being where they are found in a value."""

    def check(value: Any) -> None:
        found = entries(value)
        if not set(map(type, found)) <= {int} or (found and not low <= min(found) <= max(found) <= high):
            raise ValueError(f"holds more than whole numbers between {low} and {high}" if many else
                             f"is not a whole number between {low} and {high}")  # fmt: skip

    return check


def each_number(
    low: float, high: float, unknown: bool, entries: Callable[[Any], Sequence[Any]], many: bool = True
) -> Shape:
    """Numbers, `entries` being where they are found in a value."""

    def check(value: Any) -> None:
        found = entries(value)
        kinds = set(map(type, found))
        if unknown and type(None) in kinds:
            found = [item for item in found if item is not None]
            kinds.discard(type(None))
        # 1e999, which JSON reads as infinity, is outside of every range.
        if not kinds <= {int, float} or (found and not low <= min(found) <= max(found) <= high):
            raise ValueError(f"{'holds more than numbers' if many else 'is not a number'} between {low:g} and {high:g}")

    return check
