"""The generated parts of the model's description: its rules, numbers, sentences and endpoints.

`python -m il2sim.experiments.model_docs.generate_model_docs` writes them between the markers of the pages; a
test says when they are stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from il2sim.experiments.model_docs.parameters import everything, numbers
from il2sim.experiments.model_docs.sentences import legend, sentences
from il2sim.experiments.model_docs.sources import named, sources
from il2sim.experiments.study.provenance import ROOT
from il2sim.models.biology.populations.arrivals import IMMUNE
from il2sim.models.config.mechanisms import MECHANISMS, mechanism_names
from il2sim.models.pathology.endpoints import declared

COMMAND = "python -m il2sim.experiments.model_docs.generate_model_docs"


class Numbered(NamedTuple):
    """A numbered rule: what it says, mechanisms and other files that hold it, what is missing."""

    says: str
    mechanisms: tuple[str, ...]
    files: tuple[str, ...] = ()
    not_built: str = ""


RULES = {
    1: Numbered("injection", (), ("injection", "depot_shape", "course", "schedule")),
    2: Numbered(
        "IL-2 field and uptake", ("il2",), ("field_3d", "section_field"), "heparan sulfate, aggregates"
    ),
    3: Numbered(
        "blood and lymph node", ("body", "systemic"), ("compartments",), "immune cells of the node; homing"
    ),
    4: Numbered("sensing", ("il2",), (), "Hill 2.5 of CD8 (2 instead); CD56bright NK in the tumour"),
    5: Numbered("desensitisation", ("desensitisation",)),
    6: Numbered(
        "CD25 feedback", ("cd25",), (), "induction by antigen without IL-2; an EC50 of its own for NK cells"
    ),
    7: Numbered("division, its gate and its limit", ("cd8", "nk", "treg", "il2", "division_limit")),
    8: Numbered("death, IL-2 withdrawal, AICD", (*IMMUNE, "cd8_withdrawal", "nk_treg_withdrawal", "aicd")),
    9: Numbered("walk, nest entry, chemotaxis", (*IMMUNE, "chemotaxis"), ("walking",)),
    10: Numbered("killing by CD8", ("cd8_killing", "tumour"), ("hit_rates",)),
    11: Numbered("killing by NK, loss of function", ("nk_killing", "tumour"), ("hit_rates",)),
    12: Numbered(
        "IFN-g, MHC-I, PD-L1, CXCL9/10; null clones",
        ("ifng", "mhc1", "pd_l1", "cxcl10"),
        (),
        "MHC-I and PD-L1 of each victim (the field where the killer stands instead)",
    ),
    13: Numbered("suppression by Treg", ("suppression",)),
    14: Numbered("exhaustion and its reversal", ("exhaustion", "pd_l1")),
    15: Numbered(
        "recruitment, leak, vessel loss, hypoxia",
        (*IMMUNE, "cxcl10", "leak", "vessel_loss", "hypoxia"),
        (),
        "Treg that follow CXCL9/10",
    ),
    16: Numbered(
        "tumour birth, loss, clearance", ("tumour",), ("initial_tissue",), "birth slowed by want of oxygen"
    ),
}


def rule_table() -> str:
    """Rule number, mechanism, file, whether it is on by default; then the mechanisms beyond the list."""
    rows = [
        (str(number), rule.says, _files(rule.mechanisms), _files(rule.files), _default(rule), rule.not_built)
        for number, rule in RULES.items()
    ]
    listed = {name for rule in RULES.values() for name in rule.mechanisms}
    for name in (each for each in mechanism_names() if each not in listed):
        rule = Numbered(name.replace("_", " "), (name,))
        rows.append(("-", rule.says, _files(rule.mechanisms), "", _default(rule), ""))
    return _table(("Rule", "What", "Mechanisms", "Other files", "By default", "Not built"), rows)


def _files(names: Iterable[str]) -> str:
    return " ".join(f"`{name}.py`" for name in names)


def _default(rule: Numbered) -> str:
    off = [name for name in rule.mechanisms if name not in MECHANISMS]
    if not off:
        return "on"
    return "off" if len(off) == len(rule.mechanisms) else f"on, off: {', '.join(off)}"


def parameter_table() -> str:
    """Every number with every mechanism on: value, range, how it is known and where from."""
    rows = [
        (
            f"`{number['name']}`",
            "solved" if number["value"] is None else f"{number['value']:.4g}",
            f"{number['low']:.4g} to {number['high']:.4g}",
            number["unit"],
            number["known"],
            number["source"],
        )
        for number in numbers(everything())
    ]
    return _table(("Number", "Value", "Range", "Unit", "How known", "Source"), rows)


def source_table() -> str:
    """Every source, and the numbers that name it; those without one are named elsewhere."""
    found = numbers(everything())
    rows = [
        (key, source, " ".join(f"`{each['name']}`" for each in found if key in named(each["source"])))
        for key, source in sources().items()
    ]
    return _table(("Key", "Source: what was found", "Numbers"), rows)


def sentence_list() -> str:
    """Every sentence with every mechanism on."""
    return "\n".join(("```", *legend(everything()), "", *sentences(everything()), "```"))


def endpoint_table() -> str:
    """Every endpoint of a run, in the order of outputs; `_N` is the number of an injection."""
    rows = [
        (f"`{each.key}{'_N' * each.per_injection}`", each.label, each.unit, each.scale, each.meaning)
        for each in declared().values()
    ]
    return _table(("Key", "Label", "Unit", "Scale", "Meaning"), rows)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "rules": ("models/README.md", rule_table),
    "numbers": ("docs/parameters.md", parameter_table),
    "sentences": ("docs/rules.md", sentence_list),
    "sources": ("docs/sources.md", source_table),
    "endpoints": ("docs/endpoints.md", endpoint_table),
}


def renewed(page: str, name: str, part: str) -> str:
    """A page with what stands between the markers of `name` replaced; ValueError where it has none."""
    first, last = f"<!-- {name}: written by {COMMAND} -->\n", f"\n<!-- end of {name} -->"
    head, found, rest = page.partition(first)
    _, closed, tail = rest.partition(last)
    if not (found and closed):
        raise ValueError(f"the markers of {name!r} are gone: {first.strip()} and {last.strip()}")
    return f"{head}{first}{part}{last}{tail}"


def stale(root: Path = ROOT) -> dict[Path, str]:
    """Pages that no longer say what the model says, and what they should."""
    found = {}
    for name, (path, part) in PARTS.items():
        page = (root / path).read_text(encoding="utf-8")
        due = renewed(page, name, part())
        if due != page:
            found[root / path] = due
    return found


def main() -> None:
    """Write the pages anew."""
    for path, page in stale().items():
        path.write_text(page, encoding="utf-8")
        print(f"written: {path}")


if __name__ == "__main__":
    main()
