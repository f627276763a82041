#!/usr/bin/env bash
# Mesa 3.5.1: with a data_collection_period above 1 batch_run leaves out the last state, unless it happens to fall
# on the period; with -1 and 1 it is there.
# Needs Python 3.12 and a package index. Exit code 0: still so; 1: the behaviour has changed; 2: cannot be tried.
set -euo pipefail

python=$(command -v python3.12 || true)
"${python:-false}" -c "" 2>/dev/null || {
    echo "python3.12 is needed: Mesa 3.5.1 runs on no older one" >&2
    exit 2
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    mesa==3.5.1 networkx==3.6.1 numpy==2.4.6 pandas==3.0.3 2>"$folder/log" || {
    echo "the packages could not be installed:" >&2
    tail -n 5 "$folder/log" >&2
    exit 2
}
cat >"$folder/try.py" <<'PYTHON'
import sys

import mesa

END = 12


class Counter(mesa.Model):
    """Counts its steps, collects at the start and after each, and ends after 12."""

    def __init__(self, rng=None):
        super().__init__(rng=rng)
        self.count = 0
        self.datacollector = mesa.DataCollector({"count": "count"})
        self.datacollector.collect(self)

    def step(self):
        self.count += 1
        self.running = self.count < END
        self.datacollector.collect(self)


print(f"mesa {mesa.__version__}")
print(f"a model that ends after {END} steps; the states in the rows of batch_run, by data_collection_period:")
last = {}
for period in (-1, 1, 5, 10):
    rows = mesa.batch_run(Counter, {}, data_collection_period=period, display_progress=False)
    counts = [row["count"] for row in rows]
    last[period] = counts[-1]
    print(f"  {period:3d}: {counts}; the last state is {'there' if counts[-1] == END else 'lost'}")
if last == {-1: END, 1: END, 5: 10, 10: 10}:
    print("as found: with a period of 5 or 10 the last state is lost, and no row says so")
    sys.exit(0)
print("CHANGED: the rows end with another state than they did")
sys.exit(1)
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
