"""The documentation keeps its word: snippets run and print what the page says, links lead somewhere, commands exist."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from pathlib import Path

import pytest
import yaml
from zpdgym.errors import InputError
from zpdgym.scripts.cli import VERBS
from zpdgym.scripts.command.overrides import understand

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"^<!-- not run:[^\n]*-->\n+```python\n.*?^```$", re.MULTILINE | re.DOTALL)
"""A snippet that needs what a test cannot have, such as the results of an hour."""
LONG = ("docs/policies/learnt.md", "docs/verbs/compare.md")
"""Pages whose snippets train teachers of several kinds, or make whole comparisons."""
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^    (zpdgym (?!VERB).*?)(?:  #.*)?$", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def with_snippets():
    """The pages that hold snippets; those that train or compare for long are slow."""
    for page in PAGES:
        if "```python" in page.read_text(encoding="utf-8"):
            name = name_of(page)
            yield pytest.param(page, id=name, marks=[pytest.mark.slow] if name in LONG else [])


@pytest.mark.parametrize("page", list(with_snippets()))
def test_the_snippets_of_a_page_run_and_print_what_it_says(page, tmp_path, monkeypatch):
    """Snippets of a page are run one after the other, beside ``docs``; a ``text`` block is their output."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__page__"}
    printed = ""
    for language, text in BLOCK.findall(NOT_RUN.sub("", page.read_text(encoding="utf-8"))):
        if language == "python":
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(compile(text, name_of(page), "exec"), namespace)
            printed = said.getvalue()
        elif language == "text" and printed:
            assert printed == text
            printed = ""


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor and linked.suffix == ".md":
            heads = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}, target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_a_page_names_are_there(page):
    for name in re.findall(r"`((?:tests|benchmarks)/[\w/.-]*)`", page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_are_understood(page, tmp_path, monkeypatch):
    """Every command of a page names verbs, keys and choices that there are; files of the user's own are made up."""
    monkeypatch.chdir(tmp_path)
    for command in COMMAND.findall(page.read_text(encoding="utf-8")):
        _, verb, *arguments = command.replace("'", "").split()
        assert verb in VERBS, command
        for own in re.findall(r"[\w/~-]+\.(?:yaml|csv)", command):
            Path(own).parent.mkdir(parents=True, exist_ok=True)
            Path(own).touch()
        if verb in (
            "list",
            "report",
            "bounds",
            "plan",
            "figure",
            "export",
            "diff",
            "merge",
            "warm",
            "pack",
            "curriculum",
        ) or any(c in command for c in "[…"):
            continue
        module = importlib.import_module(f"zpdgym.scripts.{verb}")
        try:
            understand(module.VERB, arguments)
        except InputError as error:
            pytest.fail(f"{command}: {error}")


def test_every_verb_and_student_has_its_page():
    everything = " ".join(page.read_text(encoding="utf-8") for page in PAGES)
    for verb in VERBS:
        assert (ROOT / "docs" / "verbs" / f"{verb}.md").is_file(), verb
    for student in (ROOT / "configs" / "student").glob("*.yaml"):
        own_page = (ROOT / "docs" / "students" / f"{student.stem}.md").is_file()
        assert own_page or re.search(rf"[`=]{student.stem}`", everything), student.stem
    scenarios = " ".join(p.read_text(encoding="utf-8") for p in (ROOT / "docs" / "scenarios").glob("*.md"))
    for scenario in (ROOT / "configs" / "scenario").glob("*.yaml"):
        assert f"zpdgym/{scenario.stem}" in scenarios, scenario.stem


def test_every_policy_is_on_a_page_that_tells_its_parameters():
    """On a page that the index leads to, or on one that is named after it."""
    folder = ROOT / "docs" / "policies"
    pages = {page.name: page.read_text(encoding="utf-8") for page in folder.glob("*.md")}
    linked = set(LINK.findall(pages.pop("index.md")))
    policies = sorted((ROOT / "configs" / "policy").glob("*.yaml"))
    assert set(pages) - linked <= {f"{policy.stem}.md" for policy in policies}
    for policy in policies:
        own = " ".join(text for text in pages.values() if f"`{policy.stem}`" in text)
        assert own, policy.stem
        settings = yaml.safe_load(policy.read_text(encoding="utf-8"))
        for key in {*settings, *settings.get("tune", {}).get("space", ())} - {"_target_", "tune"}:
            assert re.search(rf"[`.]{key}[`:=]", own), f"{policy.stem}: {key}"
    assert "docs/policies/index.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(policies/index.md)" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
