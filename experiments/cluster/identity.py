"""What must be the same on every machine so that a run has the same bytes wherever it is made."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
from collections.abc import Mapping

from ..store.fingerprint import source_digest
from ..store.provenance import provenance

SOURCES = ("zpdgym", "configs", "students", "envs", "agents", "experiments")
_SOURCE, _MACHINE = "zpdgym's source", "processor"
_BESIDE = ("pandas", "safetensors", "distributed")
"""Packages that write files or carry them, beside those that make a run's numbers."""


@functools.cache
def identity() -> dict[str, str]:
    """What this process runs: Python, the kind of processor, the versions of packages, and our source."""
    found = {str(name): str(version) for name, version in _versions().items()}
    for package in _BESIDE:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return {**found, _MACHINE: platform.machine(), _SOURCE: source_digest(SOURCES)}


def differences(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """What differs, in words; "" where nothing does."""
    told = list[str]()
    for name in ours:
        here, there = ours[name], theirs.get(name, "unknown")
        if here != there:
            told.append(f"{name} differs" if name == _SOURCE else f"{name} {there} there, {here} here")
    return ", ".join(told)


def _versions() -> Mapping[str, object]:
    versions = provenance()["versions"]
    assert isinstance(versions, dict)
    return versions
