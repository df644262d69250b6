"""Our own prompts by kind, for a first click and for studies."""

from __future__ import annotations

PRESETS: dict[str, tuple[str, ...]] = {
    "story": (
        "Once upon a time, there was a little fox who lived near a river.",
        "One day, a girl named Mia found a red balloon in the garden.",
        "Tom and his dog Rex went to the park to play.",
        "The old bear was very sad because he had lost his hat.",
    ),
    "sum": (
        "Question: Anna has 12 apples. She gives 5 apples to her friend and buys 8 more. How many apples does "
        "she have now?\nSolution:",
        "Question: A baker makes 24 cakes a day and sells each cake for $3. How much money does he earn in 5 days?\n"
        "Solution:",
        "Question: Sam reads 15 pages every day. How many pages does he read in 2 weeks?\nSolution:",
        "Question: There are 40 birds on a tree. Half of them fly away and then 6 come back. How many birds "
        "are there?\nSolution:",
    ),
    "code": (
        "def is_prime(number: int) -> bool:\n",
        "def binary_search(sorted_collection: list[int], item: int) -> int:\n",
        'def factorial(n: int) -> int:\n    """\n',
        "class Stack:\n    def __init__(self) -> None:\n",
    ),
}


def preset_prompts() -> list[tuple[str, str]]:
    """(kind, prompt) of every preset."""
    return [(kind, prompt) for kind, prompts in PRESETS.items() for prompt in prompts]
