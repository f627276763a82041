"""The page: sliders and buttons beside the section, the IL-2 map and the time courses of one tumour."""

# mypy: disable-error-code="attr-defined"
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import solara
from reacton.core import Ref, use_ref

from il2sim.experiments.demo.board import board
from il2sim.experiments.demo.course import Choice, Course, View

NOTICE = "For research and teaching only: not a medical device; not for decisions about a patient."
SUBTITLE = "Interleukin-2 injected into a breast tumour"
LONG = 0.999  # of the shortest settling; beyond it nobody knows how long
SETTLING = "Before the first injection the immune cells live in the tumour until they kill at a steady rate."
WORDS = {"waiting": "", "playing": ": playing", "surgery": ": surgery, the course is over"}


@solara.component
def Page() -> None:  # noqa: N802  # Solara's components are named like classes
    """One tab, one tumour."""
    choice, set_choice = solara.use_state(Choice())
    turn, set_turn = solara.use_state(0)
    view, set_view = solara.use_state(View("settling", choice))
    course: Ref[Course | None] = use_ref(None)

    def begin() -> Callable[[], None]:
        before = course.current.baseline if course.current is not None else None
        course.current = Course(choice, set_view, before)
        return course.current.close

    solara.use_effect(begin, [choice, turn])
    solara.Title(f"il2sim: {SUBTITLE}")
    with solara.Row(gap="28px", style={"padding": "12px 20px", "align-items": "flex-start"}):
        with solara.Column(gap="8px", style={"flex": "0 0 265px"}):
            solara.HTML("h1", "il2sim", style="font-size: 22px; line-height: 1.3")
            solara.Text(SUBTITLE)
            Sliders(choice, set_choice)
            Play(view, course, is_current=view.choice == choice)
            with solara.Row(gap="8px"):
                solara.Button("Reset", icon_name="mdi-restart", on_click=lambda: set_turn(turn + 1))
                following = replace(choice, seed=choice.seed + 1)
                solara.Button("Next virtual patient", on_click=lambda: set_choice(following))
            Notes(view)
        with solara.Column(gap="8px", style={"flex": "1 1 0", "min-width": "0"}):
            Status(view)
            solara.HTML("div", unsafe_innerHTML=solara.use_memo(lambda: board(view), [view]))


@solara.component
def Sliders(choice: Choice, set_choice: Callable[[Choice], None]) -> None:  # noqa: N802
    """Width, dose and infiltrate, each with its value in words."""
    solara.Text(f"Tumour width: {choice.width_mm:g} mm")
    solara.SliderFloat(
        "",
        value=choice.width_mm,
        min=1.0,
        max=5.0,
        step=0.5,
        thumb_label=False,
        on_value=lambda value: set_choice(replace(choice, width_mm=value)),
    )
    solara.Text(f"Dose: {choice.dose_miu_per_mm:g} MIU per mm of width")
    solara.SliderFloat(
        "",
        value=choice.dose_miu_per_mm,
        min=0.0,
        max=1.0,
        step=0.05,
        thumb_label=False,
        on_value=lambda value: set_choice(replace(choice, dose_miu_per_mm=round(value, 2))),
    )
    solara.Text(f"Immune cells in stroma (sTIL): {choice.stil_percent:g} %")
    solara.SliderFloat(
        "",
        value=choice.stil_percent,
        min=0.0,
        max=60.0,
        step=5.0,
        thumb_label=False,
        on_value=lambda value: set_choice(replace(choice, stil_percent=value)),
    )


@solara.component
def Play(view: View, course: Ref[Course | None], *, is_current: bool) -> None:  # noqa: N802
    """Play or pause, or one day."""

    def toggle() -> None:
        if course.current is not None:
            course.current.play_or_pause()

    def step() -> None:
        if course.current is not None:
            course.current.advance_to(int(view.day + 1e-6) + 1.0)

    is_playing = view.state == "playing"
    is_off = not is_current or view.state not in ("waiting", "playing")
    label, icon = ("Pause", "mdi-pause") if is_playing else ("Play", "mdi-play")
    with solara.Row(gap="8px"):
        solara.Button(label, icon_name=icon, color="primary", disabled=is_off, on_click=toggle)
        solara.Button("Step 1 day", icon_name="mdi-skip-next", disabled=is_off or is_playing, on_click=step)


@solara.component
def Notes(view: View) -> None:  # noqa: N802
    """What the dose comes to, and what this is not."""
    if view.drug is not None:
        capped = ", held at the cap" if view.drug.is_capped else ""
        days = ", ".join(f"{day:g}" for day in view.choice.config.schedule.days)
        solara.Text(f"{view.drug.dose_miu:.3g} MIU{capped} on each of days {days}.")
    solara.Text(f"Virtual patient {view.choice.seed}. Her tumour stays the same when only the dose changes.")
    solara.Text(NOTICE, style={"font-weight": "bold"})


@solara.component
def Status(view: View) -> None:  # noqa: N802
    """The day, and how things stand."""
    if view.state == "stopped":
        solara.Error(f"The model stopped. {view.message}")
        return
    if view.state == "settling":
        share = f"{100.0 * view.progress:.0f} %" if view.progress < LONG else "longer than usual"
        is_laid = view.section is not None
        solara.HTML("h2", f"Settling before day 0: {share}" if is_laid else "Laying the tumour")
        solara.Text(SETTLING)
    else:
        viable = 100.0 * float(view.series["viable_fraction"][-1])
        solara.HTML("h2", f"Day {view.day:.4g} of {_surgery(view):g}{WORDS[view.state]}")
        solara.Text(f"Viable tumour: {viable:.0f} % of day 0.")
    is_open_ended = view.section is None or (view.state == "settling" and view.progress >= LONG)
    solara.ProgressLinear(True if is_open_ended else 100.0 * view.progress)


def _surgery(view: View) -> float:
    return view.choice.config.schedule.surgery_day
