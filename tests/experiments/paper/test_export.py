"""What a paper needs of a comparison: LaTeX that compiles, data, methods and sources."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import zpdgym
from zpdgym.errors import InputError
from zpdgym.experiments.paper.drawing import WIDTHS
from zpdgym.experiments.paper.latex import IMPOSSIBLE, KINDS, MARKS, environment, escaped, table
from zpdgym.experiments.reading.folder import Folder
from zpdgym.experiments.statistics import VERDICTS
from zpdgym.scripts.cli import main

from tests.experiments.made_grid import made, small

_COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.DOTALL)
_KNOWN = {
    "begin", "end", "caption", "label", "centering", "footnotesize", "toprule", "midrule", "bottomrule", "endhead",
    "endfirsthead", "ref", "rightarrow", "multicolumn", "textit", "setlength", "tabcolsep",
    "cite", "input", "includegraphics", "nocite", "bibliographystyle", "bibliography", "documentclass", "usepackage",
    "section*", "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar",
    "textquotedbl", "times", "pm", "approx", "circ", ",", "%", "\\", "_", "&", "#", "$", "{", "}",
}  # fmt: skip


@pytest.fixture(scope="module")
def paper(grid, tmp_path_factory) -> Path:
    return zpdgym.export(grid, out=tmp_path_factory.mktemp("out") / "paper").folder


def faults(text: str) -> list[str]:
    """What LaTeX would stumble over: unbalanced braces and environments, bare special signs, rows of another length."""
    text = "\n".join(line for line in text.split("\n") if not line.startswith("%"))
    found = [f"command \\{name}" for name in _COMMAND.findall(text) if name not in _KNOWN]
    opened = list[str]()
    for kind, name in re.findall(r"\\(begin|end)\{([a-z*]+)\}", text):
        if kind == "begin":
            opened.append(name)
        elif not opened or opened.pop() != name:
            found.append(f"\\end{{{name}}}")
    found += [f"{name} is not ended" for name in opened]
    bare = re.sub(r"\\[^A-Za-z]", "", text)
    depth = 0
    for sign in bare:
        depth += (sign == "{") - (sign == "}")
        found += ["closed too early"] * (depth < 0)
    found += ["braces"] * (depth != 0) + ["mathematics is not ended"] * (bare.count("$") % 2)
    columns = re.search(r"\\begin\{(?:tabular|longtable)\}\{([lr]+)\}", text)
    outside = re.sub(r"\$[^$]*\$", "", re.sub(r"\\(label|nocite)\{[^}]*\}", "", bare))
    found += [f"bare {sign}" for sign in "_^#%~" if sign in outside]
    for line in text.split("\n"):
        cells = len(re.findall(r"(?<!\\)&", line))
        if cells and (columns is None or cells != len(columns[1]) - 1):
            found.append(f"{cells + 1} cells: {line[:40]}")
    return found


@pytest.mark.parametrize("file", ["table.tex", "methods.tex", "paper.tex"])
def test_latex_has_no_fault_that_can_be_seen_without_it(paper, file):
    assert faults((paper / file).read_text()) == []


@pytest.mark.parametrize("text", ["a & b", "50 % of it", "x_y", "\\begin{table}", "{", "$x", "\\oops"])
def test_the_lint_finds_faults(text):
    assert faults(text)


@pytest.mark.parametrize("text", ['a&b_c%d#e$f{g}h^i~j\\k<l>m|n"o', "[x] – “y”", "日本 é"])
def test_every_text_can_be_a_name(text):
    assert faults(escaped(text)) == []
    assert all(sign <= "\u017f" for sign in escaped(text))


def long_table() -> str:
    """A table that runs over two pages."""
    lines = ["x & 1 \\\\"] * 90
    return environment(["name", "number"], lines, columns="lr", caption="Many.", label="tab:many", count=90)


def test_a_table_of_several_pages_has_its_caption_and_its_label_once():
    assert faults(long_table()) == []
    assert long_table().count("\\caption") == long_table().count("\\label") == 1
    head, _, rest = long_table().partition("\\endfirsthead")
    assert "\\label{tab:many}" in head
    assert rest.index("\\ref{tab:many}, continued") < rest.index("\\endhead")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_a_table_of_several_pages_compiles_without_a_warning(tmp_path):
    packages = "".join(f"\\usepackage{name}\n" for name in ("[T1]{fontenc}", "{booktabs}", "{longtable}"))
    whole = f"\\documentclass{{article}}\n{packages}\\begin{{document}}\n{long_table()}\\end{{document}}\n"
    (tmp_path / "many.tex").write_text(whole)
    for _ in range(4):  # the widths of a long table settle late
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "many"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert "Warning" not in (tmp_path / "many.log").read_text(encoding="latin-1")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_the_paper_compiles(paper):
    for command in (["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper"], ["bibtex", "paper"]):
        subprocess.run(command, cwd=paper, check=True, capture_output=True, timeout=120)
    assert (paper / "paper.pdf").stat().st_size > 0


def test_a_figure_of_a_page_fits_beside_the_margins(paper):
    margin = re.search(r"a4paper,margin=(\d+)mm", (paper / "paper.tex").read_text())
    assert margin is not None
    assert 210 - 2 * int(margin[1]) >= 25.4 * WIDTHS["page"]


def test_the_table_has_every_policy_with_the_numbers_of_the_comparison(paper, grid):
    rows = [line for line in (paper / "table.tex").read_text().split("\n") if line.endswith("\\\\")][1:]
    table = zpdgym.load(grid).table()
    assert len(rows) == len(table)
    for line, (_, row) in zip(rows, table.iterrows(), strict=True):
        assert line.startswith(f"{row['slip']:g} & {row['guess']} & {escaped(row['policy'])}")
        assert f"${row['outcome']:.3f}$" in line
        verdict = row["vs_tuned_verdict"]
        assert verdict not in MARKS or MARKS[verdict] in line
    assert set(MARKS) == set(VERDICTS)
    caption = (paper / "table.tex").read_text()
    assert all(f"{mark} " in caption for mark in MARKS.values())


def test_the_data_are_those_of_the_frames(paper, grid):
    results = zpdgym.load(grid)
    for name in ("table", "runs", "students", "curves", "training"):
        assert len(pd.read_csv(paper / "csv" / f"{name}.csv")) == len(getattr(results, name)())


def test_the_methods_tell_what_was_done(paper, grid):
    text = (paper / "methods.md").read_text()
    about = json.loads((grid / "table.json").read_text())
    verdicts = next(iter(about["scenarios"].values()))["verdicts"]
    for told in (
        "60 simulated test students (cohort seed 0)",
        "Another 40 validation students",
        "a budget of at most 2 settings",
        "ppo_scorer was trained on 600 lessons with 3 training seeds",
        "slip: 0.05, 0.3; guess: few, many; gamma: 0.5, 0.9",
        f"for all {verdicts} differences",
        "a difference of 0.02",
        "numpy ",
        "mastery_tuned (policy) [@corbett1995]",
    ):
        assert told in text
    keys = set(re.findall(r"@(\w+)[\];]", text))
    assert keys <= set(re.findall(r"^@\w+\{(\w+),", (paper / "references.bib").read_text(), re.MULTILINE))


def test_what_cannot_be_drawn_is_said(grid, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    assert main(["export", str(grid), f"out={tmp_path / 'p'}", "formats=[figures]"]) == 0
    said = capsys.readouterr().out
    assert "figures/outcome.pdf" in said
    assert all(
        f"figures/{kind}-{i}.pdf" in said for kind in ("training", "mastery", "profile", "pareto") for i in (1, 2)
    )
    assert "no figures" not in said
    untrained = made(small(policies=["streak"], grid={}, name="untrained"), tmp_path)
    assert main(["export", str(untrained), f"out={tmp_path / 'q'}", "formats=[figures]"]) == 0
    assert "no figures/training.pdf: " in capsys.readouterr().out


def test_a_wrong_format_is_refused_and_nothing_written(grid, tmp_path):
    with pytest.raises(InputError, match="unknown format 'latex'"):
        zpdgym.export(grid, out=tmp_path / "p", formats=["latex"])
    with pytest.raises(InputError, match=r"formats=\[\] must be some of"):
        zpdgym.export(grid, out=tmp_path / "p", formats=[])
    assert not (tmp_path / "p").exists()


def test_a_row_that_wins_where_nobody_can_is_marked(grid):
    folder = Folder.read(grid)
    label, scenario = next(iter(folder.table.scenarios.items()))
    first, *others = scenario.policies
    planted = replace(scenario, policies=(replace(first, beats_control="above the bound"), *others))
    assert IMPOSSIBLE not in table(folder)
    vars(folder)["table"] = replace(folder.table, scenarios={**folder.table.scenarios, label: planted})
    told = table(folder)
    assert faults(told) == []
    assert told.count(IMPOSSIBLE) == 2  # the row, and what it means
    assert f"{escaped(first.policy)}{KINDS[first.kind]}{IMPOSSIBLE} &" in told
