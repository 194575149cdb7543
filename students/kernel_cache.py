"""Where compiled kernels are kept between runs: a folder for each state of the source, never a stale or broken file.

numba by itself notices an edit of the file that a kernel stands in, but not of the files whose kernels it inlines; and
where its folder cannot be written it falls back to ``__pycache__`` beside the source, past every check of ours.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, UserProvidedCacheLocator
from zpdgym.notes import say_from_anywhere
from zpdgym.sources import digest_of_files, reached

SEAL = hashlib.sha256().digest_size
_SAY_EVERY = 5.0  # seconds
SHARED = "ZPDGYM_KERNELS"
"""Names the private folder to the processes that this one starts."""


@functools.cache
def kernels_folder() -> Path | None:
    """The first folder that can be written: the user's own, else a private one that is removed at the end.

    None where not even a temporary one can be made: then every process compiles for itself.
    """
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    for folder in (Path(base) / "zpdgym" / "kernels", os.environ.get(SHARED)):
        if folder and _is_writable(Path(folder)):
            return Path(folder)
    try:
        private = tempfile.mkdtemp(prefix="zpdgym-kernels-")
    except OSError:
        return None
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    os.environ[SHARED] = private
    return Path(private)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@functools.cache
def cache_directory(file: str) -> str:
    """Where the kernels of one source file are kept: one folder per state of it and of what it imports."""
    return str((kernels_folder() or Path()) / digest_of_files(reached(Path(file)))[:16])


class _Locator(UserProvidedCacheLocator):
    def __init__(self, function: FunctionType, file: str) -> None:
        self._py_file, self._lineno = file, function.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return cache_directory(self._py_file)


class _Kept(CompileResultCacheImpl):
    def __init__(self, function: FunctionType, file: str) -> None:
        locator = _Locator(function, file)
        self._locator_classes = (SimpleNamespace(from_function=lambda *_: locator),)  # it asks classes for one
        super().__init__(function)


class _SealedFile(IndexDataCacheFile):
    """A pickle does not mind what follows it, so every file ends with the digest of what stands before."""

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[Any]:
        text = io.BytesIO()
        yield text
        with super()._open_for_write(filepath) as file:
            file.write(text.getvalue() + hashlib.sha256(text.getvalue()).digest())

    def _load_index(self) -> dict[object, str]:
        return super()._load_index() if _is_whole(self._index_path) else {}

    def _load_data(self, name: str) -> object:
        # the caller takes OSError for a file that is gone
        if not _is_whole(self._data_path(name)):
            raise OSError(f"{name} was cut or changed")
        return super()._load_data(name)


def _is_whole(path: str) -> bool:
    try:
        content = Path(path).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content[:-SEAL]).digest() == content[-SEAL:]


class _Compiling:
    """What is said while kernels are compiled: at the first of them, then from time to time."""

    def __init__(self) -> None:
        self.kernels, self.begun = 0, 0
        self.since, self.said = 0.0, 0.0

    def one_more(self) -> None:
        self.begun += 1
        now = time.monotonic()
        if self.begun == 1:
            self.since = self.said = now
            some = f"at most {self.kernels}"
            say_from_anywhere(f"compiling kernels, {some}; once for this version of zpdgym, then they are kept")
        elif now - self.said >= _SAY_EVERY:
            self.said = now
            some = f"{self.begun} of at most {max(self.begun, self.kernels)}"
            say_from_anywhere(f"compiling kernels: {some}, {now - self.since:.0f} s so far")


_compiling = _Compiling()


class KernelCache(FunctionCache):
    """The disk cache of one kernel: what was cut or changed is compiled again, what cannot be kept is not.

    Args:
        function: the kernel.
        file: the source file whose state, with what it imports, decides whether a compiled kernel is still the kernel.
    """

    def __init__(self, function: FunctionType, file: str) -> None:
        _compiling.kernels += 1
        self._impl_class = partial(_Kept, file=file)
        super().__init__(function)
        kept = self._cache_file
        self._cache_file = _SealedFile(self._cache_path, self._impl.filename_base, kept._source_stamp)

    def load_overload(self, sig: object, target_context: object) -> object:
        """The kernel as it was kept; None: it is compiled now, which takes a second or more, and is said."""
        found = super().load_overload(sig, target_context)
        if found is None:
            _compiling.one_more()
        return found

    def save_overload(self, sig: object, data: object) -> None:
        """Keep a kernel. A full disk costs the time to compile it again, not the run."""
        try:
            super().save_overload(sig, data)
        except OSError:
            self.disable()
