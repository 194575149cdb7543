"""The smallest comparison is made once for all tests of this folder that only read it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tests.experiments.comparison.small import TINY

if TYPE_CHECKING:
    from zpdgym.experiments.comparison.compare import Comparison


@pytest.fixture(scope="session")
def compared(tmp_path_factory) -> tuple[Comparison, str]:
    """The comparison, and what it printed."""
    from zpdgym.experiments.comparison.compare import compare

    console = Console(file=io.StringIO(), width=100)
    results = tmp_path_factory.mktemp("results")
    return compare(TINY, results=results, jobs=1, console=console), console.file.getvalue()
