"""The lowest versions are those of pyproject.toml, every requirement has one, and the pinned ones are not below it."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.tools.imports import ROOT
from tests.tools.lowest import lowest

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def test_every_requirement_has_a_lowest_version_that_is_not_above_the_pinned_one():
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE))
    pinned = {name.lower().replace("_", "-"): found for name, found in pins.items()}
    for line in lowest(PROJECT):
        name, _, bound = line.partition("==")
        assert version(bound) <= version(pinned[name]), line


def test_a_requirement_without_a_lower_bound_is_named():
    with pytest.raises(ValueError, match="numpy<3 has no lower bound"):
        list(lowest({"dependencies": ["numpy<3"], "optional-dependencies": {}}))
