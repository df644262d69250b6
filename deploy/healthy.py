"""Exit status 0 where the server of this container answers its own health address, else 1 with one line."""

from __future__ import annotations

import os
import sys
import urllib.request

SECONDS = 4


def address() -> str:
    """The health address at this container's own port and base path."""
    port = os.environ.get("STREAMLIT_SERVER_PORT", "8501")
    base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    return f"http://127.0.0.1:{port}{'/' + base if base else ''}/_stcore/health"


def main() -> int:
    """Ask once; a proxy of the environment is not meant for this."""
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with ask.open(address(), timeout=SECONDS) as answer:
            healthy = answer.status == 200 and answer.read(16).strip() == b"ok"
    except (OSError, ValueError) as error:
        print(f"{address()}: {error}")
        return 1
    print(f"{address()}: {'ok' if healthy else 'another server answers here'}")
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main())
