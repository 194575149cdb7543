"""What a grid was asked is answered wherever its results go: LaTeX, CSV, methods, data frames."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
import zpdgym
from zpdgym.errors import InputError
from zpdgym.scripts.cli import main

from tests.experiments.paper.test_export import faults

TABLES = {"asked": ("contrasts", "sensitivity"), "drawn": ("draws", "contrasts", "worlds"), "cohorts": ("worlds",)}
FRAMES = {
    "asked": ("contrasts", "sensitivity", "crossings"),
    "drawn": ("contrasts", "worlds", "over_worlds"),
    "cohorts": ("worlds", "over_worlds"),
}


@pytest.fixture(params=sorted(TABLES))
def exported(request, tmp_path):
    folder = request.getfixturevalue(request.param)
    formats = ["tex", "csv", "methods", "bib"]
    return request.param, folder, zpdgym.export(folder, out=tmp_path / "paper", formats=formats).folder


def test_every_answer_is_a_table_in_latex_that_the_paper_puts_in(exported):
    name, _, paper = exported
    whole = (paper / "paper.tex").read_text()
    for table in TABLES[name]:
        text = (paper / f"{table}.tex").read_text()
        for part in text.split("\n\n"):
            assert faults(part) == []
        assert f"\\input{{{table}}}" in whole
        assert f"\\label{{tab:{name}-{table}}}" in text


def test_every_answer_is_a_frame_and_a_file_of_data(exported):
    name, folder, paper = exported
    results = zpdgym.load(folder)
    for frame in FRAMES[name]:
        found = getattr(results, frame)()
        assert len(found) == len(pd.read_csv(paper / "csv" / f"{frame}.csv")) > 0


def test_what_was_not_asked_is_said_in_one_line(grid, tmp_path):
    for frame, key in (("contrasts", "contrasts="), ("crossings", "sensitivity="), ("worlds", "cohorts=")):
        with pytest.raises(InputError, match=rf"has no {frame}: zpdgym compare … .*{key}"):
            getattr(zpdgym.load(grid), frame)()
    files = {path.name for path in zpdgym.export(grid, out=tmp_path / "p", formats=["tex", "csv"]).files}
    assert files == {"table.tex", "paper.tex", "table.csv", "runs.csv", "students.csv", "curves.csv", "training.csv"}


def test_the_frames_hold_the_numbers_of_the_answers(asked, drawn):
    rows = json.loads((asked / "contrasts.json").read_text())["rows"]
    frame = zpdgym.load(asked).contrasts()
    assert frame["difference"].tolist() == [row["difference"] for row in rows]
    assert set(frame["slip"].dropna()) == {0.0123456, 0.05, 0.3}
    worlds = zpdgym.load(drawn).worlds()
    runs = zpdgym.load(drawn).runs(policies="streak")
    assert worlds["student.slip"].tolist() == runs["student.slip"].tolist()
    assert runs["draw"].tolist() == worlds["world"].tolist() == [0, 1, 2]
    assert runs["student.slip"].between(0.05, 0.3).all()
    assert set(runs["student.guess"]) <= {0.1, 0.2}


def test_a_changed_answer_is_refused(asked, tmp_path):
    import shutil

    folder = tmp_path / "copied"
    shutil.copytree(asked, folder)
    text = (folder / "contrasts.json").read_text()
    (folder / "contrasts.json").write_text(text.replace('"rows"', '"rwos"'))
    with pytest.raises(InputError, match=r"contrasts\.json: ContrastTable has no rows"):
        zpdgym.load(folder).contrasts()


def test_the_methods_name_what_was_asked_and_its_correction(asked, tmp_path):
    text = (zpdgym.export(asked, out=tmp_path / "p", formats=["methods"]).folder / "methods.md").read_text()
    verdicts = json.loads((asked / "contrasts.json").read_text())["verdicts"]
    for told in (
        "mine - mastery_tuned by slip; streak - mine",
        f"for all {verdicts} rows of the contrasts together",
        "Where along slip the lead changes",
        "in Tiny-v0 (changed: student.guess), in a grid of 3 cells",
        "The scenario has 3 skills and at most 6 lessons",
        "0 days after the last lesson",
        "Its students: BKT (a student who knows a skill or does not",
    ):
        assert told in text
    assert "retention_days" not in text


@pytest.mark.parametrize(("which", "seeds"), [("drawn", "0, 1, 2"), ("cohorts", "5, 6, 7")])
def test_the_methods_say_who_is_taught_in_every_world(request, tmp_path, which, seeds):
    folder, word = request.getfixturevalue(which), {"drawn": "draw", "cohorts": "cohort"}[which]
    text = (zpdgym.export(folder, out=tmp_path / "p", formats=["methods"]).folder / "methods.md").read_text()
    assert "Every policy taught the same" not in text
    assert f"In each of 3 {word}s every policy taught the same 60 simulated test students" in text
    assert f"every {word} has other people (cohort seeds {seeds})" in text
    assert f"Student's t over {word}s" in text
    assert ("drawn by lot: student.slip" in text) == (which == "drawn")


def test_the_methods_count_training_seeds_in_each_world(tmp_path_factory, tmp_path):
    from tests.experiments.made_grid import made, small

    spec = small(name="trained", seeds=2, lessons=300, cohorts=2, n_students=20, n_validation=20)
    del spec["grid"]
    folder = made(spec, tmp_path_factory.mktemp("trained"))
    text = (zpdgym.export(folder, out=tmp_path / "p", formats=["methods"]).folder / "methods.md").read_text()
    assert re.search(r"ppo_scorer was trained on \d+ lessons with 2 training seeds;", text)


def test_what_somebody_changed_is_left_alone(asked, tmp_path, capsys):
    out = tmp_path / "paper"
    run = ["export", str(asked), f"out={out}", "formats=[tex,methods,bib]"]
    assert main(run) == 0
    assert "left as they are" not in capsys.readouterr().out
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    for name in ("paper.tex", "contrasts.tex"):
        (out / name).write_text("mine\n")
    (out / "methods.md").unlink()
    assert main(run) == 0
    said = capsys.readouterr().out.splitlines()
    assert (
        said[-1]
        == f"changed since they were written, and left as they are: {out / 'contrasts.tex'}, {out / 'paper.tex'}"
    )
    assert str(out / "paper.tex") not in said[:-1]
    assert (out / "paper.tex").read_text() == "mine\n"
    assert (out / "methods.md").read_bytes() == before["methods.md"]
    (out / "paper.tex").unlink()
    assert main(run) == 0
    assert (out / "paper.tex").read_bytes() == before["paper.tex"]


def test_a_file_that_no_export_wrote_is_left_alone_and_what_one_wrote_is_renewed(asked, drawn, tmp_path):
    out = tmp_path / "paper"
    out.mkdir()
    (out / "references.bib").write_text("@misc{me}\n")
    first = zpdgym.export(asked, out=out, formats=["tex", "bib"])
    assert first.kept == (out / "references.bib",)
    again = zpdgym.export(drawn, out=out, formats=["tex", "bib"])
    assert again.kept == (out / "references.bib",)
    assert "tab:drawn" in (out / "table.tex").read_text()
    (out / "exported.json").write_text("[]")
    with pytest.raises(InputError, match=r"exported\.json holds no files and checksums: delete it"):
        zpdgym.export(drawn, out=out)
