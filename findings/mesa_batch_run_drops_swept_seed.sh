#!/usr/bin/env bash
# Mesa 3.5.1: batch_run puts None in place of a swept `seed` or `rng`, without a word.
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
import warnings

import mesa

warnings.simplefilter("always")


class Named(mesa.Model):
    """Keeps the argument that it gets, `seed` or `rng`; one step long."""

    def __init__(self, start=0, seed=None):
        super().__init__(rng=seed)
        self.got = seed
        self.datacollector = mesa.DataCollector({"got": "got"})

    def step(self):
        self.datacollector.collect(self)
        self.running = False


class NamedRng(mesa.Model):
    def __init__(self, start=0, rng=None):
        super().__init__(rng=rng)
        self.got = rng
        self.datacollector = mesa.DataCollector({"got": "got"})

    def step(self):
        self.datacollector.collect(self)
        self.running = False


print(f"mesa {mesa.__version__}")
print('batch_run(Model, {"start": [0, 1], NAME: [1, 2]}) with NAME "seed" or "rng", an argument of the model:')
lost = []
for name, model in (("seed", Named), ("rng", NamedRng)):
    with warnings.catch_warnings(record=True) as said:
        rows = mesa.batch_run(model, {"start": [0, 1], name: [1, 2]}, display_progress=False)
    got = [row["got"] for row in rows]
    about = [str(each.message) for each in said if name in str(each.message)]
    print(f"  {name}: wanted [1, 2, 1, 2]; the models got {got}; warnings about it: {about or 'none'}")
    lost.append(got == [None] * 4 and not about)
if all(lost):
    print("as found: every swept seed arrives as None, so each run draws its own and none can be repeated")
    sys.exit(0)
print("CHANGED: a swept seed arrives, or Mesa says that it does not")
sys.exit(1)
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
