"""Names in Markdown tables are text, whatever is in them."""

from dataclasses import dataclass

import pytest
from zpdgym.experiments.markdown import escaped, with_escaped_texts


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a | b", r"a \| b"),
        ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
        ("<!-- x", r"\<!-- x"),
        ("[here](http://x.org)", r"\[here](http\://x.org)"),
        ("![i](x.png)", r"!\[i](x.png)"),
        ("[a]: x", r"\[a]: x"),
        ("`rm`", r"\`rm\`"),
        ("two\nlines\r\n# here", "two lines # here"),
        ("# head", r"\# head"),
        ("**bold** and _it_", r"\*\*bold\*\* and \_it\_"),
        ("~~gone~~", r"\~~gone\~~"),
        ("www.x.org", r"www\.x.org"),
        ("me@x.org", r"me\@x.org"),
        ("&lt;", r"\&lt;"),
        ("a\\|b", r"a\\\|b"),
        ("red \x1b[31m", "red  [31m"),
    ],
)
def test_markup_is_shown_letter_by_letter(name, shown):
    assert escaped(name) == shown


@pytest.mark.parametrize(
    "usual", ["mastery_tuned", "streak@own", "Algebra-v0~3f2a", "p <.001", "0.4 [0.3, 0.5]", "R&D", "A: 50 %", "a/b"]
)
def test_usual_names_and_numbers_keep_their_bytes(usual):
    assert escaped(usual) == usual


@dataclass(frozen=True)
class Row:
    name: str
    others: tuple[str, ...]
    value: float | None


def test_every_text_of_a_table_is_escaped_wherever_it_stands():
    table = {"a|b": Row("`x`", ("<b>", "c"), 0.5)}
    assert with_escaped_texts(table) == {"a\\|b": Row("\\`x\\`", ("\\<b>", "c"), 0.5)}
