"""The house rules of the tree: imports point down and in no circle; files, folders and functions stay readable."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.tools import imports

LONGEST_FILE, FULLEST_FOLDER, LONGEST_FUNCTION = 450, 20, 90
FLOORS = ("students", "envs", "agents", "experiments", "zpdgym", "scripts")
"""From the lowest to the highest: below them lie ``configs`` and what stands beside the public face, ``zpdgym``."""


def floor_of(module: str) -> int:
    """How high a module lies; 0 is below all floors."""
    room = module.split(".")[1] if "." in module else module
    return FLOORS.index(room) + 1 if room in FLOORS else 0


def test_imports_point_down():
    for module, others in imports.graph(imports.sources(*imports.PRODUCT)).items():
        higher = sorted(other for other in others if floor_of(other) > floor_of(module))
        assert not higher, f"{module} imports {higher[0]}, which lies above it"


def test_nobody_imports_in_a_circle():
    found = imports.circles(imports.graph(imports.sources(*imports.EVERYTHING)))
    assert not found, "\n".join(" <-> ".join(group) for group in found)


def test_a_circle_is_found_wherever_it_hides():
    """Also through an import in a function and through a name that a package finds lazily."""
    inside = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a", "d2"}, "d2": {"d"}}
    assert imports.circles(inside) == [["b", "c"], ["d", "d2"]]
    assert imports.reached_from({"a": {"b"}, "b": {"c"}, "c": set(), "d": {"a"}}, ["b"]) == {"a", "b", "d"}
    read = imports.graph(imports.sources("tests", *imports.PRODUCT))
    assert "zpdgym.students.model" in read["tests.helpers"]  # from zpdgym.students import StudentModel
    assert "zpdgym.experiments.comparison.compare" in read["tests.experiments.comparison.conftest"]  # in a function


@pytest.mark.parametrize("folder", imports.EVERYTHING)
def test_no_file_is_too_long_to_be_one_subject(folder):
    lengths = {imports.name_of(p): len(p.read_text(encoding="utf-8").splitlines()) for p in imports.sources(folder)}
    assert not {name: n for name, n in lengths.items() if n > LONGEST_FILE}


@pytest.mark.parametrize("folder", imports.EVERYTHING)
def test_no_folder_is_too_full_to_be_read_at_a_glance(folder):
    counted = Counter(imports.name_of(path.parent) for path in imports.sources(folder))
    assert not {name: n for name, n in counted.items() if n > FULLEST_FOLDER}


@pytest.mark.parametrize("folder", imports.PRODUCT)
def test_no_function_is_longer_than_two_screens(folder):
    found = {}
    for path in imports.sources(folder):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                found[f"{imports.name_of(path)}: {node.name}"] = node.end_lineno - node.lineno + 1
    assert not {name: n for name, n in found.items() if n > LONGEST_FUNCTION}
