"""What people need to join in says what is so: changes, forms, workflow, hooks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from zpdgym.envs import Scenario

from tests.envs.test_golden import GOLDEN

ROOT = Path(__file__).resolve().parents[1]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def frozen_facts(name: str) -> str:
    """The row of a scenario in the changelog."""
    scenario = Scenario.load(name)
    sections, c = scenario.sections, scenario.curriculum
    schedule, groups = sections["schedule"], len(scenario.student.population.groups)
    student = sections["student"]["_target_"].removeprefix("zpdgym.students.") + f", {groups} groups" * (groups > 1)
    if "lessons" in schedule:
        time = f"{schedule['lessons']} lessons"
    else:
        each = "lessons" if "session_lessons" in schedule else "minutes"
        time = f"{schedule['sessions']} sessions of {schedule[f'session_{each}']} {each}"
    paid = f"{sections['reward']['kind']}, {sections['outcome']['primary']}"
    cells = (
        f"[{name}](docs/scenarios/{name}.md)",
        f"{c.n_skills}, {c.n_items}",
        student,
        f"{sections['belief']['kind']}, {sections['belief']['source'].replace('_', ' ')}",
        f"{time}; exam after {schedule['retention_days']} days",
        paid + ", may finish" * scenario.finish,
        ", ".join(sections["unexpected"]),
    )
    return f"| {' | '.join(cells)} |"


def test_the_changelog_tells_the_frozen_facts_of_every_published_scenario():
    table = read("CHANGELOG.md").partition("<!-- scenarios -->")[2].partition("<!-- end -->")[0].splitlines()[3:]
    told = [re.sub(r" [\d.]+ \|$", "", row) for row in table]
    assert told == [frozen_facts(name) for name in sorted({name for name, _ in GOLDEN})]


def test_the_changelog_has_a_section_for_this_version():
    assert f"\n## [{tomllib.loads(read('pyproject.toml'))['project']['version']}]" in read("CHANGELOG.md")
    assert "\n## [Unreleased]" in read("CHANGELOG.md")


@pytest.mark.parametrize("form", [f for f in FORMS if f.stem != "config"], ids=lambda path: path.stem)
def test_a_form_asks_questions_of_the_kinds_that_there_are(form):
    content = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert content["name"]
    assert content["description"].endswith(".")
    names = [part["id"] for part in content["body"]]
    assert len(set(names)) == len(names)
    for part in content["body"]:
        assert part["type"] in ("textarea", "input")
        assert part["attributes"]["label"]
    assert any(part.get("validations", {}).get("required") for part in content["body"])


def test_there_is_a_form_for_whatever_people_bring():
    assert {form.stem for form in FORMS} == {"bug", "student", "policy", "scenario", "config"}


def test_the_workflow_tests_every_version_that_the_package_names():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    named = [c.rpartition(" ")[2] for c in project["classifiers"] if re.search(r":: 3\.\d+$", c)]
    jobs: dict[str, Any] = yaml.safe_load(read(".github/workflows/checks.yml"))["jobs"]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == named
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    for job in jobs.values():
        commands = [step["run"] for step in job["steps"] if "run" in step]
        assert commands
        for command in commands:
            assert not re.search(r"https?://|index-url", command), command
            for target in re.findall(r"\bmake ([a-z-]+)", command):
                assert target in targets, command
            for path in re.findall(r"tests/\S+\.py", command):
                assert (ROOT / path).is_file(), command


def test_hooks_call_what_is_installed_here_and_fetch_nothing():
    for repository in yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]:
        assert repository["repo"] == "local"
        for hook in repository["hooks"]:
            assert hook["language"] == "system"
            assert hook["entry"].startswith(".venv/bin/")
            for path in re.findall(r"tests/\S+\.py", hook["entry"]):
                assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md", ".github/pull_request_template.md"])
def test_a_page_names_targets_that_make_has(page):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {target for words in re.findall(r"\bmake ((?:[a-z-]+ ?)+)`", read(page)) for target in words.split()}
    named |= set(re.findall(r"^    make ([a-z-]+)", read(page), re.MULTILINE))
    assert named
    assert named <= targets
