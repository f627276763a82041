"""What every column of `runs.parquet` and `series.parquet` means, and its unit: their metadata in the files.

A unit is "1" for a share or a count, empty for a text, a yes or no, or a name.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from il2sim.experiments.report import mass_balance
from il2sim.experiments.study.cell_kinds import Kinds, many_of
from il2sim.models import Config
from il2sim.models.config.quantities import measure_of
from il2sim.models.pathology.endpoints import declared


@dataclass(frozen=True)
class Column:
    """A column for people and programs."""

    description: str
    unit: str = ""


Told = Callable[[str], Column]
C = Column
VISIT = "injection"  # what the number at the end of a column's name counts

PLACE = {
    "run_id": C("Id of the run: a hash of its config, its seed and the code"),
    "twin_id": C("Id of the matched control's run, the same tumour without drug; empty where there is none"),
    "config_hash": C("Hash of everything in the config that can change a result"),
    "result_digest": C("Hash of the result: equal digests are equal bits"),
    "seed": C("Seed of the run: which virtual patient", "1"),
    "version": C("Version of the code that made the run, with a hash of the model's sources"),
    "in_report": C("Whether the report, the figures and the arms of this folder are about this run"),
    "folder": C("Results folder that holds the run"),
    "failed": C("Why the run was stopped; empty for a finished one"),
    "arm": C('What was given: drug, saline, no drug, or "twin" (the matched control, for comparison)'),
    "replicate": C("Number of the virtual patient in the design, from 0", "1"),
    "has_settled": C("Whether the infiltrate had settled before day 0"),
    "birth_rate_per_day": C("Births of tumour cells that the doubling time asks for, for each cell", "1/day"),
    "solved_outside": C(
        "Numbers that settling solved to OUTSIDE the range of their sources; empty where none was"
    ),
    "not_held": C("Kinds of cells whose asked-for number day 0 did not have; empty where all were held"),
}
TIMING = {
    "wall_s": C("Time of the run on the clock", "s"),
    "agent_days": C("Days lived by all tumour and immune cells", "day"),
    "agent_days_per_s": C("The same for each second of the clock", "day/s"),
    "peak_rss_mb": C("Most memory that the process had held", "MB"),
}
CELLS = {
    "initial": C("cells on day 0", "1"),
    "divisions": C("daughters", "1"),
    "left_plane": C("daughters that left the plane", "1"),
    "entries": C("cells that arrived, or came of another kind", "1"),
    "deaths": C("cells that died, or became another kind", "1"),
    "filled": C("places filled", "1"),
    "final": C("cells at surgery", "1"),
}
IL2 = {
    "il2_nmol": ("IL-2 of the whole tumour", "nmol"),
    "il2_body_nmol": ("IL-2 of the body", "nmol"),
    "il2_section_amol": ("IL-2 of the section after the hand-overs", "amol"),
}
SERIES = {
    "run_id": PLACE["run_id"],
    "in_report": PLACE["in_report"],
    "day": C("Day of the course; day 0 is the first injection", "day"),
    "viable_fraction": C("Viable tumour volume over that on day 0", "1"),
    "width_mm": C("Diameter of the circle or ball as large as the solid tissue", "mm"),
    "kills_per_day": C("Tumour cells killed since the row before", "1/day"),
    "cd8_reactive": C("CD8 cells in view that recognise the tumour", "1"),
    "exhaustion": C("Mean exhaustion of the reactive CD8 cells, 0 to 1", "1"),
    "mhc1_null_share": C("Share of tumour cells without MHC class I", "1"),
    "il2_mean_nM": C("IL-2 in the pores, mean of the whole tumour", "nM"),
    "il2_section_nM": C("IL-2 in the pores, mean of the section field in the tumour", "nM"),
    "il2_centre_nM": C("IL-2 in the pores at the tumour's centre", "nM"),
    "il2_edge_nM": C("IL-2 in the pores at the tumour's edge of day 0", "nM"),
    "leak": C("Vascular leak, 0 to 1", "1"),
    "fluid_mm3": C("Fluid that swells the tissue", "mm3"),
    "width_seen_mm": C("Diameter with that fluid, as imaging sees it", "mm"),
}


def of_runs(name: str, kinds: Kinds) -> Column:
    """A column of the tidy table, whose runs have these cell kinds."""
    part, _, rest = name.partition(".")
    if part == "config":
        return _of_config(rest)
    if part == "ledger":
        return _of_ledger(rest, kinds)
    if part == "timing" and rest in TIMING:
        return TIMING[rest]
    found = PLACE.get(name) or _of_endpoint(name)
    if found is not None:
        return found
    if rest:
        return C(f"{name} as the config of the run says it, or as it was swept")
    return C(f"{name}: a label of the run, or a result that only some configs have")


def of_series(name: str, kinds: Kinds) -> Column:
    """A column of the series of runs that have these cell kinds: a row is 6 h."""
    if name in SERIES:
        return SERIES[name]
    if name.startswith("systemic_"):
        return C(f"Response of {many_of(kinds, name.removeprefix('systemic_'))} in the blood", "1")
    sensing = name.removesuffix("_signal")
    if sensing != name and sensing in kinds:
        return C(f"Mean IL-2 signal of {many_of(kinds, sensing)}, 0 to 1", "1")
    is_tissue = name in kinds and kinds[name].layer == "solid"
    return C(f"{'Places' if is_tissue else 'Number'} of {many_of(kinds, name)} in view", "1")


def is_reserved(name: str) -> bool:
    """Whether a column of the tidy table has this name, so that no label may."""
    if name.partition(".")[0] in ("config", "ledger", "timing"):
        return True
    places = PLACE.keys() - {"arm", "replicate"}
    return name in places or name in declared() or _of_endpoint(name) is not None


def of_endpoints(injections: int) -> list[str]:
    """Names of the columns of every endpoint that there is, for so many injections."""
    found = declared().values()
    numbered = (each.key for each in found if each.per_injection)
    return [
        *(each.key for each in found if not each.per_injection),
        *(f"{key}_{number}" for key in numbered for number in range(1, injections + 1)),
    ]


def _of_endpoint(name: str) -> Column | None:
    """An endpoint of the run, or one of an injection with that one's number."""
    single, numbered = declared().get(name), re.fullmatch(r"(\w+)_(\d+)", name)
    if single is not None and not single.per_injection:
        return C(single.meaning, single.unit)
    each = declared().get(numbered[1]) if numbered else None
    if each is None or numbered is None or not each.per_injection:
        return None
    return C(f"{each.meaning}; {VISIT} {numbered[2]}", each.unit)


