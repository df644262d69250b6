"""The target races on the clocks of all drafts at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from specviz.verification.base import VERIFIERS
from specviz.verification.shared_race import SharedRace


@VERIFIERS.register
@dataclass(frozen=True)
class Gls(SharedRace):
    """y = argmin over tokens and over k fields of clocks of clock / p; a guess is accepted if it is y [14].

    All k fields take part at every position, also those of drafts that have already lost: the text then depends on the
    clocks and on the target alone. Acceptance of k independent races >= sum p_j / (1 + m_j / k).
    """

    name: ClassVar[str] = "gls"
    title: ClassVar[str] = "Race over k fields of clocks"
    summary: ClassVar[str] = "Each draft races on clocks of its own; the target's race is run on all of them at once."
    cost: ClassVar[str] = "O(k V) per visited node"
    reference: ClassVar[int] = 14
    one_field_per_draft: ClassVar[bool] = True
