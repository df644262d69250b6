import re
from pathlib import Path

import specviz
from specviz.theory import REFERENCES

PACKAGE = Path(specviz.__file__).parent


def test_numbers_are_those_the_code_relies_on() -> None:
    assert list(REFERENCES) == list(range(1, len(REFERENCES) + 1))
    keys = (
        "speed-of-light",
        "exponential-races",
        "optimal-multi-draft",
        "theoretical-perspective",
        "leviathan",
        "chen",
    )
    assert tuple(REFERENCES[number].key for number in range(1, 7)) == keys
    assert REFERENCES[12].url == "https://arxiv.org/abs/2408.07978"
    assert (REFERENCES[16].url, REFERENCES[16].year) == (None, 1967)


def test_entries_are_complete_and_distinct() -> None:
    assert len({reference.key for reference in REFERENCES.values()}) == len(REFERENCES)
    assert len({reference.title for reference in REFERENCES.values()}) == len(REFERENCES)
    for reference in REFERENCES.values():
        assert all((reference.authors, reference.title, reference.venue))
        assert 1900 < reference.year < 2100
        assert reference.url is None or re.fullmatch(
            r"https://(arxiv\.org/abs/\d{4}\.\d{5}|github\.com/[\w.-]+/[\w.-]+)", reference.url
        )


def test_every_citation_in_theory_and_race_points_into_the_list() -> None:
    cited = set()
    for path in [*PACKAGE.glob("theory/*.py"), *PACKAGE.glob("race/*.py"), PACKAGE / "records/race.py"]:
        for sentence in re.findall(r"References? ((?:\[\d+\](?:, )?)+)", path.read_text(encoding="utf-8")):
            cited.update(int(number) for number in re.findall(r"\d+", sentence))
    assert cited >= {1, 2, 5, 12, 14, 22, 23, 24}
    assert cited <= set(REFERENCES)
