"""An edit is always seen, and a broken file never used, wherever compiled kernels can be kept."""

import importlib
import logging
import os
import sys
import tempfile
from pathlib import Path

import pytest
from zpdgym.notes import on_stderr
from zpdgym.students import kernel_cache
from zpdgym.students.kernel_cache import SHARED, cache_directory, kernels_folder

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
    forget()


def forget():
    """As a new process begins."""
    kernels_folder.cache_clear()
    cache_directory.cache_clear()
    for name in ("my_kernel", "my_share"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


def run(tree, share=None):
    """What the kernel says in a new process, and whether it was compiled there; first its helper is edited."""
    if share is not None:
        (tree / "my_share.py").write_text(HELPER.format(share=share))
    forget()
    shared = importlib.import_module("my_kernel").shared
    told = shared(1.0)
    return told, bool(shared.stats.cache_misses)


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


def test_a_private_folder_is_shared_with_the_processes_that_this_one_starts(own, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", unwritable(tmp_path / "file"))
    run(own, 0.25)
    folder = kernels_folder()
    assert os.environ[SHARED] == str(folder)
    assert folder.stat().st_mode & 0o077 == 0
    assert run(own) == (0.25, False)
    assert kernels_folder() == folder


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_file_that_was_cut_or_changed_is_compiled_again(own, ending):
    run(own, 0.25)
    assert run(own) == (0.25, False)
    [path] = kernels_folder().rglob(f"my_kernel.shared*.{ending}")
    whole = path.read_bytes()
    damaged = [whole[:n] for n in (0, 1, 40, len(whole) // 2, len(whole) - 1)]
    damaged.append(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
    for content in damaged:
        path.write_bytes(content)
        assert run(own) == (0.25, True)
        assert run(own) == (0.25, False)


def test_a_full_disk_costs_time_only(own, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernel_cache._SealedFile, "save", full)
    assert run(own, 0.25)[0] == 0.25


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