def _of_ledger(rest: str, kinds: Kinds) -> Column:
    """`cells.<kind>.<term>`, or `<book>.<term>`."""
    book, _, term = rest.partition(".")
    if book == "cells":
        kind, _, term = term.partition(".")
        column = CELLS.get(term, C(term, "1"))
        return C(f"Book of {many_of(kinds, kind)}: {column.description}", column.unit)
    title, unit = IL2.get(book, (book, ""))
    if term == "residual_relative":
        return C(f"Book of {title}: what it lacks to close, over its larger side", "1")
    taker = term.removeprefix("taken_up_")
    told = mass_balance.WORDS.get(term, term) if taker == term else f"taken up by {many_of(kinds, taker)}"
    return C(f"Book of {title}: {told}", unit)


def _of_config(rest: str) -> Column:
    """`<section>.<field>`, a list's item with its number, or a number that the config sets."""
    section, _, field = rest.partition(".")
    known = _config_fields()
    if rest in known:
        return known[rest]
    item = re.fullmatch(r"(.+)_(\d+)", rest)
    if item and item[1] in known:
        return C(f"{known[item[1]].description}; item {item[2]}", known[item[1]].unit)
    if section == "set":
        return C(f"{field}, a number of the model that the config sets, as written")
    return C(f"{rest} of the config")


@functools.cache
def _config_fields() -> dict[str, Column]:
    """Every field of a config as the table has it, in internal units."""
    found = {
        "mechanisms": C("Mechanisms of the model that are on"),
        "allow_outside": C("Whether numbers may lie beyond the ranges of their sources"),
    }
    for section in Config.model_fields:
        part = getattr(Config(), section)
        for name, field in getattr(type(part), "model_fields", {}).items():
            measure, key = measure_of(field), field.validation_alias or name
            unit = measure.unit if measure else UNITS.get(f"{section}.{name}", "")
            found[f"{section}.{name}"] = C(f"{section}.{key} of the config", unit)
    return found


UNITS = {
    "schedule.days": "day",
    "schedule.surgery_day": "day",
    "schedule.readings": "day",
    "schedule.missed": "1",
    "schedule.stop_after": "1",
    "schedule.tracks": "1",
    "schedule.fan_degrees": "degree",
    "schedule.window_days": "day",
    "schedule.biopsy_days_before": "day",
    "space.dimensions": "1",
    "clocks.immune_ticks": "1",
    "clocks.solid_ticks": "1",
    "pathology.cores": "1",
    "pathology.foci": "1",
}
"""Units of config fields that are no quantities of their own."""
