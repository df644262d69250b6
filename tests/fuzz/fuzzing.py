"""What all fuzz tests share: how many cases, odd values, arbitrary JSON, and what one sentence is."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# Of hypothesis, which draws by itself what breaks programs; of ours, what breaks this one.
ODD = (
    None, True, False, -1, 0, 1, 2**31, 2**63, 10**30, -0.5, 0.5, 1.5, 1e300, float("inf"), "", " ", "x", "1", "\ud800",
    "\u202e\x00\x1b[31m", "<script>alert(1)</script>", "$\\href{javascript:alert(1)}{x}$", "[x](javascript:alert(1))",
    "../../etc/passwd", "__class__", "a" * 2000, "\U0001f600" * 20, [], {}, [[]], [None], [0], {"": ""}, [[[[[[0]]]]]],
)  # fmt: skip


LONG = settings.get_current_profile_name() == "long"


def cases(small: int, most: int = 10**6) -> settings:
    """This many cases, always the same ones; where the profile `long` was asked for all of its own, new ones each time.

    most: of one kind whose cases take a second each.
    """
    return settings(
        max_examples=min(most, settings.default.max_examples) if LONG else small, deadline=None, derandomize=not LONG,
        database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def any_text(most: int = 40) -> st.SearchStrategy[str]:
    """Letters of all planes, lone surrogates among them, or text that means something to HTML, Markdown or a shell."""
    return st.text(st.characters(), max_size=most) | st.sampled_from([value for value in ODD if isinstance(value, str)])


def any_json(leaves: int = 12) -> st.SearchStrategy:
    """Plain values of any shape."""
    numbers = st.integers() | st.floats(allow_nan=True)
    return st.sampled_from(ODD) | st.recursive(
        st.none() | st.booleans() | numbers | any_text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text(12), inner, max_size=4),
        max_leaves=leaves,
    )


def is_one_sentence(text: str, most: int = 400) -> bool:
    """Whether a person at the screen can be told this: one line, with an end, that starts with words."""
    return text.endswith(".") and text.isprintable() and 10 < len(text) < most and "Traceback" not in text
