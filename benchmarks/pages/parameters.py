"""Writes the tables of the pages again that come from the code: ``python -m benchmarks.pages.parameters``.

A page holds ``<!-- parameters of zpdgym.students.BKT -->`` and ``<!-- end -->``; the table between them is made from
the class's ``PARAMETERS`` and the defaults of its constructor. Between ``<!-- list of policies -->`` and the end stands
a row for every file in ``configs/policy``, likewise for ``<!-- list of students -->``. A test compares.
"""

from __future__ import annotations

import re
from pathlib import Path

from zpdgym.agents import build_policy, load_policy, policy_names
from zpdgym.agents.registry import policy_sentence
from zpdgym.configs.build import TARGET, config_files, load, read_yaml
from zpdgym.parameters import markdown

DOCS = Path(__file__).resolve().parents[2] / "docs"
PLACE = re.compile(r"(<!-- parameters of ([\w.]+) -->\n).*?(<!-- end -->)", re.DOTALL)
POLICIES = re.compile(r"(<!-- list of policies -->\n).*?(<!-- end -->)", re.DOTALL)
STUDENTS = re.compile(r"(<!-- list of students -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = re.compile(r"# (?P<sentence>.+)\n(?:#.*\n)*?# Page: docs/students/(?P<page>[\w.-]+)\n")


def renewed(page: str) -> str:
    """The page with every table as the code has it."""
    page = POLICIES.sub(lambda found: f"{found[1]}{list_of_policies()}\n{found[2]}", page)
    page = STUDENTS.sub(lambda found: f"{found[1]}{list_of_students()}\n{found[2]}", page)
    return PLACE.sub(lambda found: f"{found[1]}{markdown(load(found[2], 'page'))}\n{found[3]}", page)


def list_of_policies() -> str:
    """A row for every bundled policy, page by page: its file's sentence, what it looks at, whether it is tuned.

    Raises:
        ValueError: a policy has no page with a heading that names it.
    """
    pages = {page: page.read_text(encoding="utf-8") for page in sorted((DOCS / "policies").glob("*.md"))}
    found = []
    for name in policy_names():
        own = [page for page, text in pages.items() if re.search(rf"^#.*`{name}`", text, re.MULTILINE)]
        if not own:
            raise ValueError(f"policy {name}: no page in docs/policies has a heading with `{name}`")
        spec = load_policy(name)
        looks = "what its teacher was trained on"
        if name != "saved":
            policy = build_policy(spec)
            anything = "everything that is shown" if policy.learnt else "nothing"
            looks = "privileged: the truth" if policy.privileged else ", ".join(sorted(policy.needs)) or anything
        told = policy_sentence(name).replace("<", "&lt;")
        link, tuned = f"[{own[0].stem}]({own[0].name})", "yes" if "tune" in spec else ""
        found.append((link, name, f"| `{name}` | {told} | {looks} | {tuned} | {link} |"))
    head = ["| policy | in a sentence | looks at | tuned | page |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(row for _, _, row in sorted(found))])


def list_of_students() -> str:
    """A row for every bundled student, family by family: its file's sentence and the page that its file names.

    Raises:
        ValueError: a file does not begin with a sentence and its page.
    """
    found = []
    for name, path in config_files("student").items():
        head = HEAD.match(path.read_text(encoding="utf-8"))
        if not head:
            raise ValueError(f"student {name}: its file does not begin with a sentence and its page")
        module = load(str(read_yaml(path)[TARGET]), name).__module__.removeprefix("zpdgym.students.").split(".")
        family = module[0].replace("_", " ")
        row = f"| {family} | `{name}` | {head['sentence']} | [{head['page'].removesuffix('.md')}]({head['page']}) |"
        found.append((len(module) == 1, family, head["page"], name, row))  # a model without a family comes last
    return "\n".join(
        ["| family | `student=` | in a sentence | page |", "|---|---|---|---|", *(f[-1] for f in sorted(found))]
    )


def main() -> None:
    for path in sorted(DOCS.rglob("*.md")):
        page = path.read_text(encoding="utf-8")
        if (new := renewed(page)) != page:
            path.write_text(new, encoding="utf-8")
            print(path.relative_to(DOCS))


if __name__ == "__main__":
    main()
