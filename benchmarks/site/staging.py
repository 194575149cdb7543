"""The pages of the repository, laid out for Sphinx, with links that lead where the same links lead in the repository.

Pages are read in the repository, too, where ``../examples/own_policy.py`` leads to a file. In the site such a file has
a page of its own below ``files/``, which shows it. A page may link to whatever is in the repository, and to nothing
else: what does not exist is an error.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?\[[^\]]*\]\()([^)#\s]+)(#[^)\s]*)?(\))")
PICTURES = (".svg", ".png")
LANGUAGES = {".py": "python", ".yaml": "yaml", ".json": "json", ".toml": "toml", ".cff": "yaml"}
NESTED = ("verbs", "scenarios", "students", "policies")
"""Folders whose ``index.md`` leads to the pages beside it."""
LONGEST_SHOWN = 100_000
"""Bytes of a file that its page shows; a longer one can be downloaded from there."""


class BrokenLink(Exception):
    """A page links to something that is not in the repository."""


def place(path: Path) -> Path:
    """Where a file of the repository lies in the site's source: pages of docs/ at the top, the others in folders."""
    if path.suffix == ".md" and path.parts[0] == "docs":
        return path.relative_to("docs")
    if path.suffix == ".md" and len(path.parts) == 1:
        return Path("project", path.name)
    if path.suffix in PICTURES:
        return Path("pictures", path.name)
    return Path("files", f"{path.as_posix()}.md")


class Staging:
    """Copies pages into a folder and collects the files that they name.

    Args:
        source: the folder that Sphinx reads.
        root: the repository.
    """

    def __init__(self, source: Path, root: Path = ROOT) -> None:
        self.source, self.root = source, root
        self.files: set[Path] = set()

    def page(self, path: Path) -> None:
        """Copy one page, with its links turned to where their targets are in the site."""
        text = self.turned((self.root / path).read_text(encoding="utf-8"), path, place(path))
        if path.name == "index.md" and path.parent.name in NESTED:
            text += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
        self.write(place(path), text)

    def turned(self, text: str, path: Path, to: Path) -> str:
        """A text of the repository's file ``path`` with its links turned to lead on from ``to`` in the site.

        Raises:
            BrokenLink: a link leads to nothing in the repository.
        """
        parts = FENCE.split(text)
        parts[::2] = [LINK.sub(lambda found: self._link(path, to, found), part) for part in parts[::2]]
        return "".join(parts)

    def write(self, to: Path | str, text: str) -> None:
        """Write a page of the site's source."""
        target = self.source / to
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def _link(self, page: Path, to: Path, found: re.Match[str]) -> str:
        before, target, anchor, after = found.groups()
        if re.match(r"[a-z]+:", target):
            return found.group()
        path = Path(os.path.normpath(page.parent / target))
        if path.parts[0] == ".." or not (self.root / path).exists():
            raise BrokenLink(f"{page}: {target} is not in the repository")
        if path.suffix in PICTURES:
            (self.source / place(path)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / path, self.source / place(path))
        elif place(path).parts[0] == "files":
            self.files.add(path)
        there = os.path.relpath(place(path), to.parent)
        return f"{before}{Path(there).as_posix()}{anchor or ''}{after}"

    def file_pages(self) -> list[str]:
        """Write a page for every file and folder that was named; their names in the site, sorted."""
        waiting, done = set(self.files), set()
        while waiting:
            path = min(waiting)
            waiting.discard(path)
            done.add(path)
            if (self.root / path).is_dir():
                waiting |= self._folder_page(path) - done
            else:
                self._file_page(path)
        return [place(path).with_suffix("").as_posix() for path in sorted(done)]

    def _folder_page(self, path: Path) -> set[Path]:
        """Write a page that lists a folder; what is in it."""
        inside = [p.relative_to(self.root) for p in sorted((self.root / path).iterdir())]
        inside = [p for p in inside if not p.name.startswith((".", "__")) and p.suffix not in PICTURES]
        lines = [f"* [`{p.name}`]({path.name}/{p.name}.md)" for p in inside]
        self.write(place(path), f"# `{path.as_posix()}/`\n\n" + "\n".join(lines) + "\n")
        return set(inside)

    def _file_page(self, path: Path) -> None:
        copy = self.source / "_copies" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.root / path, copy)
        language = LANGUAGES.get(path.suffix, "text")
        shown = f"```{{literalinclude}} /_copies/{path.as_posix()}\n:language: {language}\n```\n"
        if copy.stat().st_size > LONGEST_SHOWN:
            shown = "The file is long; download it to read it.\n"
        self.write(
            place(path), f"# `{path.as_posix()}`\n\n{{download}}`Download </_copies/{path.as_posix()}>`\n\n{shown}"
        )
