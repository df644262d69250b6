"""The product never runs code that came as data: no pickle, no remote code, no raw markup from it, no eval."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "specviz").rglob("*.py"))]
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "code", "imp"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {("torch", "load"), ("torch", "compile_from"), ("os", "system"), ("os", "popen"), ("np", "fromregex")}
# Keywords that may be given, but only as these constants.
KEYWORDS = {
    "trust_remote_code": {False},
    "allow_pickle": {False},
    "use_safetensors": {True},
    "weights_only": {True},
    "shell": {False},
    "unsafe_allow_html": set(),
    "unsafe_allow_javascript": set(),
    "use_kernels": {False},
}
# These start one of our own files, in an environment of its own: no token goes along.
PROCESSES = {"specviz/models/chat.py", "specviz/records/sweep_store.py"}


def faults(source: str, name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            tops = {module.partition(".")[0] for module in modules}
            yield from (f"imports {top}" for top in tops & MODULES)
            if "subprocess" in tops and name not in PROCESSES:
                yield "starts processes"
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield f"calls {node.func.id}"
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            called = (node.func.value.id, node.func.attr)
            if called in METHODS:
                yield f"calls {'.'.join(called)}"
            if called[0] == "subprocess" and "env" not in {word.arg for word in node.keywords}:
                yield "hands its environment to another process"
        for word in node.keywords:
            if word.arg in KEYWORDS and getattr(word.value, "value", None) not in KEYWORDS[word.arg]:
                yield f"gives {word.arg}"
        loads = isinstance(node.func, ast.Attribute) and node.func.attr in ("from_pretrained", "from_config")
        if loads and "trust_remote_code" not in {word.arg for word in node.keywords}:
            yield "does not say that remote code is not trusted"


def test_no_file_runs_what_came_as_data():
    assert len(FILES) > 250
    names = [path.relative_to(ROOT).as_posix() for path in FILES]
    found = {name: list(faults(path.read_text("utf-8"), name)) for name, path in zip(names, FILES, strict=True)}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from dill import loads", "import os.path, joblib", "torch.load(x)", "eval('1')",
        "os.system(x)",
        "np.load(x, allow_pickle=True)", "A.from_pretrained(x, trust_remote_code=True)", "A.from_pretrained(x)",
        "A.from_pretrained(x, trust_remote_code=flag)", "st.markdown(x, unsafe_allow_html=True)", "import subprocess",
        "f(x, use_safetensors=False)", "st.html(x, unsafe_allow_javascript=True)", "run(x, shell=True)",
        "subprocess.run(x)",
    ],
)  # fmt: skip
def test_the_check_sees_what_it_is_for(source):
    assert list(faults(source, "specviz/x.py"))


def test_files_of_visitors_come_in_at_one_place():
    """Where the limit and the private mode are kept."""
    with_uploader = [path.relative_to(ROOT).as_posix() for path in FILES if "file_uploader(" in path.read_text("utf-8")]
    assert with_uploader == ["specviz/ui/uploads.py"]


def test_nothing_but_the_models_talks_to_the_hub_or_reads_its_token():
    for path in FILES:
        name, text = path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
        if not name.startswith("specviz/models/"):
            assert "huggingface_hub" not in text.replace('"huggingface_hub"', ""), name
            assert "from_pretrained" not in text, name
            assert 'environ["HF_TOKEN' not in text, name
            assert "get_token" not in text, name
