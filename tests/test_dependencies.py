"""What is asked for is used, explained and licensed as the page says, and nothing else is pinned."""

import importlib.metadata
import re
from functools import cache

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.dependencies.tables import PAGE, REASONS, ROOT, wanted
from tests.tools import imports

WANTED = wanted()
ALL = [name for part in WANTED.values() for name in part]
PINS = re.compile(r"^([\w.-]+)==(\S+)$", re.MULTILINE)
FAMILIES = ("BSD", "MIT", "Apache", "MPL", "PSF")
CALLED = {"PSF": "Python Software Foundation"}
"""What packages call a licence that is none of the words itself."""


def rows():
    """Package -> the cells of its row on the page."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [\w-]+ \| `", line)]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0]: row for row in cells}


def test_the_page_has_a_row_for_everything_that_is_asked_for_and_for_nothing_else():
    assert list(rows()) == ALL
    assert set(REASONS) == set(ALL)
    for part in WANTED.values():
        for name, versions in part.items():
            _, shown, licence, why, megabytes, cost = rows()[name]
            assert (shown, licence, why) == (f"`{versions}`", REASONS[name].licence, REASONS[name].why)
            assert float(megabytes) >= 0
            assert bool(cost) == bool(REASONS[name].module)


@pytest.mark.parametrize("name", ALL)
def test_the_licence_is_the_one_that_the_package_names(name):
    try:
        about = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    classifiers = [c for c in about.get_all("Classifier") or () if c.startswith("License ::")]
    told = " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:200], *classifiers])
    family = next(f for f in FAMILIES if REASONS[name].licence.startswith(f))
    assert CALLED.get(family, family) in told or (family == "BSD" and "Redistribution" in about.get("License", ""))


@cache
def imported():
    """The top names that our own files import, wherever in them."""
    return {name.partition(".")[0] for path in imports.sources(*imports.PRODUCT) for name, _ in imports.imports(path)}


@pytest.mark.parametrize(
    "name", [name for part in ("core", "rl", "tune", "track", "figures", "parquet", "report") for name in WANTED[part]]
)
def test_what_is_asked_for_is_imported(name):
    assert REASONS[name].module.partition(".")[0] in imported()


def test_what_is_pinned_is_needed_and_what_is_needed_is_pinned():
    found = PINS.findall((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    pinned = {canonicalize_name(name): version for name, version in found}
    waiting = [Requirement(f"{name}{versions}") for part in WANTED.values() for name, versions in part.items()]
    needed = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, *requirement.extras) in needed:
            continue
        needed.add((name, *requirement.extras))
        try:
            inside = map(Requirement, importlib.metadata.requires(name) or ())
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"{name} is not installed")
        if (installed := importlib.metadata.version(name).partition("+")[0]) != pinned.get(name, installed):
            pytest.skip(f"{name} {installed} is installed, not the pinned {pinned[name]}, and may need others")
        given = requirement.extras or {""}
        waiting += [r for r in inside if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in given)]
    names = {name for name, *_ in needed}
    assert set(pinned) - names == set(), "nothing needs these"
    assert names - set(pinned) == set(), "these are needed"
