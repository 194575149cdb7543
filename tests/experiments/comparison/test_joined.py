"""A comparison grows: what it held stays in its table, and what is left out is said."""

import io

import pytest
from rich.console import Console
from zpdgym.configs.build import read_yaml
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare

from tests.experiments.comparison.small import TINY, contents

SMALL = TINY | {"unexpected": False, "seeds": 1}


def made(spec, folder, **options):
    console = Console(file=io.StringIO(), width=200)
    found = compare(spec, results=folder, jobs=1, console=console, **options)
    return found, console.file.getvalue()


def policies(found):
    return {row["policy"] for row in next(iter(found.table["scenarios"].values()))["policies"]}


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """Greedy alone, then streak asked for in the same folder."""
    folder = tmp_path_factory.mktemp("results")
    first, _ = made(SMALL | {"policies": ["greedy_ready"]}, folder)
    second, said = made(SMALL | {"policies": ["streak"]}, folder)
    return folder, first, second, said


def test_asking_for_another_policy_adds_it(grown):
    _, first, second, said = grown
    assert policies(second) == policies(first) | {"streak"}
    assert second.made == 1
    assert "in this table from before, with 1 finished run: greedy_ready in Tiny-v0" in " ".join(said.split())
    assert {"greedy_ready", "streak"} == set(read_yaml(second.folder / "experiment.yaml")["policies"])


def test_growing_and_making_at_once_give_the_same_files(grown, tmp_path):
    folder, _, second, _ = grown
    at_once, _ = made(SMALL | {"policies": ["streak", "greedy_ready"]}, tmp_path)
    assert contents(at_once.folder) == contents(second.folder)
    again, said = made(SMALL | {"policies": ["streak", "greedy_ready"]}, folder)
    assert again.made == 0
    assert "from before" not in said


def test_more_verdicts_make_a_wider_correction(grown):
    _, first, second, _ = grown
    one, two = (next(iter(found.table["scenarios"].values()))["verdicts"] for found in (first, second))
    assert two > one


def test_drop_leaves_out_and_says_so(grown):
    folder, _, second, _ = grown
    left, said = made(SMALL | {"policies": ["greedy_ready"]}, folder, drop=["streak"])
    assert policies(left) == policies(second) - {"streak"}
    assert "streak is left out of this table (drop=); its runs stay where they are" in " ".join(said.split())
    assert (folder / "tiny" / "Tiny-v0" / "streak" / "seed0" / "done").exists()
    back, _ = made(SMALL | {"policies": ["streak"]}, folder)
    assert policies(back) == policies(second)
    assert back.made == 0


@pytest.mark.parametrize(
    ("drop", "says"),
    [
        (["mastery"], "is a reference line"),
        (["streek"], "streak"),
        (["greedy_ready", "streak"], "leaves no policy"),
        (["Tiny-v0"], "leaves no scenario"),
    ],
)
def test_what_cannot_be_dropped_is_refused(grown, drop, says):
    folder, *_ = grown
    before = contents(folder / "tiny")
    with pytest.raises(InputError, match=says):
        made(SMALL | {"policies": ["streak"]}, folder, drop=drop)
    assert contents(folder / "tiny") == before


def test_runs_of_other_settings_are_listed_and_not_in_the_table(grown, tmp_path):
    folder = tmp_path
    made(SMALL | {"policies": ["streak"]}, folder)
    found, said = made(SMALL | {"policies": ["random"], "cohort_seed": 3}, folder, rerun=True)
    assert "streak" not in policies(found)
    assert "not in this table: Tiny-v0/streak: made with other settings or other code" in " ".join(said.split())


def test_another_scenario_is_added(grown, tmp_path):
    made(SMALL | {"policies": ["streak"]}, tmp_path)
    other = {"scenario": "tiny", "change": {"student.learn": 0.4}, "name": "quick"}
    found, said = made(SMALL | {"policies": ["streak"], "scenarios": [other]}, tmp_path)
    assert set(found.table["scenarios"]) == {"quick", "Tiny-v0"}
    assert "Tiny-v0" in said
    dropped, _ = made(SMALL | {"policies": ["streak"], "scenarios": [other]}, tmp_path, drop=["Tiny-v0"])
    assert set(dropped.table["scenarios"]) == {"quick"}


def test_a_specification_that_cannot_be_read_is_said(grown, tmp_path):
    first, _ = made(SMALL | {"policies": ["streak"]}, tmp_path)
    (first.folder / "experiment.yaml").write_text("name: [\n")
    _, said = made(SMALL | {"policies": ["random"]}, tmp_path)
    assert "what was there cannot be read" in said


def test_questions_about_what_is_dropped_go_with_it_and_their_files_too(tmp_path):
    asked = SMALL | {
        "policies": ["streak", "greedy_ready"],
        "contrasts": ["streak - mastery", "greedy_ready - mastery"],
    }
    found, _ = made(asked, tmp_path)
    assert (found.folder / "contrasts.csv").read_text().count("streak - mastery") == 1
    _, said = made(asked, tmp_path, drop=["streak"])
    assert "not asked any more: streak - mastery" in said
    assert "streak" not in (found.folder / "contrasts.csv").read_text()
    _, said = made(asked | {"contrasts": []}, tmp_path, drop=["greedy_ready"])
    assert "not asked any more: greedy_ready - mastery" in said
    assert not list(found.folder.glob("contrasts.*"))


def test_a_policy_with_variants_is_dropped_with_them(tmp_path):
    spec = SMALL | {"policies": ["streak", "greedy_ready"], "grid": {"policies.streak.n": [2, 3]}}
    made(spec, tmp_path)
    left, _ = made(spec, tmp_path, drop=["streak"])
    assert not [name for name in policies(left) if name.startswith("streak")]
