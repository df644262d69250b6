"""Files of visitors: the one place that takes them, as large as this server allows, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from specviz.policy import policy

PRIVATE = "This server opens no files of its visitors."


def most_megabytes(own: int | None = None) -> int:
    """Largest file, in MB: what the server's policy and Streamlit's own limit allow, and less where a control says."""
    limits = [policy().upload_mb, int(st.get_option("server.maxUploadSize"))]
    return max(1, min(limits if own is None else [*limits, own]))


def file_control(
    label: str,
    kinds: Sequence[str],
    key: str,
    *,
    help: str | None = None,
    own: int | None = None,
    several: bool = False,
    on_change: Callable[[], None] | None = None,
) -> list[Any]:
    """The control; what was put in, or nothing and a sentence where this server opens no files.

    kinds: ends of names.  own: a smaller limit of this control, in MB.
    """
    if not policy().uploads:
        st.caption(PRIVATE)
        return []
    found = st.file_uploader(
        label, type=list(kinds), key=key, accept_multiple_files=several, max_upload_size=most_megabytes(own),
        on_change=on_change, help=help,
    )  # fmt: skip
    return list(found) if isinstance(found, list) else [found] if found is not None else []


def content(file: Any, own: int | None = None) -> bytes:
    """The bytes of a file that was put in. ValueError, in one sentence, for more than this server opens.

    The browser has been told the limit too, but a stranger need not use a browser.
    """
    most = most_megabytes(own)
    if not policy().uploads:
        raise ValueError(PRIVATE)
    if file.size > most << 20:
        raise ValueError(f"This file is larger than {most} MB; files of at most {most} MB are opened here.")
    return bytes(file.getvalue())
