"""`specviz probe`: kinds of prompt from a file, bad lines on stderr, and one sentence for what cannot be done."""

from __future__ import annotations

import json

from specviz.cli import main


def test_kinds_of_a_file(capsys, tmp_path):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(
        '{"category": "story", "turns": ["Once upon"]}\n{oops\n{"category": "code", "prompt": "def f("}\n'
    )
    arguments = ["probe", "--prompts", str(prompts), "--capacity", "2", "--depth", "2", "--max-new-tokens", "8"]
    assert main([*arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    rows = json.loads(out)
    assert {row["kind"]: row["prompts"] for row in rows} == {"story": 1, "code": 1}
    assert all(1 <= row["tau"]["value"] <= 3 for row in rows)
    assert "Line 2 is not JSON; it was left out." in err


def test_bad_input_is_one_sentence(capsys, tmp_path):
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\x00\x01")
    assert main(["probe", "--prompts", str(binary)]) == 2
    assert capsys.readouterr().err == "specviz: The file is not text but binary; choose a .txt or .jsonl file.\n"
    assert main(["probe", "--traces", str(tmp_path)]) == 2
    assert "--traces needs --out" in capsys.readouterr().err
