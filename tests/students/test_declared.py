"""Every student model declares its parameters, and its page shows the table that is made from them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from zpdgym import students
from zpdgym.errors import Violations
from zpdgym.parameters import Number, Parameter, read

from benchmarks.pages.parameters import PLACE

PAGES = Path(__file__).resolve().parents[2] / "docs" / "students"
ELSEWHERE = {"curriculum", "population", "student", "students"}
"""Arguments that are no parameters: what is taught, who comes, and who is inside a layer or a mixture."""

CONTRACTS = {"KernelModel", "Layer", "LinearLayer", "MemoryModel", "StudentModel"}


def models():
    """All public classes that make a student from a curriculum."""
    offered = {name: getattr(students, name) for name in dir(students)}
    return [
        pytest.param(offer, id=name)
        for name, offer in offered.items()
        if inspect.isclass(offer) and hasattr(offer, "step") and name not in CONTRACTS
    ]


def defaults(model):
    arguments = inspect.signature(model).parameters
    return {name: argument.default for name, argument in arguments.items() if name not in ELSEWHERE}


def test_all_families_are_here():
    assert len(models()) >= 30


@pytest.mark.parametrize("model", models())
def test_what_the_constructor_takes_is_declared_and_nothing_else(model):
    assert set(model.PARAMETERS) == set(defaults(model))


@pytest.mark.parametrize("model", models())
def test_the_defaults_are_allowed(model):
    given = {name: value for name, value in defaults(model).items() if value is not inspect.Parameter.empty}
    wrong = Violations(model.__name__)
    read({name: model.PARAMETERS[name] for name in given}, given, wrong, skills=3, items=4)
    wrong.raise_any()


@pytest.mark.parametrize("model", models())
def test_meanings_are_sentences_and_ranges_are_told(model):
    for name, parameter in model.PARAMETERS.items():
        assert re.fullmatch(r"[^A-Z\s].*[^.\s]", parameter.meaning), f"{name}: {parameter.meaning!r}"
        assert parameter.range, name
        if isinstance(parameter, Number):
            assert np.isfinite([parameter.low, parameter.high]).any(), f"{name} has no bound at all"


@pytest.mark.parametrize("model", models())
def test_a_parameter_without_default_value_says_what_none_means(model):
    for name, value in defaults(model).items():
        parameter: Parameter = model.PARAMETERS[name]
        assert parameter.optional == (value is None), name


@pytest.mark.parametrize("model", models())
def test_a_page_has_its_table(model):
    places = [
        (page.name, place[2].rpartition(".")[2])
        for page in PAGES.glob("*.md")
        for place in PLACE.finditer(page.read_text(encoding="utf-8"))
    ]
    assert [page for page, name in places if name == model.__name__], f"no page has a table of {model.__name__}"
