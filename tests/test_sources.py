"""Which files a kernel and a run depend on: also those that are reached only through a re-export."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest
from zpdgym.experiments.store.fingerprint import fingerprint
from zpdgym.sources import FACE, ROOT, digest_of_files, reached
from zpdgym.students.kernel_files import content_of, forget

LAZY = "from zpdgym.lazy import lazy\n\n__getattr__, __dir__ = lazy(__name__, __path__)\n"


def kernels_of(file: str) -> str:
    """The content that a kernel of this file is kept by, as a new process finds it."""
    forget()
    return content_of(frozenset({file}))


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__in__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(files: set[Path], folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in files}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module that imports a helper from a package whose ``__init__`` has it from a file below."""
    write(
        tmp_path,
        my_module_src="from my_pack_src import helper\n\nclass Mine: ...\n",
        my_pack_src__in____init__="from .public import helper\n",
        my_pack_src__in__public="from ._deep import helper\n",
        my_pack_src__in___deep="def helper(): return 1\n",
        my_pack_src__in__unrelated="",
    )
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def digests(folder: Path) -> tuple[str, str]:
    settings = {"policy": {"_target_": "my_module_src.Mine"}}
    return kernels_of(str(folder / "my_module_src.py")), fingerprint(settings).value


def test_helper_behind_a_re_export_changes_both_digests(own):
    before = digests(own)
    write(own, my_pack_src__in__unrelated="x = 1\n")
    assert digests(own) == before
    write(own, my_pack_src__in___deep="def helper(): return 2\n")
    after = digests(own)
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_helper_of_a_lazy_package_changes_both_digests(own):
    offered = '__all__ = ["helper"]\n\ndef helper(): return 1\n'
    write(own, my_pack_src__in____init__=LAZY, my_pack_src__in__public=offered)
    before = digests(own)
    assert names(reached(own / "my_module_src.py", ours=False), own) == {
        "my_module_src.py", "my_pack_src/__init__.py", "my_pack_src/public.py"
    }  # fmt: skip
    write(own, my_pack_src__in__public=offered.replace("1", "2"))
    after = digests(own)
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_imports_for_type_checkers_do_not_count_and_those_inside_functions_do(own):
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from my_pack_src import helper\n"
    write(own, my_module_src=text)
    assert names(reached(own / "my_module_src.py"), own) == {"my_module_src.py"}
    write(own, my_module_src="def late():\n    import my_pack_src._deep\n")
    assert "my_pack_src/_deep.py" in names(reached(own / "my_module_src.py"), own)


def test_star_import_reaches_every_public_file_of_a_lazy_package(own):
    write(own, my_module_src="from my_pack_src import *\n", my_pack_src__in____init__=LAZY)
    write(
        own, my_pack_src__in__public='__all__ = ["a"]\na = 1\n', my_pack_src__in__unrelated='__all__ = ["b"]\nb = 1\n'
    )
    found = names(reached(own / "my_module_src.py", ours=False), own)
    assert {"my_pack_src/public.py", "my_pack_src/unrelated.py"} <= found
    assert "my_pack_src/_deep.py" not in found


def test_helper_of_ours_behind_a_re_export_is_reached(tmp_path, monkeypatch):
    """On a copy of our tree, whose students are a lazy package: the address says nothing of the file."""
    for folder in (FACE, ROOT / "students", ROOT / "envs"):
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    spec = importlib.util.spec_from_file_location("sources_of_the_copy", tmp_path / "zpdgym" / "sources.py")
    assert spec is not None
    assert spec.loader is not None
    copied = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, copied)  # dataclasses look their module up there
    spec.loader.exec_module(copied)
    kernels, helper = tmp_path / "envs" / "kernels.py", tmp_path / "students" / "memory" / "nice_helper.py"
    helper.write_text('__all__ = ["nice"]\n\ndef nice(): return 1\n')
    assert helper not in copied.reached(kernels)
    for line in ("from ..students import nice\n", "from zpdgym.students import nice\n"):
        original = kernels.read_text()
        kernels.write_text(original.replace("import numpy as np\n", f"import numpy as np\n{line}", 1))
        before = digest_of_files(copied.reached(kernels))
        helper.write_text(helper.read_text() + "# edited\n")
        assert digest_of_files(copied.reached(kernels)) != before
        kernels.write_text(original)


def test_kernels_of_ours_depend_on_few_files():
    found = names(reached(ROOT / "envs" / "kernels.py"), ROOT)
    assert {"envs/observe.py", "students/draws.py", "students/jit.py", "zpdgym/errors.py"} <= found
    assert not any(name.startswith(("envs/scenario", "agents/", "experiments/")) for name in found)
