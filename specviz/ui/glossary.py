"""One sentence for every word on the screen."""

from __future__ import annotations

GLOSSARY: dict[str, str] = {
    "target": "The model whose law is kept: the output is distributed exactly as if it wrote alone.",
    "draft model": "The small, cheap model that guesses what the target will say.",
    "middle model": "A model between draft and target: the draft speeds it up, and it drafts for the target.",
    "drafter": "The strategy that grows the tree of guesses from the draft model's laws.",
    "verifier": "The algorithm that decides which guesses are kept, so that the output law stays the target's.",
    "capacity": "P: draft nodes that one target pass may check, the root not counted; 0 is plain decoding.",
    "k": "Siblings tried at a node (or sequences drawn); greyed where the strategy does not use it.",
    "depth": "The longest path of the draft tree, in tokens.",
    "temperature": "How far the laws are flattened: 0 always takes the most probable token, 1 keeps the law.",
    "seed": "The same seed and settings give the same run.",
    "tokens": "How many tokens to write after the prompt.",
    "prompt": "The text that the models continue; a preset of one kind, or your own.",
    "acceptance rate": "Chance that one draft token is accepted, given its context: sum of min(p, q) = 1 - TV(p, q).",
    "draft utilisation": "Accepted / drafted tokens; it falls with P by construction, so never rank trees by it.",
    "block efficiency": "Tokens emitted per target pass: mean accepted tokens + 1, the L/K of a run.",
    "accepted tokens": "Draft tokens kept in one target pass.",
    "bonus": "The closing token after a path that was accepted to its end.",
    "correction": "The closing token drawn where every examined guess lost.",
    "closing token": "The last token of a pass, which the target adds itself: a bonus or a correction.",
    "residual law": "What is left of the target's law when the draft's share is taken out: norm(max(p - q, 0)).",
    "arrival time": "Clock / probability of a token in a race; the smallest arrival wins.",
    "mu": "Mean entropy of the target's next token, in nats: how undecided it is.",
    "mu2": "Mean of p log^2 p summed over tokens, nats^2: how heavy the tail of surprise is.",
    "recorded run": "A run that was decoded before and stored; it opens without any model.",
}


def define(word: str) -> str:
    """The definition of a word; KeyError for one that has none."""
    return GLOSSARY[word]
