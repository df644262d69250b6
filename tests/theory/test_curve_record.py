import numpy as np
import pytest

from specviz.records.curve import Curve

X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])


def curve(**changes: object) -> Curve:
    given = {"x": X, "y": Y, "x_name": "capacity", "y_name": "tokens", "label": "limit", "kind": "theory"} | changes
    return Curve(**given)  # type: ignore[arg-type]


def test_values_are_copied_and_locked() -> None:
    source = X.copy()
    made = curve(x=source, band=(Y - 1, Y + 1))
    source[0] = 99
    assert made.x.tolist() == [1.0, 2.0]
    assert made.band is not None
    for values in (made.x, made.y, *made.band):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


def test_integers_become_floats() -> None:
    assert curve(x=np.array([1, 2])).x.dtype == np.float64


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "guess"}, "kind"),
        ({"y": np.ones(3)}, "common"),
        ({"band": (Y, np.ones(3))}, "common"),
        ({"x": np.array([]), "y": np.array([])}, "positive length"),
        ({"x": np.ones((2, 1)), "y": np.ones((2, 1))}, "one-dimensional"),
        ({"x": np.array([1.0, np.nan])}, "NaN"),
    ],
)
def test_bad_curves_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        curve(**changes)
