"""A package finds its public names in its files and imports them when they are first used."""

from __future__ import annotations

import sys

import pytest
from zpdgym.lazy import lazy, public_names


@pytest.fixture
def rooms(tmp_path, monkeypatch):
    """A package with a sub-package and a folder that is none."""
    files = {
        "rooms/__init__.py": "from zpdgym.lazy import lazy\n\n__getattr__, __dir__ = lazy(__name__, __path__)\n",
        "rooms/kitchen.py": '__all__ = ["Oven", "bake"]\nfrom rooms.cellar.wine import Bottle\nOven = bake = Bottle\n',
        "rooms/cellar/__init__.py": "",
        "rooms/cellar/wine.py": '__all__ = [\n    "Bottle",\n]\nclass Bottle:\n    pass\nclass Cork:\n    pass\n',
        "rooms/cellar/_hidden.py": '__all__ = ["Hidden"]\nraise RuntimeError("nobody imports this")\n',
        "rooms/data/table.py": '__all__ = ["Table"]\n',
        "rooms/attic.py": "raise RuntimeError('nothing of this is public')\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "rooms"
    for name in [name for name in sys.modules if name.partition(".")[0] == "rooms"]:
        del sys.modules[name]
    public_names.cache_clear()


def test_names_are_found_in_every_file_that_belongs_to_the_package(rooms):
    found = {"Bottle": "rooms.cellar.wine", "Oven": "rooms.kitchen", "bake": "rooms.kitchen"}
    assert public_names("rooms", str(rooms)) == found
    assert list(public_names("rooms", str(rooms))) == ["Bottle", "Oven", "bake"]


def test_a_file_is_imported_when_one_of_its_names_is_first_used(rooms):
    import rooms as package

    assert dir(package) == ["Bottle", "Oven", "bake"]
    assert not {name for name in sys.modules if name.startswith("rooms.")}
    assert package.Bottle.__module__ == "rooms.cellar.wine"
    assert "rooms.kitchen" not in sys.modules
    assert package.Oven is package.Bottle


def test_what_is_not_public_is_no_attribute(rooms):
    import rooms as package

    for name in ("Cork", "Hidden", "Table", "attic", "_private", "__wrapped__"):
        with pytest.raises(AttributeError, match=f"module 'rooms' has no attribute '{name}'"):
            getattr(package, name)
    assert not hasattr(package, "Cork")


def test_one_name_in_two_files_is_refused_with_both(rooms):
    (rooms / "pantry.py").write_text('__all__ = ["Oven"]\n')
    load, names = lazy("rooms", [str(rooms)])
    for ask in (names, lambda: load("Bottle")):
        with pytest.raises(ImportError, match=r"rooms\.Oven stands in rooms\.kitchen and in rooms\.pantry"):
            ask()
