"""Gathers every sentence of the page in ``report.pot``: ``python -m zpdgym.experiments.language.extract``.

The template is kept beside the modules. Translators copy it to a file of their own, such as ``de.po``, with any program
that knows this format.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from zpdgym.files import write_bytes

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

EXPERIMENTS = Path(__file__).resolve().parent.parent
TEMPLATE = Path(__file__).resolve().parent / "report.pot"
FOLDERS = ("comparison", "figures", "packed", "play", "questions", "report")
"""Where sentences of the page are written."""
TR, TR_MANY, TEXTS = "tr", "tr_many", "texts"
SCRIPTS = {"tr": None, "sentence": None, "texts": None, "trMany": (1, 2)}
TEMPLATES = {"parse_template_string": True}
"""Sentences inside of ``${…}`` count as well."""
HEADER = """\
# Every sentence of zpdgym's report.
# Copy this file to one for your language, such as de.po, fill in its sentences,
# and make a page with it: zpdgym report FOLDER lang=de.po
#"""

Message = str | tuple[str, str]


def template() -> Catalog:
    """All sentences of the page, sorted, with the files that they are said in.

    Raises:
        ValueError: something is said that is not written out where it is said.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract

    found = Catalog(project="zpdgym", version="", header_comment=HEADER)
    for folder in FOLDERS:
        for file in sorted((EXPERIMENTS / folder).rglob("*.py")):
            for message in messages(file):
                found.add(message, locations=[(_place(file), 0)])
        for file in sorted((EXPERIMENTS / folder).rglob("src/*.js")):
            with file.open("rb") as text:
                for _, message, _, _ in extract("javascript", text, SCRIPTS, options=TEMPLATES):
                    plural = isinstance(message, tuple) and len(message) == 2
                    found.add(message if plural else _only(message), locations=[(_place(file), 0)])
    for message in found:
        message.flags.discard("python-format")  # a per cent is a per cent: names are in braces
    return found


def _only(message: str | tuple[str, ...]) -> str:
    return message if isinstance(message, str) else message[0]


def _place(file: Path) -> str:
    return file.relative_to(EXPERIMENTS).as_posix()


def messages(file: Path) -> Iterator[Message]:
    """The sentences of a Python file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == TR:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield _written(first, file)
            elif isinstance(first, ast.JoinedStr | ast.BinOp | ast.IfExp):
                raise ValueError(f"{file}:{node.lineno}: write the sentence out, with names in braces for its parts")
        elif node.func.id == TR_MANY:
            yield _written(node.args[0], file), _written(node.args[1], file)
        elif node.func.id == TEXTS:
            yield from _marked(node.args[0], file)


def _written(node: ast.expr, file: Path) -> str:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise ValueError(f"{file}:{node.lineno}: write the sentence out, with names in braces for its parts")
    return node.value


def _marked(node: ast.expr, file: Path) -> Iterator[str]:
    """The texts in a display of them, however deep; of dictionaries the values alone."""
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _marked(value, file)
    elif isinstance(node, ast.Tuple | ast.List):
        for value in node.elts:
            yield from _marked(value, file)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        raise ValueError(f"{file}:{node.lineno}: texts() marks texts that are written out, alone or in a display")


def written() -> bytes:
    """The template as a file; the same sentences give the same bytes."""
    from babel.messages.pofile import write_po

    text = io.BytesIO()
    write_po(text, template(), width=100, sort_output=True, include_lineno=False, omit_header=False)
    lines = text.getvalue().decode().splitlines()
    # dates and the version of whoever made it say nothing of the sentences
    kept = [line for line in lines if not line.startswith(('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By'))]
    return ("\n".join(kept) + "\n").encode()


if __name__ == "__main__":
    write_bytes(TEMPLATE, written())
