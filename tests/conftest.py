"""Two workers share the cores: one thread each, because torch's threads spin while they wait for a busy core."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("SPECVIZ_LOG", "off")
if "SPECVIZ_JOB_FOLDER" not in os.environ:  # runs of tests are nobody's to keep
    os.environ["SPECVIZ_JOB_FOLDER"] = tempfile.mkdtemp(prefix="specviz-runs-")
    atexit.register(shutil.rmtree, os.environ["SPECVIZ_JOB_FOLDER"], True)
