"""``zpdgym list``: what there is, and what one student, policy or scenario is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
import zpdgym
from zpdgym.configs.build import config_files, load
from zpdgym.parameters import rows
from zpdgym.scripts.cli import main

from tests.scripts.helpers import POLICY, ROOT

DECLARED = (
    POLICY
    + '''
from zpdgym.parameters import Number, Switch

class Declared(MyPolicy):
    """Always the same item, with a table."""
    PARAMETERS = {
        "threshold": Number("belief from which on a skill counts as mastered, so that the next one can be begun",
                            low=0, high=1, above=True, unit="belief"),
        "finish": Switch("whether it may end the teaching"),
    }
    def __init__(self, *, threshold=0.95, finish=True): self.item = 0
'''
)


def said(capsys, *arguments) -> str:
    """What the verb prints: no line is longer than 100 characters."""
    assert main(["list", *arguments]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 100
    return out


def value_of(text: str, name: str) -> list[str]:
    """The columns behind a name, where it stands first."""
    line, *_ = re.findall(rf"^ *{re.escape(name)} {{2,}}(.*)$", text, re.MULTILINE)
    return re.split(r" {2,}", line)


@pytest.mark.parametrize("name", zpdgym.list_students())
def test_every_student_is_described_with_its_parameters_and_page(name, capsys):
    text, section = said(capsys, "student", name), yaml.safe_load(config_files("student")[name].read_text())
    sentence = config_files("student")[name].read_text().splitlines()[0].removeprefix("# ")
    assert text.startswith(f"student {name}\n")
    assert " ".join(sentence.split()) in " ".join(text.split())
    assert value_of(text, "class") == [section["_target_"]]
    page = ROOT / value_of(text, "page")[0]
    assert page.parent.name == "students"
    assert name.partition("_")[0].rstrip("0123456789") in page.read_text()
    target = load(section["_target_"], name)
    for row in rows(target, section):
        assert row.name in ("curriculum", "population") or value_of(text, row.name)
    for trait, meaning in getattr(target, "TRAITS", {}).items():
        assert re.search(rf"^  {trait}  +{re.escape(meaning)}$", text, re.MULTILINE)


@pytest.mark.parametrize("name", zpdgym.list_policies())
def test_every_policy_is_described_with_its_parameters_and_page(name, capsys):
    text, section = said(capsys, "policy", name), yaml.safe_load(config_files("policy")[name].read_text())
    assert text.startswith(f"policy {name}\n")
    assert value_of(text, "kind")[0] in ("baseline", "learnt", "privileged")
    page = ROOT / value_of(text, "page")[0]
    assert f"`{name}`" in page.read_text()
    space = section.get("tune", {}).get("space", {})
    assert text.count("tuned on validation students") == bool(space)
    assert all(f"\n  {key} " in text.partition("tuned on validation")[2] for key in space)


@pytest.mark.parametrize("name", zpdgym.list_scenarios())
def test_every_scenario_is_described_with_what_can_be_changed(name, capsys):
    text = said(capsys, "scenario", name)
    assert (ROOT / value_of(text, "page")[0]).is_file()
    for fact in ("curriculum", "students", "schedule", "observation", "action", "reward", "outcome", "unexpected"):
        assert value_of(text, fact)
    for key in ("student.", "schedule.retention_days", "belief.kind", "outcome.smallest_difference"):
        assert f"\n  {key}" in text


def test_a_scenario_in_words_and_numbers(capsys):
    text = said(capsys, "scenario", "algebra")
    assert value_of(text, "curriculum") == ["30 skills, 122 items"]
    assert value_of(text, "schedule") == ["20 sessions of 30 minutes, 400 lessons at most; exam 14 days later"]
    assert value_of(text, "outcome") == ["exam; differences below 0.02 are not worth having"]
    assert value_of(text, "student.prior")[0] == "30 numbers, 0.047 … 0.881"
    assert value_of(text, "schedule.days_between") == ["[2, 2, 3]"]
    assert value_of(text, "unexpected.quick_forgetting") == ["another student"]


@pytest.mark.parametrize("key", ["student.durability=.1", "schedule.retention_days=3", "outcome.mastered_at=.9"])
def test_what_is_listed_as_changeable_can_be_changed(key, capsys):
    assert re.search(rf"^  {key.partition('=')[0]} ", said(capsys, "scenario", "tiny"), re.MULTILINE)
    assert main(["evaluate", "scenario=tiny", "policy=random", f"scenario.{key}", "--cfg", "job"]) == 0


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group in ("experiment", "matrix") for name in config_files(group)]
)
def test_every_comparison_is_described_with_whom_it_compares_and_what_can_be_changed(group, name, capsys):
    text, section = said(capsys, group, name), yaml.safe_load(config_files(group)[name].read_text())
    assert text.startswith(f"{group} {name}\n")
    assert " ".join(config_files(group)[name].read_text().splitlines()[0].lstrip("# ").split()) in " ".join(
        text.split()
    )
    told = " ".join(text.split())
    for key in ("scenarios", "policies", "students", "unseen"):
        for one in section.get(key) or ():
            assert (one if isinstance(one, str) else one.get("name") or one["scenario"]) in told
    for key in ("n_students", "lessons", "cohort_seed", "tune_budget"):
        assert value_of(text, key) == [str(section.get(key, value_of(text, key)[0]))]
    assert any("experiment=" in line or "matrix=" in line for line in value_of(text, "try it"))


def test_an_experiment_of_ones_own_is_listed_and_described(capsys):
    Path("conf/experiment").mkdir(parents=True)
    Path("conf/experiment/mine.yaml").write_text(
        "# Whether it helps.\nscenarios: [tiny]\npolicies: [streak]\nseeds: 3\n"
    )
    text = said(capsys, "experiment", "mine", "--config-dir", "conf")
    assert text.startswith("experiment mine\nWhether it helps.\n")
    assert value_of(text, "seeds")[0] in ("3", "[0, 1, 2]")
    assert re.search(r"^  mine +Whether it helps\.", said(capsys, "experiments", "--config-dir=conf"), re.M)
    Path("conf/experiment/mine.yaml").write_text("scenarios: [tiny]\npolicies: [streak]\nsedes: 3\n")
    assert main(["list", "experiment", "conf/experiment/mine.yaml"]) == 2
    assert "seeds" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["student", "students"])
def test_one_or_many_is_the_same_word(word, capsys):
    assert said(capsys, word, "FSRS6") == said(capsys, "student", "fsrs6")
    assert main(["list", word]) == 0
    assert capsys.readouterr().out.startswith("students\n")


def test_values_of_the_file_go_before_those_of_the_constructor(capsys):
    assert value_of(said(capsys, "policy", "mastery_tuned"), "threshold")[0] == "0.85"
    assert value_of(said(capsys, "policy", "mastery"), "threshold")[0] == "0.95"
    assert value_of(said(capsys, "policy", "mastery"), "cap")[0] == "0"


def test_declared_parameters_are_shown_with_range_unit_and_meaning(capsys):
    Path("mine.py").write_text(DECLARED)
    Path("mine.yaml").write_text("_target_: mine.Declared\nthreshold: 0.7\n")
    text = said(capsys, "policy", "mine.yaml")
    assert text.startswith("policy mine\nAlways the same item, with a table.\n")
    assert value_of(text, "threshold")[:3] == ["0.7", "(0, 1]", "belief"]
    assert value_of(text, "finish") == ["true", "true, false", "whether it may end the teaching"]
    assert "so that the next one can be begun" in " ".join(text.split())


def test_a_class_of_ones_own_without_a_table_shows_its_defaults(capsys):
    Path("mine.py").write_text(POLICY)
    Path("conf/policy").mkdir(parents=True)
    Path("conf/policy/steady.yaml").write_text("# One item for ever.\n_target_: mine.MyPolicy\nitem: 2\n")
    text = said(capsys, "policy", "steady", "--config-dir", "conf")
    assert text.startswith("policy steady\nOne item for ever.\n")
    assert value_of(text, "item") == ["2"]
    assert "declares no ranges" in text
    assert re.search(r"^  steady +baseline +One item for ever\.", said(capsys, "policies", "--config-dir=conf"), re.M)


def test_a_saved_teacher_says_what_it_needs(capsys):
    text = said(capsys, "policy", "saved")
    assert value_of(text, "path")[0] == "needed"
    assert value_of(text, "try it") == ["zpdgym evaluate scenario=kt6kc policy=saved policy.path=…"]
