"""Time passes of the embedded pair by the number of guesses they check; write assets/tables/pass_times.json.gz.

    OMP_NUM_THREADS=1 python -m benchmarks.pass_times

The tour opens with these times. They depend on the machine; that a pass over many positions costs far less than as many
passes does not.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from specviz.engine.probe.costs import measure_costs
from specviz.models.pair import load_pair
from specviz.presets import PRESETS
from specviz.records.table import MeasuredTable
from specviz.records.table_store import save_table

OUT = Path(__file__).resolve().parents[1] / "assets" / "tables" / "pass_times.json.gz"
SIZES = (0, 1, 2, 4, 8, 16, 32, 64)
NAMES = {"sizes": "guesses"}


def main() -> None:
    """Measure and write; seconds, medians and quartiles."""
    pair = load_pair("fable/target", "fable/draft", device="cpu")
    text = " ".join([*PRESETS["story"]] * 4)
    costs = measure_costs(pair, pair.encode(text)[:128], SIZES, budget=60.0)
    rows = costs.rows()
    columns = {NAMES.get(name, name): tuple(row[name] for row in rows) for name in rows[0]}
    settings = {"context": costs.context, "repeats": costs.repeats}
    save_table(MeasuredTable("pass times", columns, costs.provenance, settings, costs.total), OUT)
    print(asdict(costs))


if __name__ == "__main__":
    main()
