"""How often the child of each rank carried the target's token: measured on the run, from a prior."""

from __future__ import annotations

import numpy as np

from specviz.seams import RankCounts

# Counts of ranks 1, 2, .. in 18 positions and one without a hit, before a run has measured its own.
PRIOR = np.array([12, 3, 1.2, 0.7, 0.45, 0.3, 0.22, 0.17, 0.13, 0.1, 0.08, 0.07, 0.06, 0.05, 0.04, 0.04])
PRIOR_POSITIONS = 19.6


def acceptance_by_rank(ranks: RankCounts, count: int = len(PRIOR), digits: int = 6) -> tuple[float, ...]:
    """a_1 >= a_2 >= ..: (prior + won) / (prior positions + tried), at most 1 in all.

    Beyond the last rank with a prior each rank is half as likely as the one before it. count: ranks wanted.
    digits: decimal places kept; few make a search over shapes repeat itself less often.
    """
    prior = np.concatenate([PRIOR, PRIOR[-1] * 0.5 ** np.arange(1, max(0, count - len(PRIOR)) + 1)])[:count]
    won, tried = np.zeros(count), np.zeros(count)
    for column, counted in ((won, ranks.won), (tried, ranks.tried)):
        column[: len(counted)] = counted[:count]
    chances = np.sort((prior + won) / (PRIOR_POSITIONS + tried))[::-1]
    # Rounded down, so that the sum stays at most 1.
    return tuple((np.floor(chances / max(1.0, chances.sum()) * 10**digits) / 10**digits).tolist())
