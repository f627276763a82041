"""Examples in docstrings are run, so that none of them grows old."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = (
    "il2sim",
    "il2sim.experiments.study.results",
    "il2sim.experiments.study.runs",
    "il2sim.models.config.model",
    "il2sim.models.simulation",
    "il2sim.sim.kernels.rates",
    "il2sim.sim.kernels.rng",
)


def examples(name: str) -> list[doctest.DocTest]:
    """Those of a module. Kernels are not functions once compiled, so their source is asked."""
    module, finder = import_module(name), doctest.DocTestFinder(exclude_empty=True)
    found = finder.find(module)
    for each, what in vars(module).items():
        if hasattr(what, "py_func") and what.py_func.__module__ == name:
            found += finder.find(what.py_func, f"{name}.{each}", module)
    return [each for each in found if each.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    runner, found = doctest.DocTestRunner(), examples(name)
    assert found
    for each in found:
        runner.run(each)
    assert runner.summarize(verbose=False).failed == 0
