"""The one reader of YAML: what it refuses, how soon, and that everything else is read as PyYAML reads it."""

from __future__ import annotations

import ast
import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from zpdgym.configs.build import CONFIGS, read_yaml
from zpdgym.configs.yaml_file import DEEPEST, MOST_BYTES, read_yaml_file
from zpdgym.errors import InputError

from tests.tools import imports

NUMBERS = st.integers() | st.floats(allow_nan=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z_]{1,8}\Z"), inner, max_size=4),
    max_leaves=20,
)


def read(tmp_path: Path, text: str) -> object:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml_file(path)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_our_own_files_are_read_as_pyyaml_reads_them(path):
    assert read_yaml_file(path) == yaml.safe_load(path.read_text(encoding="utf-8"))
    assert read_yaml(path)


@given(value=st.dictionaries(st.from_regex(r"[a-z_]{1,8}\Z"), PLAIN))
def test_what_is_written_is_read_again(value, tmp_path_factory):
    text = yaml.safe_dump(value, allow_unicode=True)
    if "${" in text or yaml.safe_load(text) != value:  # PyYAML itself loses some texts
        return
    path = tmp_path_factory.mktemp("yaml") / "file.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        found = read_yaml_file(path)
    except InputError as error:
        assert "too many digits" in str(error)  # noqa: PT017
        return
    assert as_hydra_reads(value) == found


def as_hydra_reads(value: object) -> object:
    """The text "1e-3" is written without quotes, and is a number for Hydra and for us."""
    if isinstance(value, dict):
        return {key: as_hydra_reads(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_hydra_reads(inner) for inner in value]
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d[\d_]*[eE][-+]\d+", value):
        return float(value)
    return value


def chain(levels: int, width: int) -> str:
    """Lists of the list before: ``width ** levels`` values, if anybody counts them."""
    first = f"l0: &l0 [{', '.join(['x'] * width)}]\n"
    return first + "".join(
        f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * width)}]\n" for n in range(1, levels)
    )  # fmt: skip


