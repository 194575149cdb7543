"""A script in the percent format, run cell by cell: a page with what every cell printed and drew."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.site.pictures import as_file
from benchmarks.site.staging import Staging

CELL = re.compile(r"^# %%(?P<kind> \[markdown\])?\n", re.MULTILINE)
DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


def cells(script: str) -> Iterator[tuple[bool, str]]:
    """The cells of a script: whether each is text, and what is in it."""
    before, *parts = CELL.split(script)
    if before.strip():
        raise ValueError("a script begins with '# %%'")
    for kind, body in zip(parts[::2], parts[1::2], strict=True):
        text = kind is not None
        yield text, "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.splitlines()) if text else body


def run(body: str, namespace: dict[str, object], name: str) -> tuple[str, object]:
    """What a cell prints, and the value of the expression that it ends with; None without one."""
    tree, said, value = ast.parse(body, name), io.StringIO(), None
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    with contextlib.redirect_stdout(said):
        exec(compile(tree, name, "exec"), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
    return said.getvalue(), value


def rendered(script: Path) -> tuple[str, dict[str, str]]:
    """The page of a script, and the pictures on it by their file names; it is run in an empty folder.

    Raises:
        Exception: whatever a cell raises.
    """
    parts: list[str] = []
    drawn: dict[str, str] = {}
    namespace: dict[str, object] = {"__name__": "__main__"}
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for is_text, body in cells(script.read_text(encoding="utf-8")):
                if is_text:
                    parts.append(body.strip())
                    continue
                parts.append(f"```python\n{body.strip()}\n```")
                printed, value = run(body, namespace, script.name)
                if printed.strip():
                    parts.append(f"```text\n{printed.rstrip()}\n```")
                if str(value).startswith("<svg"):
                    file = f"{script.stem}-{len(drawn) + 1}.svg"
                    drawn[file] = as_file(str(value))
                    said = DESCRIPTION.findall(str(value))[0]
                    parts.append(f'<div class="drawing"><img src="../_static/tutorial/{file}" alt="{said}"></div>')
                elif value is not None:
                    parts.append(f"```text\n{value!r}\n```")
        finally:
            os.chdir(here)
    return "\n\n".join(parts) + "\n", drawn


def write(staging: Staging, script: Path) -> None:
    """Run a script of the repository and write its page and its pictures."""
    text, drawn = rendered(script)
    to = Path("tutorial", f"{script.stem}.md")
    staging.write(to, staging.turned(text, script.relative_to(staging.root), to))
    for file, svg in drawn.items():
        staging.write(f"_static/tutorial/{file}", svg)
