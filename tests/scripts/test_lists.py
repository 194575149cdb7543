"""Lists and paths on the command line: names and paths with whatever signs, and values below one key."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from zpdgym.scripts import evaluate
from zpdgym.scripts.cli import main
from zpdgym.scripts.command.lists import parts
from zpdgym.scripts.command.overrides import as_one_key, as_typed, in_full

from tests.scripts.helpers import fails, settings

RULE = "_target_: zpdgym.agents.Streak\nname: {}\n"


@pytest.fixture
def files(tmp_path, monkeypatch) -> list[str]:
    """Policy files with names as people and programs make them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    places = ["results/Tiny-v0/ppo~0373/p.yaml", "my files/p.yaml", "a,b=1/p.yaml", "a,b/p.yaml", "it's [1] (2)/p.yaml"]
    for n, place in enumerate([*places, "home/p.yaml"]):
        path = Path(place)
        path.parent.mkdir(parents=True)
        path.write_text(RULE.format(f"rule{n}"))
    return [*places, "~/p.yaml"]


def policies(capsys, typed: str) -> list[str]:
    assert main(["compare", "scenario=tiny", f"policies={typed}", "--cfg", "job"]) == 0
    return [policy["name"] for policy in yaml.safe_load(capsys.readouterr().out)["policies"]]


@pytest.mark.parametrize("brackets", ["{}", "[{}]"])
def test_a_list_takes_paths_with_whatever_signs(files, capsys, brackets):
    names = [f"rule{n}" for n in range(len(files))]
    for file, name in zip(files, names, strict=True):
        assert policies(capsys, brackets.format(f"random,{file}")) == ["random", name]
        assert policies(capsys, brackets.format(f"{file},random")) == [name, "random"]
        assert policies(capsys, brackets.format(file)) == [name]
    assert policies(capsys, brackets.format(",".join(files))) == names


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("a,b", ["a", "b"]),
        ("a, b ", ["a", "b"]),
        ("streak,ppo_scorer,gamma=0.9,sm2", ["streak", "ppo_scorer,gamma=0.9", "sm2"]),
        ("Tiny-v0,slip=0.1,guess=0.2", ["Tiny-v0,slip=0.1,guess=0.2"]),
        ("{a: 1, b: 2},{a: 3}", ["{a: 1, b: 2}", "{a: 3}"]),
        ("'a,b',c", ["'a,b'", "c"]),
        ("it's,yours", ["it's", "yours"]),
        ("a,,b", ["a", "", "b"]),
    ],
)
def test_where_a_list_is_cut(typed, found):
    assert parts(typed) == found


def test_one_path_with_a_comma_is_no_sweep(files):
    assert settings(evaluate.VERB, "scenario=tiny", "policy=saved", "policy.path=a,b=1")["policy"]["path"] == "a,b=1"
    assert settings(evaluate.VERB, "scenario=tiny", "policy=a,b/p.yaml")["policy"]["name"] == "rule3"
    assert settings(evaluate.VERB, "scenario=tiny", "policy=random", "save=~/x.csv")["save"].endswith("/home/x.csv")


@pytest.mark.parametrize("key", ["student", "student.help", "policies.s~1.n", "1a", "-x", "größe.a", ""])
def test_a_dotted_key_comes_back_as_it_was(key):
    assert in_full(as_one_key(key)) == key
    assert as_typed(f"++grid.{as_one_key(key)}=[1,2]") == f"grid.{key}=[1,2]"


@pytest.mark.parametrize("flags", [(), ("-m",)])
@pytest.mark.parametrize("values", ["[.01,.1]", ".01,.1", "choice(.01,.1)"])
def test_an_axis_takes_its_values_however_a_list_is_written(monkeypatch, values, flags):
    asked = []

    def note(spec, **_):
        asked.append(spec)
        return SimpleNamespace(all_made=lambda: None, report="report.html")

    monkeypatch.setattr("zpdgym.experiments.comparison.compare.compare", note)
    assert main(["compare", *flags, "scenario=tiny", "policies=random", f"grid.student.slip={values}"]) == 0
    assert asked[0]["grid"] == {"student.slip": [0.01, 0.1]}


@pytest.mark.parametrize("turned", [False, True])
def test_a_section_and_a_number_in_it_may_both_be_axes(capsys, turned):
    axes = ["grid.student=[bkt,hints]", "grid.student.slip=[.1,.2]"]
    said = fails(capsys, "compare", "scenario=tiny", "policies=random", *(axes[::-1] if turned else axes))
    assert "unknown key 'student.slip'" in said  # hints have none, as in a file with these two axes


def test_an_axis_that_is_given_in_two_ways_is_refused(capsys):
    said = fails(capsys, "compare", "scenario=tiny", "grid.student={slip: [.1,.2]}", "grid.student.slip=[.3,.4]")
    assert "student.slip is given twice" in said


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("n_students=20,30", "n_students=20,30 gives several values: give one"),
        ("fewer_students.random=20,30", "fewer_students.random=20,30 gives several values: give one"),
        ("lessons=20,30", "lessons=20,30 gives several values: add -m"),
        ("scenario.student.slip=.1,.2", "scenario.student.slip=.1,.2 gives several values: add -m"),
    ],
)
def test_the_advice_on_several_values_is_followed_with_success(capsys, typed, says):
    assert says in fails(capsys, "compare", "scenario=tiny", "policies=random", typed)
