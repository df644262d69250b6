"""What the table of all methods teaches, in sentences whose figures are computed from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from specviz.drafting import DRAFTERS
from specviz.theory import bootstrap_difference
from specviz.verification import VERIFIERS

Cell = tuple[str, str, float, int]  # drafter, verifier, temperature, capacity
Pair = tuple[str, str]


@dataclass(frozen=True)
class Lessons:
    """Ten sentences on a table of tokens per pass by cell, one value for each context."""

    cells: dict[Cell, list[float]]

    def mean(self, pair: Pair, temperature: float, capacity: int) -> float:
        """Tokens per pass."""
        return float(np.mean(self.cells[(*pair, temperature, capacity)]))

    def gain(self, better: Pair, base: Pair, temperature: float, capacity: int) -> str:
        """How much more, with its paired interval."""
        columns = [self.cells[(*pair, temperature, capacity)] for pair in (base, better)]
        ones = [1.0] * len(columns[0])
        e = bootstrap_difference((columns[0], ones), (columns[1], ones))
        return f"{e.value:+.2f} [{e.low:+.2f}, {e.high:+.2f}]"

    def best(self, temperature: float, capacity: int) -> tuple[Pair, float]:
        """The best exact pair that anybody could run with one draft model."""
        pairs = {
            (d, v)
            for d, v, t, p in self.cells
            if (t, p) == (temperature, capacity)
            and DRAFTERS.get(d).real
            and VERIFIERS.get(v).lossless
            and DRAFTERS.get(d).guesser == "draft"
        }
        pair = max(sorted(pairs), key=lambda one: self.mean(one, temperature, capacity))
        return pair, self.mean(pair, temperature, capacity)

    def lines(self) -> list[str]:
        """The sentences; differences are paired over the contexts, with 95 % bootstrap intervals."""
        chain, iid = ("chain", "token"), ("iid_sequences", "recursive_rejection")
        winners = []
        for temperature, capacity in [(1.0, 4), (1.0, 16), (1.0, 64), (0.6, 64), (0.0, 64)]:
            (d, v), value = self.best(temperature, capacity)
            winners.append(f"{value:.2f} with {d} + {v} (T = {temperature:g}, P = {capacity})")
        race, oracle = ("race_dynamic", "shared_race"), ("oracle", "sample_and_look")
        names = ("naive_tree", "k_seq", "canonical", "optimal_transport", "traversal")
        rules = "; ".join(f"{name} {self.gain(('iid_sequences', name), iid, 1.0, 64)}" for name in names)
        tree, best_first = ("sequoia", "traversal"), ("best_first", "sample_and_look")
        sequoia, wor = ("sequoia", "recursive_rejection_wor"), ("static_wor", "recursive_rejection_wor")
        return [
            f"**The winners** among exact methods with one draft model: {'; '.join(winners)}.",
            "**Shared randomness can make up for not being the target.** race_dynamic + shared_race against the best "
            "tree that knows the target but not its dice: "
            f"{self.gain(race, oracle, 1.0, 16)} at T = 1, P = 16, {self.gain(race, oracle, 1.0, 64)} at P = 64; at "
            f"T = 0.6 there is less chance to share: {self.gain(race, oracle, 0.6, 64)}.",
            "**The shape matters as much as the rule.** From k sequences to the tree that fits the acceptance by rank, "
            f"with recursive rejection: {self.gain(sequoia, iid, 1.0, 64)} at P = 64 and "
            f"{self.gain(sequoia, iid, 1.0, 16)} at P = 16 (T = 1).",
            "**Rules for k independent drafts differ little** from recursive rejection on the same trees "
            f"(T = 1, P = 64): {rules}.",
            "**Judging whole paths costs no pass and loses nothing in expectation.** Block verification against the "
            f"standard rule on the same chains: {self.gain(('chain', 'block'), chain, 1.0, 16)}; traversal against "
            f"recursive rejection on Sequoia's trees: {self.gain(tree, sequoia, 1.0, 64)} (T = 1).",
            "**Without replacement** against independent draws in a static tree: "
            f"{self.gain(wor, ('static_iid', 'recursive_rejection'), 1.0, 16)} at T = 1, P = 16, "
            f"{self.gain(wor, ('static_iid', 'recursive_rejection'), 0.6, 64)} at T = 0.6, P = 64.",
            "**Drawn guesses pay while there is chance, chosen ones when there is none.** Sequoia + traversal against "
            f"best_first + sample_and_look at P = 64: {self.gain(tree, best_first, 1.0, 64)} at T = 1, "
            f"{self.gain(tree, best_first, 0.6, 64)} at T = 0.6, {self.gain(tree, best_first, 0.0, 64)} at T = 0. A "
            "rule that only looks wastes what was drawn: sample_and_look on Sequoia's trees "
            f"{self.gain(('sequoia', 'sample_and_look'), tree, 1.0, 64)} (T = 1).",
            "**One race against k races:** iid_sequences + shared_race is ahead of gls + gls by "
            f"{self.gain(('iid_sequences', 'shared_race'), ('gls', 'gls'), 1.0, 64)} (T = 1, P = 64); what k fields of "
            "clocks buy is that drafts which know nothing of one another can share them.",
            "**A better guesser is worth as much as a tree.** The middle model's chain of 8 against the draft's: "
            f"{self.gain(('hierarchy', 'token'), chain, 1.0, 16)}; early exit, whose head was never trained on an "
            f"early layer: {self.gain(('early_exit', 'token'), chain, 1.0, 16)}; prompt lookup, which costs nothing, "
            f"reaches {self.mean(('prompt_lookup', 'sample_and_look'), 1.0, 16):.2f} tokens at T = 1 and "
            f"{self.mean(('prompt_lookup', 'sample_and_look'), 0.0, 16):.2f} at T = 0.",
            "**What exactness costs:** adding epsilon = 0.1 to p in the test gives "
            f"{self.gain(('chain', 'relaxed'), chain, 1.0, 16)} tokens a pass on a chain, and a text that is no longer "
            "the target's. A chain of depth 8 has no use for more than 8 nodes, so its row stands still after P = 16.",
        ]
