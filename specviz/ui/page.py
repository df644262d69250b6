"""What a page says about itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageSpec:
    """Title, navigation section, order within it, URL path and icon of one page."""

    title: str
    section: str
    order: int
    url: str
    icon: str
    default: bool = False
