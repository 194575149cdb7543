"""A figure draws who was asked for, always in the same colours, and its caption says whom it shows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import zpdgym
from zpdgym.experiments.paper import drawing, series
from zpdgym.experiments.paper.words import level_words, ticks_words

pytest.importorskip("matplotlib")
KINDS = ("outcome", "mastery", "profile", "pareto")


@pytest.fixture
def seen(monkeypatch):
    """Label -> the looks in which it was drawn; and what was joined by lines."""
    found = SimpleNamespace(looks={}, joined=[])
    points, line, point = drawing.points, drawing.line, drawing.point

    def noted(draw):
        def drawn(place, *given, label, **more):
            found.looks.setdefault(label, set()).add(given[-1])
            found.joined += [more["joined"]] if "joined" in more else []
            draw(place, *given, label=label, **more)

        return drawn

    for name, draw in (("points", points), ("line", line), ("point", point)):
        monkeypatch.setattr(drawing, name, noted(draw))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_policies_of_files_and_classes_are_drawn_unasked(asked, tmp_path, kind, seen):
    zpdgym.figure(asked, kind=kind, out=tmp_path / "a.svg")
    assert set(seen.looks) == {"mine", "streak", "mastery tuned"}


def test_every_policy_has_one_look_in_all_figures(grid, asked, tmp_path, seen):
    for kind in KINDS:
        zpdgym.figure(asked, kind=kind, out=tmp_path / "a.svg")
        zpdgym.figure(asked, kind=kind, policies=["mastery_tuned", "streak"], out=tmp_path / "a.svg")
    zpdgym.figure(asked, policies=["mastery", "random", "streak"], out=tmp_path / "a.svg")
    assert all(len(looks) == 1 for looks in seen.looks.values())
    assert len(set.union(*seen.looks.values())) == len(seen.looks)
    seen.looks.clear()
    for policies in ((), ("ppo_scorer,gamma=0.9",), ("mastery_tuned", "ppo_scorer")):
        zpdgym.figure(grid, x="slip", col="guess", policies=policies, out=tmp_path / "a.svg")
    zpdgym.figure(grid, hue="gamma", x="slip", col="guess", policies="ppo_scorer", out=tmp_path / "b.svg")
    assert all(len(looks) == 1 for looks in seen.looks.values())


def test_whoever_has_no_look_of_his_own_gets_one_that_is_free(grid, tmp_path, seen):
    every = zpdgym.load(grid).table()["policy"].unique()
    chosen = [name for name in every if name not in ("mastery_tuned", "random")]
    zpdgym.figure(grid, x="slip", col="guess", policies=chosen, out=tmp_path / "a.svg")
    assert len(set.union(*seen.looks.values())) == len(seen.looks) == len(chosen) == 8


def test_lines_join_numbers_and_nothing_else(asked, drawn, grid, tmp_path, seen):
    cases: list[tuple[Path, dict[str, Any], bool]] = [
        (asked, {}, True),
        (drawn, {}, False),
        (grid, {"x": "guess", "col": "slip"}, False),
        (grid, {"x": "slip", "col": "guess"}, True),
    ]
    for folder, asking, joined in cases:
        seen.joined.clear()
        zpdgym.figure(folder, out=tmp_path / "a.svg", **asking)
        assert set(seen.joined) == {joined}


def test_the_caption_says_whom_a_figure_shows(grid, asked, drawn, cohorts, tmp_path):
    def told(folder, **asking) -> str:
        return zpdgym.figure(folder, out=tmp_path / "a.pdf", **asking).caption

    training = told(grid, kind="training", only={"guess": "few"}, col="slip")
    assert "40 validation students" in training
    assert "60" not in training
    assert "60 simulated test students" in told(grid, x="slip")
    assert "Tiny-v0 (changed: student.guess)." in told(asked)
    assert "One panel for each value of slip." in told(asked, kind="mastery")
    assert "mean share of exam items right" in told(asked)
    assert "primary outcome" not in " ".join(told(asked, kind=kind) for kind in KINDS)
    assert "every draw has other people" in told(drawn)
    assert "every cohort has other people" in told(cohorts, kind="profile")
    assert "One panel for each cohort." in told(cohorts, kind="profile")
    assert "other people" not in told(asked)


def test_a_share_has_no_band_beyond_one():
    def run(*validation: float) -> SimpleNamespace:
        columns = {"lessons": np.array([1, 2]), "validation": np.array(validation)}
        curves = {"mastery_by_lesson": np.array(validation)}
        return SimpleNamespace(primary="exam", run=SimpleNamespace(columns=lambda _: columns, arrays=lambda _: curves))

    taught = SimpleNamespace(runs=[run(0.99, 0.0), run(1.0, 0.1), run(0.7, 0.0)])
    for found in (series.training(taught), series.mastery(taught)):  # pyright: ignore[reportArgumentType]
        assert found.low.min() == 0.0
        assert found.high.max() == 1.0
    gains = SimpleNamespace(runs=taught.runs[:])
    for one in gains.runs:
        one.primary = "gain"
    assert series.training(gains).low.min() < 0.0  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ([0.002, 0.00383877, 0.1], ["0.002", "0.00384", "0.1"]),
        ([0.12341, 0.12342, 0.5], ["0.12341", "0.12342", "0.5"]),
        ([1234567, 300000], ["1234567", "300000"]),
        ([True, False], ["yes", "no"]),
        (["once_a_week", "daily"], ["once a week", "daily"]),
        ([0.125], ["0.125"]),
    ],
)
def test_numbers_beside_ticks_are_short_and_tell_values_apart(levels, words):
    assert ticks_words(levels) == words


def test_a_legend_tells_neighbours_apart():
    levels = (0.12341, 0.12342)
    assert [level_words("forget", level, levels) for level in levels] == ["forget 0.12341", "forget 0.12342"]
