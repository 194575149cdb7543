"""An edit is always seen, and what is broken or foreign never used, wherever compiled kernels can be kept."""

import importlib
import itertools
import logging
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

import llvmlite
import numba
import numpy as np
import pytest
from numba.core import config
from numba.core.bytecode import FunctionIdentity
from numba.core.codegen import JITCPUCodegen
from zpdgym.notes import on_stderr
from zpdgym.students import kernel_cache, kernel_files
from zpdgym.students.kernel_files import SHARED, forget, kernels_folder

from tests.helpers import COMPILED

pytestmark = pytest.mark.skipif(not COMPILED, reason="nothing is compiled in this pass")

HELPER = "from zpdgym.students.jit import inline\n\n\n@inline\ndef share(x):\n    return {share} * x\n"
KERNEL = """
from my_share import share
from zpdgym.students.jit import kernel


@kernel
def shared(x):
    return share(x)
"""
FAMILY = """
from zpdgym.students.jit import kernel_of


def taught_by(family, steps):
    share = family.share

    @kernel_of(family)
    def shared(x):
        for _ in range(steps):
            x = share(x)
        return x

    return shared
"""
MODULES = ("my_kernel", "my_share", "my_families", "my_other_share")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A kernel of one's own, whose helper stands in another file; its caches are forgotten afterwards."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "my_kernel.py").write_text(KERNEL)
    monkeypatch.syspath_prepend(tree)
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(SHARED, "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    yield tree
    begin_anew()


def begin_anew():
    """As a new process begins."""
    forget()
    for name in MODULES:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


def run(tree, share=None):
    """What the kernel says in a new process, and whether it was compiled there; first its helper is edited."""
    if share is not None:
        (tree / "my_share.py").write_text(HELPER.format(share=share))
    begin_anew()
    return told_by(importlib.import_module("my_kernel").shared)


def told_by(kernel):
    told = kernel(1.0)
    return told, bool(kernel.stats.cache_misses)


def kept_files():
    return sorted(kernels_folder().rglob("*.kernel"))


def unwritable(path: Path) -> str:
    """A place in which nothing can be made, whoever asks: below a file."""
    path.write_text("")
    return str(path / "home")


@pytest.fixture(params=["home", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "no home", "no home, no tree", "no place at all"])
def kept(request, own, monkeypatch, tmp_path):
    """The tree, and whether another process finds what was compiled there."""
    if request.param.isupper():
        monkeypatch.setenv(request.param, str(tmp_path / "elsewhere"))
    elif request.param != "home":
        monkeypatch.setenv("HOME", unwritable(tmp_path / "file"))
    if "tree" in request.param:
        (own / "__pycache__").write_text("")
    if request.param == "no place at all":
        monkeypatch.setattr(tempfile, "mkdtemp", no_place)
    return own, request.param != "no place at all"


def no_place(*_, **__):
    raise FileNotFoundError("no usable temporary directory")


def test_an_edit_of_an_inlined_helper_is_seen_wherever_kernels_are_kept(kept):
    tree, finds_again = kept
    assert run(tree, 0.25)[0] == 0.25
    told, compiled = run(tree)
    assert told == 0.25
    assert compiled is False or not finds_again
    assert run(tree, 0.65)[0] == 0.65
    assert run(tree, 0.25)[0] == 0.25
    assert not list(tree.rglob("*.nb[ic]")), "numba's fallback beside the source knows nothing of helpers"


def test_an_edit_while_a_program_runs_is_seen_by_the_next_one(own):
    """The program goes on with what it has read, and what it keeps is kept as that."""
    (own / "my_share.py").write_text(HELPER.format(share=0.25))
    begin_anew()
    shared = importlib.import_module("my_kernel").shared
    (own / "my_share.py").write_text(HELPER.format(share=0.65))
    assert told_by(shared) == (0.25, True)
    assert run(own) == (0.65, True)
    assert run(own, 0.25) == (0.25, False)


def test_a_private_folder_is_shared_with_the_processes_that_this_one_starts(own, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", unwritable(tmp_path / "file"))
    run(own, 0.25)
    folder = kernels_folder()
    assert os.environ[SHARED] == str(folder)
    assert folder.stat().st_mode & 0o077 == 0
    assert run(own) == (0.25, False)
    assert kernels_folder() == folder


def test_what_was_compiled_at_another_path_or_another_time_is_found(own, monkeypatch, tmp_path):
    run(own, 0.25)
    clone = tmp_path / "some" / "other" / "place"
    shutil.copytree(own, clone, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(own)
    for path in clone.iterdir():
        os.utime(path, (1, 1))
    monkeypatch.syspath_prepend(clone)
    assert run(clone) == (0.25, False)


ELSEWHERE = {
    "processor": (JITCPUCodegen, "_get_host_cpu_name", lambda _: "another"),
    "its features": (JITCPUCodegen, "_tm_features", "+sse2"),
    "numba": (numba, "__version__", "0.1"),
    "llvmlite": (llvmlite, "__version__", "0.1"),
    "LLVM": (kernel_cache.llvm, "llvm_version_info", (1, 2, 3)),
    "NumPy": (np, "__version__", "0.1"),
    "Python": (platform, "python_version", lambda: "3.99.1"),
    **{name: (config, name, "another") for name in kernel_cache._SETTINGS},
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_another_machine_or_compiler_made_is_never_loaded(own, monkeypatch, what):
    """Both stay: who goes back finds the own again."""
    run(own, 0.25)
    places = kernel_cache.Name(importlib.import_module("my_kernel").shared.py_func, {str(own / "my_kernel.py")})
    here = places.place("(float64,)", _codegen())
    with monkeypatch.context() as elsewhere:
        owner, name, value = ELSEWHERE[what]
        elsewhere.setattr(_codegen() if what == "its features" else owner, name, value)
        there = places.place("(float64,)", _codegen())
    assert here[0] != there[0]
    assert here[1] != there[1]
    assert places.place("(float64,)", _codegen()) == here


def _codegen():
    from numba.core.registry import cpu_target

    return cpu_target.target_context.codegen()


def test_another_processor_compiles_for_itself_and_leaves_what_was_there(own, monkeypatch):
    run(own, 0.25)
    mine = kept_files()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(JITCPUCodegen, "_get_host_cpu_name", lambda _: "another")
        assert run(own) == (0.25, True)
        assert len(kept_files()) == 2 * len(mine)
        assert run(own) == (0.25, False)
    assert run(own) == (0.25, False)


def test_a_foreign_file_under_the_right_name_is_not_believed(own):
    run(own, 0.25)
    [mine] = kept_files()
    run(own, 0.65)
    [other] = set(kept_files()) - {mine}
    shutil.copy(mine, other)
    assert run(own) == (0.65, True)
    assert run(own) == (0.65, False)


def families(tree, *made, counter=None):
    """The kernels that one line makes for several families, in a new process."""
    (tree / "my_families.py").write_text(FAMILY)
    for name, share in (("my_share", 0.5), ("my_other_share", 3.0)):
        if not (tree / f"{name}.py").exists():
            (tree / f"{name}.py").write_text("import my_families\n" + HELPER.format(share=share))
    begin_anew()
    if counter is not None:
        counter.setattr(FunctionIdentity, "_unique_ids", itertools.count(10**6))
    taught_by = importlib.import_module("my_families").taught_by
    return [taught_by(importlib.import_module(name), steps) for name, steps in made]


def test_kernels_that_one_line_makes_are_told_apart_by_what_they_are_made_with(own):
    made = [("my_share", 1), ("my_share", 2), ("my_other_share", 1)]
    assert [told_by(kernel) for kernel in families(own, *made)] == [(0.5, True), (0.25, True), (3.0, True)]
    assert [told_by(kernel) for kernel in families(own, *made)] == [(0.5, False), (0.25, False), (3.0, False)]
    (own / "my_other_share.py").write_text("import my_families\n" + HELPER.format(share=4.0))
    assert [told_by(kernel) for kernel in families(own, *made)] == [(0.5, False), (0.25, False), (4.0, True)]


def test_their_machine_code_has_symbols_of_its_own_in_whatever_process_it_was_made(own, monkeypatch):
    """numba numbers functions in each process anew: two that were made apart may have one number."""
    symbols = set()
    for one in [("my_share", 1), ("my_share", 2), ("my_other_share", 1)]:
        [kernel] = families(own, one, counter=monkeypatch)
        kernel(1.0)
        symbols |= {compiled.fndesc.mangled_name for compiled in kernel.overloads.values()}
    assert len(symbols) == 3


def test_what_no_other_process_could_know_again_is_compiled_and_not_kept(own):
    (own / "my_share.py").write_text(HELPER.format(share=0.25))
    begin_anew()
    made = {"__name__": "my_notebook"}
    exec(compile(KERNEL, "<a cell of a notebook>", "exec"), made)
    assert made["shared"](1.0) == 0.25
    assert kept_files() == []


CALLS_ITSELF = """
from zpdgym.students.jit import inline, kernel


def made():
    @inline
    def halved(x, n):
        if n == 0:
            return x
        return halved(x, n - 1) / 2.0

    @kernel
    def shared(x):
        return halved(x, 2)

    return shared


shared = made()
"""


def test_what_calls_itself_is_kept_as_all_others_are(own):
    (own / "my_kernel.py").write_text(CALLS_ITSELF)
    assert run(own) == (0.25, True)
    assert run(own) == (0.25, False)


def test_a_file_that_was_cut_or_changed_is_compiled_again(own):
    run(own, 0.25)
    assert run(own) == (0.25, False)
    [path] = kept_files()
    whole = path.read_bytes()
    damaged = [whole[:n] for n in (0, 1, 40, len(whole) // 2, len(whole) - 1)]
    damaged += [whole + b"more", b"".join([whole[:100], bytes([whole[100] ^ 1]), whole[101:]])]
    for content in damaged:
        path.write_bytes(content)
        assert run(own) == (0.25, True)
        assert run(own) == (0.25, False)


def test_a_note_of_imports_that_was_cut_or_changed_is_written_again(own):
    run(own, 0.25)
    notes = sorted(path for path in kernels_folder().glob("imports-*/*"))
    assert notes
    for content in (b"", b"[[], false]", notes[0].read_bytes()[:-1]):
        for path in notes:
            path.write_bytes(content)
        assert run(own) == (0.25, False)
    assert run(own, 0.65) == (0.65, True)


def test_a_full_disk_costs_time_only(own, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    run(own, 0.65)  # the folder was there before the disk was full
    monkeypatch.setattr(kernel_files.os, "replace", full)
    assert run(own, 0.25) == (0.25, True)
    assert run(own) == (0.25, True)
    assert not list(kernels_folder().rglob(".writing-*"))


def test_what_a_killed_process_left_is_removed_and_what_another_writes_now_is_not(own):
    run(own, 0.25)
    [path] = kept_files()
    old, new = path.with_name(".writing-old"), path.with_name(".writing-new")
    for begun in (old, new):
        begun.write_bytes(path.read_bytes()[:1000])
    os.utime(old, (1, 1))
    kernel_files.remove_left_behind(kernels_folder())
    assert not old.exists()
    assert new.exists()
    assert run(own) == (0.25, False)


def test_compiling_is_said_where_it_happens_and_only_there(own, capsys, monkeypatch):
    monkeypatch.setattr(kernel_cache, "_compiling", kernel_cache._Compiling())
    with on_stderr():
        run(own, share=0.25)
        (said,) = capsys.readouterr().err.splitlines()
        assert said.startswith("compiling kernels, at most 1; once for this version")
        run(own)
        assert capsys.readouterr().err == ""  # it was kept


def test_a_program_of_ones_own_hears_nothing_of_compiling_unless_it_listens(own, capfd, caplog, monkeypatch):
    monkeypatch.setattr(kernel_cache, "_compiling", kernel_cache._Compiling())
    with caplog.at_level(logging.INFO, logger="zpdgym"):
        run(own, share=0.25)
    assert capfd.readouterr() == ("", "")
    assert "compiling kernels" in caplog.text


def test_how_far_compiling_is_is_said_from_time_to_time(capsys, monkeypatch):
    seconds = iter([0.0, 2.0, 6.0, 7.0, 13.0])
    monkeypatch.setattr(kernel_cache.time, "monotonic", lambda: next(seconds))
    compiling = kernel_cache._Compiling()
    compiling.kernels = 30
    with on_stderr():
        for _ in range(5):
            compiling.one_more()
    assert capsys.readouterr().err.splitlines()[1:] == [
        "compiling kernels: 3 of at most 30, 6 s so far",
        "compiling kernels: 5 of at most 30, 13 s so far",
    ]
