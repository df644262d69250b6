import numpy as np
import pytest
from scipy import stats

from specviz.race import CLOCK, COIN, DRAFT, PICK, Stream, exponentials, uniform, uniforms
from specviz.race.clocks import _bits, _mix

COUNT = 200_000
INDEX = np.arange(COUNT)
WRAP = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
GOLDEN_UNIFORMS = [0.3046606150531267, 0.6892069768244081, 0.4114220622247492]


def reference_mix(state: int) -> int:
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & WRAP
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & WRAP
    return state ^ (state >> 31)


def signed_shift(state: np.ndarray, by: int) -> np.ndarray:
    return (state >> by) & ((1 << (64 - by)) - 1)


def signed_mix(state: np.ndarray) -> np.ndarray:
    """The finaliser in signed 64-bit integers, as a torch version would write it."""
    first, second = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64).view(np.int64)
    state = (state ^ signed_shift(state, 30)) * first
    state = (state ^ signed_shift(state, 27)) * second
    return state ^ signed_shift(state, 31)


def test_finaliser_gives_the_published_splitmix64_sequence() -> None:
    states = np.array([(GOLDEN * k) & WRAP for k in (1, 2, 3)], np.uint64)
    assert [hex(int(x)) for x in _mix(states)] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4", "0x6c45d188009454f"]


@pytest.mark.parametrize(("seed", "stream", "position"), [(0, 0, 0), (-5, 3, 17), (2**70 + 1, 2, 2**40)])
def test_bits_follow_the_documented_recipe(seed: int, stream: int, position: int) -> None:
    key = reference_mix((seed + GOLDEN) & WRAP)
    for part in (stream, position):
        key = reference_mix((key + GOLDEN * (part + 1)) & WRAP)
    expected = [reference_mix((key + GOLDEN * (i + 1)) & WRAP) for i in (0, 1, 127_999)]
    assert [int(x) for x in _bits(seed, stream, position, np.array([0, 1, 127_999]))] == expected


def test_signed_integers_give_the_same_bits() -> None:
    states = _bits(1, CLOCK, 2, INDEX[:1000])
    assert (states.view(np.int64) < 0).any()
    np.testing.assert_array_equal(signed_mix(states.view(np.int64)).view(np.uint64), _mix(states))


def test_values_never_change() -> None:
    # golden numbers: a change here makes every recorded run impossible to draw again
    values = uniforms(7, CLOCK, 3, np.array([0, 1, 50_000]))
    np.testing.assert_array_equal(values * 2**53 % 2, 1)
    np.testing.assert_allclose(values, GOLDEN_UNIFORMS, rtol=0, atol=0)


def test_shape_and_order_of_indices() -> None:
    grid = np.array([[5, 0], [9, 5]])
    values = uniforms(1, COIN, 2, grid)
    assert values.shape == grid.shape
    assert values[0, 0] == values[1, 1] == uniforms(1, COIN, 2, np.array([5]))[0]
    assert uniforms(1, COIN, 2, np.array(5)).shape == ()
    assert uniforms(1, COIN, 2, np.array([], dtype=int)).shape == (0,)


def test_numbers_stay_inside_the_open_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = np.array([0, WRAP], np.uint64)
    monkeypatch.setattr("specviz.race.clocks._bits", lambda *_: ends)
    low, high = uniforms(0, 0, 0, ends)
    assert (low, high) == (2.0**-53, 1 - 2.0**-53)
    early, late = exponentials(0, 0, 0, ends)
    assert 1.1e-16 < early < 1.2e-16
    assert 36.7 < late < 36.8


@pytest.mark.parametrize(("seed", "stream", "position"), [(0, CLOCK, 0), (1, COIN, 5), (123, PICK, 1000)])
def test_uniform_and_exponential_laws(seed: int, stream: int, position: int) -> None:
    assert stats.kstest(uniforms(seed, stream, position, INDEX), "uniform").pvalue > 1e-3
    assert stats.kstest(exponentials(seed, stream, position, INDEX), "expon").pvalue > 1e-3


