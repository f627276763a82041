"""The woman in sentences: the tissue she has, what is injected (rule 1) and what blood does with it (3)."""

from __future__ import annotations

from typing import Any

from experiments.wording import of_number
from models import Config

_BLOOD = (
    "what leaves the tissue goes into lymph (body.lymph_share) and blood; of what runs out at once "
    "body.absorbed_share is absorbed from under the skin, half of it every body.absorption_half_life",
    "lymph passes a node of body.node_volume in body.node_time, which keeps body.node_extraction of it",
    "plasma (body.volume) is cleared at body.clearance and exchanges with the tissues at body.exchange_rate, "
    "which makes its slow half-life body.terminal_half_life; margins are told against body.reference_dose x "
    "patient.weight",
)
_SWELLING = (
    "imaging takes oedema.visible_share of injected fluid for tumour, half as much every "
    "oedema.resorption_half_life, and oedema.leak_swelling x vascular_leak more of its volume"
)
_TISSUE = (
    "patient.stroma of the bed is stroma, in nests of patient.nest_width, patient.freed_share of them empty; "
    "patient.vessels cross it; untreated it doubles in patient.doubling_time",
    "immune cells fill patient.stil of the stroma: patient.cd8_share CD8, patient.th_share Th, one Treg for "
    "patient.cd8_treg_ratio CD8, patient.nk NK cells, the rest other_til",
)
_CENTRE = "in the middle (schedule.off_centre beside it), where schedule.retained_centre stays"
_PLACES = {
    "half_and_half": f"schedule.centre_share of it {_CENTRE}, the rest in a ring at the edge, where "
    "schedule.retained_ring stays",
    "centre": f"all of it {_CENTRE}",
    "ring": "all of it in a ring at the edge, where schedule.retained_ring stays",
    "tracks": "along {schedule.tracks} needle tracks, where schedule.retained_centre stays",
    "fan": "along {schedule.tracks} rays over {schedule.fan_degrees} degrees, where schedule.retained_centre "
    "stays",
}
_LEAVES = "il2 outside the tumour is taken up by il2.outside_share of the cells inside"


def given(config: Config, model: Any) -> list[str]:
    """A heading and a line per sentence, every number named with its value."""
    said = [(text, "models/baseline.py") for text in _TISSUE]
    said += [(text, "models/injection.py") for text in _injections(config)]
    if model.has("il2"):
        said.append((_LEAVES, "models/volume_book.py"))
    if model.has("body"):
        said += [(text, "models/circulation.py") for text in _BLOOD]
    if model.has("oedema"):
        said.append((_SWELLING, "models/oedema.py"))
    numbers = {number.name: number for number in (*config.numbers(), *model.parameters.values())}
    return ["the woman", *(f"  {_filled(text, numbers)} {file}" for text, file in said)]


def _injections(config: Config) -> list[str]:
    schedule = config.schedule
    days = ", ".join(f"{day:g}" for day in schedule.given_days)
    what = "saline, as much as of" if schedule.saline else "il2,"
    place = _PLACES[schedule.geometry].format(schedule=schedule)
    return [
        f"into the tumour goes {what} schedule.dose of width, at most schedule.cap a "
        f"{'course' if schedule.dose_is == 'per_course' else 'visit'}, on day {days}, in fluid of "
        f"schedule.concentration at schedule.rate; surgery is on day {schedule.surgery_day:g}",
        f"it lies in the pores at once, {place}; what does not stay runs out along the needle",
    ]


def _filled(text: str, numbers: dict[str, Any]) -> str:
    """A text in which each number's name has its value beside it."""
    return " ".join(
        word.replace(name, of_number(numbers[name])) if (name := word.strip("(),;:")) in numbers else word
        for word in text.split(" ")
    )
