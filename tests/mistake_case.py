"""Mistakes that the author of a mechanism can make, each with what must be said of it."""

HEAD = '''"""A mechanism with one mistake."""

from il2sim.sim.language.model import Model, Steady, Uphill
from il2sim.sim.language.model import also_by, engaged, gated_by, less, lowered_by, near
from il2sim.sim.language.model import raised_by, times, within


def declare(m: Model) -> None:
    """Says what cannot be."""
'''
MISTAKES = {
    "unknown_cell": (
        '    m.cell("tumuor").dies(1.0)',
        "unknown cell type 'tumuor'; did you mean 'tumour'?",
    ),
    "no_cell": (
        '    m.cell("exhaustion").dies(1.0)',
        "unknown cell type 'exhaustion'; there are tumour, dead, ",
    ),
    "second_division": (
        '    m.cell("cd8").divides(1.0)',
        "two rules say 'cd8 divides', of cd8 and second_division: modify it, or drop the other's first",
    ),
    "solved_arrivals": (
        '    m.cell_type("solved_arrivals").enters(m.par("influx", 1.0, "1/day", range=(0, 5), source="a", '
        'known="solved"), at=m.cell("vessel"))',
        "solved_arrivals.influx: arrivals are solved only for cd8, nk, treg, th, other_til, whose numbers",
    ),
    "unbounded": (
        '    m.trait("swelling", bounded=False).rises(m.cell("cd8"), 1.0)',
        "trait 'swelling' has no bounds and nothing lets it fall in cd8: "
        "write a rule 'swelling falls in cd8', or declare it bounded (0 to 1)",
    ),
    "misspelt_rule": (
        '    m.modify("cd8 hit tumour", less(m.trait("exhaustion")))',
        "no rule says 'cd8 hit tumour'; did you mean 'cd8 hits tumour'?",
    ),
    "misspelt_rule_of_what_is_off": (
        '    m.modify("cd8 secrets ifng", less(m.trait("exhaustion")))',
        "no rule says 'cd8 secrets ifng'; did you mean 'cd8 secretes ifng'?",
    ),
    "misspelt_loss": (
        '    m.drop("exhaustion rise in cd8")',
        "no rule says 'exhaustion rise in cd8'; did you mean 'exhaustion rises in cd8",
    ),
    "second_nk": (
        '    m.cell_type("nk")',
        "cell type 'nk' is declared by both 'nk' and 'second_nk': one of them must ask for it: m.cell('nk')",
    ),
    "second_rule": (
        '    m.cell("cd8").dies(1.0, label="age")',
        "two rules say 'cd8 dies of age', of cd8 and second_rule: give one a label",
    ),
    "second_trait": (
        '    m.trait("il2_signal")',
        "trait 'il2_signal' is declared by both 'cd8' and 'second_trait': "
        "layer 'immune', bounded=False against layer 'immune', bounded=True",
    ),
    "second_uptake": (
        '    m.cell("cd8").takes_up(m.cytokine("il2"), 1.0, 1.0)',
        "the uptake of il2 by cd8 is declared by both 'il2' and 'second_uptake': one of them is too many",
    ),
    "own_range": (
        '    m.par("speed", 9.0, "um/min", range=(1.0, 5.0), source="a test", known="assumed")',
        "own_range.speed: 9 um/min is outside its range 1 to 5 um/min",
    ),
    "misspelt_trait": (
        '    m.modify("cd8 hits tumour", less(m.trait("exhuastion")))',
        "cd8 hits tumour: nothing starts, raises or sets the trait 'exhuastion'; did you mean 'exhaustion'?",
    ),
    "misspelt_weight": (
        '    m.modify("cd8 divides", less(within(m.cell("nk"), 30.0, weight=m.trait("vigor"))))',
        "cd8 divides: nothing starts, raises or sets the trait 'vigor'; did you mean 'vigour'?",
    ),
    "misspelt_field": (
        '    m.modify("cd8 divides", gated_by(m.cytokine("IL2"), 1.0))',
        "cd8 divides: nothing secretes or shows the cytokine 'IL2'; did you mean 'il2'?",
    ),
    "misspelt_food": (
        '    m.cell("nk").takes_up(m.cytokine("IL-2"), 1.0, 1.0)',
        "the uptake of IL-2 by nk: nothing secretes or shows the cytokine 'IL-2'; did you mean 'il2'?",
    ),
    "backwards": (
        '    m.cell("cd8").dies(-0.1, label="joy")',
        "cd8 dies of joy at -0.1 per hour; 0 or more is allowed",
    ),
    "no_number": (
        '    m.cell("cd8").dies(float("nan"), label="joy")',
        "cd8 dies of joy at nan per hour; 0 or more is allowed",
    ),
    "too_much_at_first": (
        '    m.cell("nk").starts(m.trait("grit"), 7.0)',
        "nk starts with grit 7; 0 to 1 is allowed",
    ),
    "too_many_at_first": (
        '    m.cell("nk").starts(m.trait("steps", bounded=False), share=1.5)',
        "nk starts with steps 1.5; 0 to 1 is allowed",
    ),
    "second_start": (
        '    m.cell("cd8").starts(m.trait("exhaustion"), 0.1)',
        "'exhaustion' says already with which exhaustion cd8 starts: write anew=True to replace it",
    ),
    "second_replacement": (
        '    m.cell("tumour").starts(m.trait("mhc1", layer="solid", inherited=True), 0.5, anew=True)',
        "the first mhc1 of tumour is said anew by both 'mhc1' and 'second_replacement': one of them is too",
    ),
    "second_pull": (
        '    m.pull(m.cell("cd8"), Uphill("il2", 1.0, 0.3, 100.0))',
        "the pull on cd8 is declared by both 'chemotaxis' and 'second_pull': a walk follows one cytokine",
    ),
    "second_field": (
        '    m.cytokine("il2", Steady(100.0, 1.0, 0.3))',
        "il2: it is steady here, and another mechanism has the caller show it",
    ),
    "nobody_shows": (
        '    m.modify("cd8 divides", gated_by(m.cytokine("fog", shown=True), 1.0))',
        "nothing shows the cytokine 'fog', it would be 0 for ever: let cells secrete it, with "
        "Steady(...) for shown=True, or read one that is shown; shown are treatment, il2, biopsy_wound,",
    ),
    "misspelt_treatment": (
        '    m.modify("cd8 divides", gated_by(m.cytokine("treatmnt", shown=True), 1.0))',
        "nothing shows the cytokine 'treatmnt', it would be 0 for ever: let cells secrete it, with "
        "Steady(...) for shown=True, or read one that is shown; did you mean 'treatment'?",
    ),
    "shown_by_one_that_is_off": (
        '    m.modify("cd8 divides", gated_by(m.cytokine("vascular_leak", shown=True), 1.0))',
        "nothing shows the cytokine 'vascular_leak', it would be 0 for ever: 'leak' does where it is on, so "
        "name it in `mechanisms`",
    ),
    "second_cytokine": (
        '    m.trait("il2_signal", bounded=False).rises(m.cell("nk"), 1 / 6, gated_by(m.cytokine("il2"), 1), '
        'label="IL-15")',
        "il2_signal rises in nk through IL-15: il2_signal of nk is 0 to 1 by what 'il2' says, and so it "
        "could exceed 1; let a cytokine open the same gate instead, m.modify('il2_signal rises in nk', also",
    ),
    "raised_signal": (
        '    m.modify("il2_signal rises in nk", raised_by(m.cytokine("il2"), 1.0, fold=480.0))',
        "il2_signal rises in nk: il2_signal of nk is 0 to 1 by what 'il2' says, and so it could exceed 1",
    ),
    "kept_signal": (
        '    m.modify("il2_signal falls in nk", lowered_by(m.cytokine("il2"), 1.0, to=0.5))',
        "il2_signal falls in nk: il2_signal of nk is 0 to 1 by what 'il2' says, and so it could exceed 1",
    ),
    "also_by_a_trait": (
        '    m.modify("il2_signal rises in nk", also_by(m.trait("exhaustion"), 0.5))',
        "also_by(exhaustion): a cytokine joins a cytokine, this is a trait",
    ),
    "also_of_nothing": (
        '    m.modify("nk dies of age", also_by(m.cytokine("il2"), 0.5))',
        "nk dies of age: also_by(il2) joins one gate, and 0 of its factors are gated_by(...) a cytokine",
    ),
    "lowered_up": (
        '    m.modify("cd8 divides", lowered_by(m.trait("exhaustion"), 0.5, to=1.5))',
        "a response to exhaustion: it is lowered to 1.5-fold; 0 to 1 is allowed",
    ),
    "raised_below": (
        '    m.modify("cd8 divides", raised_by(m.trait("exhaustion"), 0.5, fold=-2.0))',
        "a response to exhaustion: it is raised to -2-fold; 0 or more is allowed",
    ),
    "no_unit": (
        '    m.par("speed", 1.0, "per day", range=(0.0, 5.0), source="a test", known="assumed")',
        "no_unit.speed: 'per day': unknown unit 'per day'",
    ),
    "no_source": (
        '    m.par("speed", 1.0, "1/h", range=(0.0, 5.0), source=" ", known="assumed")',
        "no_source.speed: source= is empty; say where it comes from, or that nothing does",
    ),
    "wrong_way": (
        '    m.par("speed", 1.0, "1/h", range=(5.0, 0.0), source="a test", known="assumed")',
        "wrong_way.speed: its range 5 to 0 is the wrong way round",
    ),
    "no_rate": (
        '    m.cell("cd8").dies(m.par("x", 0.5, "um", range=(0, 5), source="a", known="seen"), label="joy")',
        "cd8 dies of joy at no_rate.x: 'um' is length and cannot become '1/h', 1 / time",
    ),
    "bare_number": (
        '    m.modify("cd8 divides", 0.5)',
        "cd8 divides: 0.5 is no modifier; write times(...), less(...), more(...), gated_by(...), raised_by(",
    ),
    "constant_factor": (
        '    m.modify("cd8 hits tumour", times(0.5))',
        "times(0.5): m.trait(...), m.cytokine(...), near(...), within(...) or engaged() is meant; a constant",
    ),
    "number_as_signal": (
        '    m.cell("cd8").dies(0.1, less(m.par("x", 0.5, "1", range=(0, 1), source="a")), label="joy")',
        "less(0.5): m.trait(...), m.cytokine(...)",
    ),
    "unasked_word": (
        '    m.modify("cd8 hits tumour", times(engaged))',
        "times(engaged): m.trait(...), m.cytokine(...), near(...), within(...) or engaged() is meant",
    ),
    "named_signal": (
        '    m.modify("cd8 hits tumour", less("exhaustion"))',
        "less('exhaustion'): m.trait(...)",
    ),
    "named_neighbour": (
        '    m.modify("cd8 divides", less(near("treg")))',
        "near: 'treg' is no cell type; ask for one by its name, m.cell('nk')",
    ),
    "named_cell": (
        '    m.trait("grit").rises("cd8", 1.0)',
        "grit rises: 'cd8' is no cell type; ask for one by its name",
    ),
    "half_with_unit": (
        '    m.modify("cd8 divides", gated_by(m.cytokine("il2"), ec50="1 nM"))',
        "a response to il2: half='1 nM' is no number; m.par(...) makes one",
    ),
    "rate_with_unit": (
        '    m.cell("cd8").dies("0.1 1/day", label="joy")',
        "cd8 dies of joy: rate='0.1 1/day' is no number; m.par(...) makes one",
    ),
    "bare_trait": (
        '    m.modify("cd8 divides", m.trait("exhaustion"))',
        "cd8 divides: exhaustion is no modifier; write times(...)",
    ),
    "second_factor": (
        '    m.modify("cd8 hits tumour", less(m.trait("exhaustion")))',
        "cd8 hits tumour: 'exhaustion' gives it this factor already; it would act twice",
    ),
    "steady_food": (
        '    m.cell("cd8").takes_up(m.cytokine("glue", Steady(60.0, 1.0, 0.3)), 1.0, 1.0)',
        "the uptake of glue by cd8: a steady cytokine is lost at its `loss`; put uptake there",
    ),
    "hits_the_mobile": (
        '    m.cell("cd8").hits(m.cell("nk"), 1.0, raises=m.trait("damage", "solid", False), release=1.0)',
        "cd8 hits nk: nk must be of the solid layer",
    ),
    "falls_at_nothing": (
        '    t = m.trait("heap", bounded=False); t.rises(m.cell("cd8"), 1.0); t.falls(m.cell("cd8"), 0.0)',
        "trait 'heap' has no bounds and nothing lets it fall in cd8",
    ),
    "no_such_number": (
        '    m.number("cd8.death_rat")',
        "no number is called 'cd8.death_rat'; did you mean 'cd8.death_rate'?",
    ),
    "not_steady": (
        '    m.cell("cd8").secretes(m.cytokine("il2"), 1.0)',
        "cd8 secretes il2: il2 is no steady cytokine; declare it with Steady(...), or let the caller show it",
    ),
    "misspelt_word": (
        '    m.cell("cd8").dies(1.0, lesss(m.trait("exhaustion")))',
        "NameError: name 'lesss' is not defined",
    ),
    "open_bracket": (
        '    m.cell("cd8").dies(1.0',
        "SyntaxError: '(' was never closed",
    ),
    "grammar": (
        '    m.cell("vessel").dies(1.0)',
        "vessel dies: a solid cell stays in place; say what it becomes",
    ),
}
BESIDE = {"second_replacement": ["mhc1"], "second_pull": ["ifng", "cxcl10", "chemotaxis"]}