BOMBS = {
    "laughs": (chain(12, 9), "repeat more than 10,000 values"),
    "many laughs": (chain(60, 2), "repeat more than 10,000 values"),
    "keys": ("a: &a {x: 1, y: 2}\n" + "".join(f"k{n}: {{<<: *a, z: {n}}}\n" for n in range(6000)), "10,000 values"),
    "itself in a list": ("a: &a [1, *a]", "*a would be inside itself"),
    "itself in keys": ("a: &a\n  b: {c: *a}", "*a would be inside itself"),
    "the whole file": ("&all\na: *all", "*all would be inside itself"),
    "merged with itself": ("a: &a\n  <<: *a", "*a would be inside itself"),
    "brackets": ("[" * 200_000, f"line 1: is nested deeper than {DEEPEST}"),
    "braces": ("{a: " * 200_000, f"is nested deeper than {DEEPEST}"),
    "dashes": ("- " * 200_000, f"is nested deeper than {DEEPEST}"),
    "indents": ("".join(f"{' ' * n}a:\n" for n in range(2000)), f"line {DEEPEST + 1}: is nested deeper"),
    "deep by references": (
        f"a: &a {'[' * 30}{']' * 30}\nb: &b {'[' * 5}*a{']' * 5}\nc: {'[' * 20}*b{']' * 20}", "nested deeper"
    ),
    "long": ("a: [" + "1," * 500_000 + "]", "more than 200,000 values"),
    "large": ("a: '" + "x" * MOST_BYTES + "'", "more than 8 MB"),
    "digits": ("a: " + "9" * 100_000, "has too many digits"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name, tmp_path):
    text, says = BOMBS[name]
    started = time.process_time()
    with pytest.raises(InputError) as told:
        read(tmp_path, text)
    assert time.process_time() - started < 10  # below one by itself, several under coverage
    assert says in str(told.value)
    assert "\n" not in str(told.value)
    assert str(tmp_path / "file.yaml") in str(told.value)


REFUSED = {
    "a: 1\nb: 2\na: 3": "line 3: the key 'a' is there twice",
    "a: {x: 1, 'x': 1}": "line 1: the key 'x' is there twice",
    "a: [{b: {c: 1, c: 1}}]": "the key 'c' is there twice",
    "'1': a\n'1': b": "line 2: the key '1' is there twice",
    "a: 1\n2: b": "line 2: the key 2 is read as a number: put it in quotes",
    "a: [{-0x1f: 1}]": "the key -0x1f is read as a number",
    "a: 1:30": "line 1: 1:30 is read as a number to the base of 60",
    "a: [1, -190:20:30.15]": "-190:20:30.15 is read as a number to the base of 60",
    "1:30: a": "1:30 is read as a number to the base of 60",
    "a: 0100": "0100 is read to the base of 8",
    "a: 1e+999": "too large for a number",
    "yes: 1": "the key yes is read as True: put it in quotes",
    "{a: {off: 1}}": "the key off is read as False",
    "null: 1": "is read as None",
    "1.5: x": "the key 1.5 is read as a number",
    "'a': 1\n~: 1": "the key ~ is read as None",
    "? [a, b]\n: 1": "a key must be a plain text",
    "? {a: 1}\n: 1": "a key must be a plain text",
    "a: &k x\n*k : 1": "a key must be a plain text",
    "a: !!python/object/apply:os.system [touch canary]": "python/object/apply:os.system is not allowed",
    "a: !!python/name:os.system ''": "is not allowed",
    "!!map {a: 1}": "is not allowed",
    "a: !own 3": "the tag !own is not allowed",
    "!!str a: 1": "a key must be a plain text",
    "a: ${oc.env:HOME}": "${oc.env:HOME}: nothing is looked up in a file",
    "a: ['x ${b} y']": "nothing is looked up in a file",
    "'${b}': 1": "nothing is looked up in a file",
    "a: *b": "*b names nothing that stands before it",
    "<<: 3": "<< must name keys and values",
    "a: 1\n---\nb: 2": "line 2: a second document begins here",
    "a: [": "not readable as YAML",
    "a: \x07": "not readable as YAML",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_reads_otherwise_than_it_looks_is_refused_with_its_line(text, tmp_path):
    with pytest.raises(InputError) as told:
        read(tmp_path, text)
    assert REFUSED[text] in str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_allowed_stays_allowed(tmp_path):
    text = (
        "a: &a {x: 1, y: [2]}\nb: {<<: *a, y: 3}\nc: *a\nd: 2026-11-28\ne: 1e-3\ni: 6E1\nf: '1:30'\ng: .inf\nh: '010'\n"
    )
    assert read(tmp_path, text) == {
        "a": {"x": 1, "y": [2]}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": [2]}, "d": "2026-11-28", "e": 0.001,
        "f": "1:30", "g": float("inf"), "h": "010", "i": "6E1",
    }  # fmt: skip
    assert read(tmp_path, "<<: [{a: 1}, {a: 2, b: 2}]\nc: 3") == {"a": 1, "b": 2, "c": 3}
    assert read(tmp_path, "'<<': 3") == {"<<": 3}
    assert read(tmp_path, "\ufeffa: 1\n'5': five\n") == {"a": 1, "5": "five"}
    assert read(tmp_path, "# nothing\n") is None


def test_what_a_reference_repeats_is_a_copy(tmp_path):
    content = read(tmp_path, "a: &a [1]\nb: *a\n")
    assert isinstance(content, dict)
    assert content["a"] is not content["b"]


def test_nobody_else_reads_yaml():
    """``yaml.safe_load`` of a text of our own (Hydra's) is the only other one."""
    readers = ("load", "safe_load", "load_all", "safe_load_all", "parse", "compose", "full_load", "unsafe_load")
    found = set[str]()
    for path in imports.sources(*imports.PRODUCT):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            of_yaml = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "yaml"
            if isinstance(node, ast.Attribute) and of_yaml and node.attr in readers:
                found.add(imports.name_of(path))
    assert found == {"scripts/command/compose.py"}