def test_uniform_along_positions_seeds_and_streams() -> None:
    one = np.array([4])
    along = {
        "position": [uniforms(0, CLOCK, k, one)[0] for k in range(5000)],
        "seed": [uniforms(k, CLOCK, 0, one)[0] for k in range(5000)],
        "stream": [uniforms(0, k, 0, one)[0] for k in range(5000)],
    }
    for name, values in along.items():
        assert stats.kstest(values, "uniform").pvalue > 1e-3, name
        assert abs(stats.pearsonr(values[:-1], values[1:]).statistic) < 4 / 5000**0.5, name


@pytest.mark.parametrize(
    "other",
    [(0, CLOCK, 1, 0), (1, CLOCK, 0, 0), (0, COIN, 0, 0), (0, CLOCK, 0, 1), (0, COIN, 1, 0), (1 << 32, CLOCK, 0, 0)],
    ids=["next position", "next seed", "next stream", "next index", "stream and position", "far seed"],
)
def test_neighbouring_keys_are_independent(other: tuple[int, int, int, int]) -> None:
    seed, stream, position, shift = other
    here, there = uniforms(0, CLOCK, 0, INDEX), uniforms(seed, stream, position, INDEX + shift)
    table, *_ = np.histogram2d(here, there, bins=20, range=[[0, 1], [0, 1]])
    assert stats.chisquare(table.ravel()).pvalue > 1e-3


def test_streams_positions_and_seeds_do_not_swap_roles() -> None:
    first = np.array([0])
    keys = [(s, t, k) for s in range(12) for t in range(12) for k in range(12)]
    assert len({uniforms(s, t, k, first)[0] for s, t, k in keys}) == len(keys)


def test_bits_of_neighbours_differ_in_half_of_their_places() -> None:
    here, there = _bits(0, CLOCK, 0, INDEX[:20000]), _bits(0, CLOCK, 1, INDEX[:20000])
    flips = np.unpackbits((here ^ there).view(np.uint8)).reshape(20000, 64).mean(axis=0)
    assert np.abs(flips - 0.5).max() < 4.5 * 0.5 / 20000**0.5


def test_a_race_of_these_clocks_has_the_law_of_its_rates() -> None:
    law = np.array([0.5, 0.3, 0.15, 0.05])
    wins = np.bincount([np.argmin(exponentials(2, DRAFT, k, np.arange(4)) / law) for k in range(20000)], minlength=4)
    assert stats.chisquare(wins, 20000 * law).pvalue > 1e-3


def test_streams_are_named_and_distinct() -> None:
    assert list(Stream) == [CLOCK, COIN, PICK, DRAFT]
    assert [int(stream) for stream in Stream] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 0, -1, INDEX[:2]), "negative"),
        ((0, -1, 0, INDEX[:2]), "negative"),
        ((0.5, 0, 0, INDEX[:2]), "whole"),
        ((0, 0, 1.0, INDEX[:2]), "whole"),
        ((True, 0, 0, INDEX[:2]), "whole"),
        ((0, 0, 0, np.array([0.0])), "Indices"),
        ((0, 0, 0, np.array([-1])), "Indices"),
    ],
)
def test_bad_keys_are_refused(arguments: tuple, words: str) -> None:
    for function in (uniforms, exponentials):
        with pytest.raises(ValueError, match=words):
            function(*arguments)


def test_one_number_is_that_of_the_array():
    for seed, stream, position in ((0, COIN, 0), (2**64 - 1, PICK, 10**12), (-5, 70, 3), (7, CLOCK, 2**63)):
        several = uniforms(seed, stream, position, np.arange(5))
        assert [uniform(seed, stream, position, place) for place in range(5)] == several.tolist()


@pytest.mark.parametrize("arguments", [(1, -1, 0, 0), (1, 0, -1, 0), (1, 0, 0, -1), (1.5, 0, 0, 0), (1, 0, 0, 0.5)])
def test_one_number_of_no_place_is_refused(arguments):
    with pytest.raises(ValueError, match=r"whole numbers|negative"):
        uniform(*arguments)
