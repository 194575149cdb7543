"""Tables of a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from .markup import Child, Markup, tag


def table(
    caption: str,
    head: Sequence[Child],
    rows: Iterable[Iterable[Child]],
    *,
    words: Collection[int] = (0,),
    class_: str = "",
) -> Markup:
    """A table that scrolls inside its own box; the first column heads its row.

    Args:
        caption: what the table shows.
        head: the columns' names.
        rows: the cells.
        words: the columns that hold words; the others hold numbers.
        class_: a further class for its box.
    """
    kinds = [None if i in words else "number" for i in range(len(head))]
    body = []
    for row in rows:
        cells = list(zip(row, kinds, strict=True))
        first = tag("th", cells[0][0], scope="row")
        body.append(tag("tr", first, [tag("td", cell, class_=kind) for cell, kind in cells[1:]]))
    heads = [tag("th", c, scope="col", class_=kind) for c, kind in zip(head, kinds, strict=True)]
    inner = tag("table", tag("caption", tag("span", caption)), tag("thead", tag("tr", heads)), tag("tbody", body))
    # A box that scrolls must be reachable by the keyboard.
    return tag("div", inner, class_=f"scroll {class_}".strip(), tabindex="0", role="group", aria_label=caption)
