"""What stands where in the site's menu; a page that is in no part of it is an error of the build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.site.staging import ROOT, Staging

PROJECT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
VERSIONS = "## What each version of a scenario keeps"
PARTS = {
    "Begin": ("guide/educator", "guide/engineer", "guide/researcher", "tutorial/*", "gallery/index"),
    "How to": ("curriculum", "how-to/make-your-own", "how-to/*", "robustness", "audit", "transfer", "calibration"),
    "Reference": ("scenarios/index", "versions", "students/index", "policies/index", "environment", "verbs/index",
                  "reference/index"),
    "Explanation": ("evidence", "report", "results/index", "decisions", "dependencies"),
    "Project": ("project/*", "files/index"),
}  # fmt: skip
"""Part of the menu -> its pages, in the order of reading."""


def pages() -> list[Path]:
    """The Markdown pages of the repository that the site shows."""
    found = [path.relative_to(ROOT) for path in sorted((ROOT / "docs").rglob("*.md"))]
    return [*map(Path, PROJECT), *found]


def toctree(entries: Sequence[str], *options: str) -> str:
    """A part of the menu."""
    return "\n```{toctree}\n" + "".join(f":{option}\n" for option in options) + "\n" + "\n".join(entries) + "\n```\n"


def versions(staging: Staging) -> None:
    """Write what each version of a scenario keeps as a page of its own, from the changelog."""
    text = (staging.root / "CHANGELOG.md").read_text(encoding="utf-8")
    part = text[text.index(VERSIONS) + 1 :].partition("\n## ")[0]
    staging.write("versions.md", staging.turned(part, Path("CHANGELOG.md"), Path("versions.md")))


def write(staging: Staging) -> None:
    """Write the pages that only the site has, and the menu below the first page."""
    versions(staging)
    files = staging.file_pages()
    lists = {
        # with the ending of the page: of a page on a README.md Sphinx would take its own name for the ending
        "files": ("Files that pages name", [f"{name.removeprefix('files/')}.md" for name in files]),
        "reference": ("Python", sorted(p.stem for p in (staging.source / "reference").glob("*.rst"))),
        "results": ("Results", sorted(p.stem for p in (staging.source / "results").glob("*.md"))),
    }
    for folder, (title, names) in lists.items():
        staging.write(f"{folder}/index.md", f"# {title}\n{toctree(names, 'maxdepth: 1')}")
    first = staging.source / "index.md"
    menu = [toctree(entries, f"caption: {caption}", "hidden:", "glob:") for caption, entries in PARTS.items()]
    first.write_text(first.read_text(encoding="utf-8") + "".join(menu), encoding="utf-8")
