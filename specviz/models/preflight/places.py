"""On which devices a pair runs: one, one for each model, or a target spread over all cards. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specviz.models.preflight.troubles import ModelError, Trouble, shown

SPLIT = "split"
FILL = 0.9  # share of a card's free memory that a spread target may take


@dataclass(frozen=True)
class Places:
    """target, draft: devices.  split: the target's layers lie on all cards, the first of them on `target`."""

    target: str
    draft: str
    split: bool = False

    @property
    def name(self) -> str:
        """As it is asked for and recorded: `cpu`, `cuda:0,cuda:1`, `split`."""
        return SPLIT if self.split else self.target if self.target == self.draft else f"{self.target},{self.draft}"

    @property
    def together(self) -> bool:
        """Whether both models lie on one device."""
        return self.target == self.draft and not self.split


def read_places(asked: str, there: Sequence[str]) -> Places:
    """The places in a name such as `cuda:1` or `cuda:0,cpu`; ModelError for a device that is not there.

    there: single devices of this machine; `auto` and `split` are settled with the sizes at hand, see `arrange`.
    """
    cards = [name for name in there if name.startswith("cuda:")]
    if asked == SPLIT:
        if len(cards) < 2:
            raise ModelError(f"A target can be spread over several cards; there are {len(cards)} here.", Trouble.DEVICE)
        return Places(cards[0], cards[-1], split=True)
    names = asked.split(",")
    for name in names:
        if name not in there:
            raise ModelError(f"There is no device {shown(name)} here; there are {', '.join(there)}.", Trouble.DEVICE)
    if len(names) > 2:
        raise ModelError(f"{shown(asked)} names {len(names)} devices; a pair takes one or two.", Trouble.DEVICE)
    return Places(names[0], names[-1])


def arrange(target: int, draft: int, free: Sequence[int]) -> Places:
    """Where a pair goes that may use every card: one card, else a card each, else the target over all of them.

    target, draft: bytes with their caches.  free: bytes of each card, at least one.
    """
    widest, *others = sorted(range(len(free)), key=lambda card: (-free[card], card))
    for card in (0, widest):  # the first one where it will do, as people expect
        if target + draft <= free[card] or not others:
            return Places(f"cuda:{card}", f"cuda:{card}")
    if target <= free[widest] and draft <= free[others[0]]:
        return Places(f"cuda:{widest}", f"cuda:{others[0]}")
    return Places("cuda:0", f"cuda:{len(free) - 1}", split=True)


def shares(draft: int, free: Sequence[int]) -> dict[int, int]:
    """Card -> bytes that a spread target may take of it; the last one also holds the draft model."""
    whole = {card: int(FILL * bytes_) for card, bytes_ in enumerate(free)}
    whole[len(free) - 1] = max(0, whole[len(free) - 1] - draft)
    return whole
