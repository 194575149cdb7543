"""Figures for papers: what they show, what they refuse, and that they are the same every time."""

from __future__ import annotations

import json
import shutil

import pytest
import zpdgym
from zpdgym.errors import InputError
from zpdgym.experiments.paper import series
from zpdgym.experiments.paper.channels import taught_in
from zpdgym.experiments.reading.folder import Folder
from zpdgym.scripts.cli import main

from tests.experiments.made_grid import write_again

mpl = pytest.importorskip("matplotlib")
ONE = {"guess": "few"}


@pytest.mark.parametrize("kind", ["outcome", "training", "mastery", "profile", "pareto"])
def test_every_kind_is_drawn_and_told(grid, tmp_path, kind):
    drawn = zpdgym.figure(grid, kind=kind, col="slip", only=ONE, out=tmp_path / "figure.svg")
    text = drawn.path.read_text()
    assert text.startswith("<?xml")
    assert ("40 validation students" if kind == "training" else "60 simulated test students") in drawn.caption
    assert "3 training seeds" in drawn.caption
    assert "95 %" in drawn.caption


@pytest.mark.parametrize("suffix", ["pdf", "svg", "png"])
def test_the_same_results_give_the_same_bytes(grid, tmp_path, suffix):
    found = [
        zpdgym.figure(grid, x="slip", col="guess", size="column", out=tmp_path / f"{i}.{suffix}").path.read_bytes()
        for i in range(2)
    ]
    assert found[0] == found[1]
    assert b"CreationDate" not in found[0]
    assert suffix != "pdf" or b"/FontFile2" in found[0]


def test_nothing_of_matplotlib_is_left_changed(grid, tmp_path):
    before = dict(mpl.rcParams)
    zpdgym.figure(grid, x="slip", out=tmp_path / "figure.pdf")
    assert dict(mpl.rcParams) == before
    from matplotlib import pyplot as plt

    assert plt.get_fignums() == []


def test_a_users_style_changes_nothing(grid, tmp_path):
    plain = zpdgym.figure(grid, x="slip", out=tmp_path / "a.svg").path.read_bytes()
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9}):
        assert zpdgym.figure(grid, x="slip", out=tmp_path / "b.svg").path.read_bytes() == plain


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"x": "slpi"}, "x: unknown axis 'slpi'. Did you mean 'slip'"),
        ({"kind": "outcom"}, "unknown kind of figure 'outcom'. Did you mean 'outcome'"),
        ({"size": "collumn"}, "unknown size 'collumn'. Did you mean 'column'"),
        ({"out": "figure.jpg"}, r"out='figure.jpg' must end in .pdf, .svg, .png"),
        ({"policies": "ppo_scorr"}, "unknown policy 'ppo_scorr'"),
        ({"scenarios": ["Tiny-v0"]}, "unknown scenario 'Tiny-v0'"),
        ({"only": {"slip": 0.2}}, "unknown value for only.slip '0.2'"),
        ({"only": {"slap": 0.2}}, "only.slap: unknown axis 'slap'. Did you mean 'slip'"),
        ({"x": "slip", "hue": "student.slip"}, "slip is shown twice"),
        ({"x": "slip", "hue": "gamma", "col": "policy"}, "guess varies and is shown nowhere"),
        ({"kind": "mastery"}, "slip varies|guess varies and is shown nowhere"),
        ({"kind": "mastery", "x": "slip"}, "has an x of its own"),
        ({"kind": "training", "policies": "random"}, "nothing was trained"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_written(grid, tmp_path, monkeypatch, asked, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told):
        zpdgym.figure(grid, **asked)
    assert not list(tmp_path.iterdir())


def test_too_many_colours_are_refused(grid, tmp_path):
    policies = zpdgym.load(grid).table()["policy"].unique().tolist()
    with pytest.raises(InputError, match="10 values of policy are more than colours can tell apart"):
        zpdgym.figure(grid, x="slip", policies=policies, out=tmp_path / "figure.pdf")


def test_the_intervals_of_a_profile_hold_its_line(grid):
    folder = Folder.read(grid)
    every = taught_in(folder)
    grid_of = series.thresholds(every)
    for t in every[:4]:
        found = series.profile(t, grid_of)
        assert (found.low <= found.value + 1e-12).all()
        assert (found.value <= found.high + 1e-12).all()
        assert (found.value[:-1] >= found.value[1:]).all()


def test_without_a_grid_there_is_a_row_for_every_policy(grid, tmp_path):
    folder = tmp_path / "plain"
    shutil.copytree(grid, folder)
    about = json.loads((folder / "experiment.json").read_text())
    label = "Tiny-v0,slip=0.3,guess=few"
    del about["axes"], about["compared"][label]["axes"]
    about["compared"] = {label: about["compared"][label]}
    for runs in about["compared"][label]["policies"]:
        runs.pop("axes", None)
    write_again(folder, about)
    drawn = zpdgym.figure(folder, out=tmp_path / "rows.svg", size="column")
    assert "no teaching" in drawn.path.read_text()  # texts are outlines, and stand beside them as comments


def test_the_command_line_draws_and_prints_the_caption(grid, tmp_path, capsys):
    out = tmp_path / "figure.pdf"
    variant = "policies=mastery_tuned,ppo_scorer,gamma=0.9"
    assert main(["figure", str(grid), "x=student.slip", variant, f"out={out}", "col=guess"]) == 0
    assert capsys.readouterr().out.startswith(f"{out}\ngrid: mean share of exam items right")
    for wrong, told in (
        ([], "figure needs the folder of a comparison"),
        ([str(grid), "colour=slip"], "unknown key 'colour'. Did you mean 'col'"),
        ([str(grid), "x=slip", "x=guess"], "x is given twice"),
        ([str(grid), "x="], "x= needs a value"),
        ([str(grid), "--x"], "figure takes no options"),
    ):
        assert main(["figure", *wrong]) == 2
        assert told in capsys.readouterr().err


def test_the_caption_says_what_is_left_out_and_what_was_repeated(grid, tmp_path):
    drawn = zpdgym.figure(grid, kind="mastery", only={"guess": "few"}, col="slip", out=tmp_path / "a.pdf")
    assert "Tiny-v0, guess few." in drawn.caption
    untrained = zpdgym.figure(grid, policies=["mastery", "random"], x="slip", col="guess", out=tmp_path / "b.pdf")
    assert "training seed" not in untrained.caption
    assert "intervals over students" in untrained.caption
