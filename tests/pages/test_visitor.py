"""Whose share of the models it costs: the same browser is the same visitor, whatever mask its cookie wears."""

from __future__ import annotations

import pytest

from specviz.ui.jobs import secret_of

# Two answers of one server to one browser.
FIRST = "2|2e76b464|3db2730cbecdb63b6a38308ca46e6864|1795300912"
SECOND = "2|7476b1ce|67b276a6e4cdb39130383526fe6e6dce|1795300912"


def test_a_browser_keeps_its_secret_under_every_mask():
    assert secret_of(FIRST) == secret_of(SECOND) != b""
    assert secret_of("2|2e76b464|3db2730cbecdb63b6a38308ca46e6865|1795300912") != secret_of(FIRST)


@pytest.mark.parametrize(
    "cookie", [None, "", "2", "1|aa|bb|cc", "2||3db2|1", "2|zz|3db2|1", "2|aa|b|1", 7, "2|aa||1|x"]
)
def test_anything_else_is_no_cookie(cookie):
    assert secret_of(cookie) == b""
