"""No folder of the product says ``Any`` more often than before."""

from __future__ import annotations

from tests.tools import ratchet


def test_any_is_said_no_more_often_than_before():
    risen, fallen = ratchet.changes(ratchet.kept(), ratchet.counted())
    assert not risen, f"more Any than before: {'; '.join(risen)}: say the type, or object"
    assert not fallen, f"less Any than before, so lower the numbers with {ratchet.LOWER}: {'; '.join(fallen)}"


def test_every_any_counts_but_those_of_import_statements():
    source = "from typing import Any\nimport typing as t\ndef f(a: Any, *, b: 'int', **c: t.Any) -> dict[str, Any]: ..."
    assert ratchet.uses(source) == 3
    assert ratchet.uses("from typing import Any\nAnything = 3") == 0


def test_what_rises_and_what_falls_is_named():
    assert ratchet.changes({"a": 2, "b": 1}, {"a": 1, "c": 4}) == (["c: 0 -> 4"], ["a: 2 -> 1", "b: 1 -> 0"])
