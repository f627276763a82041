"""The virtual patient in sentences: the tissue, what is injected (rule 1) and what blood does with it (3)."""

from __future__ import annotations

from typing import Any

from il2sim.experiments.model_docs.wording import of_number
from il2sim.models import Config
from il2sim.models.drug.geometries.registry import geometry_of, shown_path
from il2sim.models.drug.geometries.technique import KEYS

_BLOOD = (
    "what leaves the tissue goes into lymph (body.lymph_share) and blood; of what runs out at once "
    "body.absorbed_share is absorbed from under the skin, half of it every body.absorption_half_life",
    "lymph passes a node of body.node_volume in body.node_time, which keeps body.node_extraction of it",
    "plasma (body.volume) is cleared at body.clearance and exchanges with the tissues at body.exchange_rate, "
    "which makes its slow half-life body.terminal_half_life; safety margins are those against "
    "body.reference_dose x patient.weight",
)
_SWELLING = (
    "imaging takes oedema.visible_share of injected fluid for tumour, half as much every "
    "oedema.resorption_half_life, and oedema.leak_swelling x vascular_leak more of its volume"
)
_TISSUE = (
    "patient.stroma of the bed is stroma; between it lie nests of tumour cells about patient.nest_width "
    "wide, of whose places patient.freed_share are empty; patient.vessels are the vessels of a section; "
    "untreated its volume doubles in patient.doubling_time",
    "immune cells fill patient.stil of the stroma: patient.cd8_share of them CD8, patient.th_share Th, one "
    "Treg to patient.cd8_treg_ratio CD8, NK cells patient.nk as stained sections show, the rest other_til",
)
_OUTSIDE = "outside the tumour there are il2.outside_share as many cells that take up il2 as inside"


def given(config: Config, model: Any) -> list[str]:
    """A heading and a line per sentence, every number named with its value."""
    patient = config.patient
    said = [
        (
            f"the tumour is {patient.width_um / 1e3:g} mm wide and {patient.phenotype}",
            "models/tissue/initial_tissue.py",
        )
    ]
    said += [(text, "models/tissue/initial_tissue.py") for text in _TISSUE]
    said += _injections(config)
    if model.has("il2"):
        said.append((_OUTSIDE, "models/drug/tissue_pk/field_3d.py"))
    if model.has("body"):
        said += [(text, "models/drug/systemic_pk/compartments.py") for text in _BLOOD]
    if model.has("oedema"):
        said.append((_SWELLING, "models/biology/treatment_effects/oedema.py"))
    numbers = {number.name: number for number in (*config.numbers(), *model.parameters.values())}
    return ["the virtual patient", *(f"  {_filled(text, numbers)} {file}" for text, file in said)]


def _injections(config: Config) -> list[tuple[str, str]]:
    schedule = config.schedule
    days = ", ".join(f"{day:g}" for day in schedule.given_days)
    what = "saline, as much as of" if schedule.saline else "il2,"
    values = {key: getattr(schedule, name) for key, name in KEYS.items()}
    place = geometry_of(schedule.geometry).sentence.format_map(values)
    dose = (
        f"into the tumour goes {what} schedule.dose of width, at most schedule.cap per "
        f"{'course' if schedule.dose_is == 'per_course' else 'dose'}, on day {days}, in fluid of "
        f"schedule.concentration at schedule.rate; surgery is on day {schedule.surgery_day:g}"
    )
    stays = f"{place}; it lies in the pores at once, and what does not stay runs out along the needle"
    return [(dose, "models/drug/geometries/injection.py"), (stays, shown_path(schedule.geometry))]


def _filled(text: str, numbers: dict[str, Any]) -> str:
    """A text in which each number's name has its value beside it."""
    return " ".join(
        word.replace(name, of_number(numbers[name])) if (name := word.strip("(),;:")) in numbers else word
        for word in text.split(" ")
    )
