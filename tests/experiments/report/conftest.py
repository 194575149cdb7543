"""Made-up results and their page, once for each file: some tests change them for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.experiments.report.made_up import make_results, small_curriculum


@pytest.fixture(scope="module")
def experiment(tmp_path_factory) -> Path:
    return make_results(tmp_path_factory.mktemp("results"), small_curriculum())


@pytest.fixture(scope="module")
def page(experiment) -> str:
    from zpdgym.experiments.report import write_report

    return write_report(experiment).read_text(encoding="utf-8")
