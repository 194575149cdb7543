"""An interrupted training goes on where it was: its state in one file, which cannot execute anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from zpdgym.errors import InputError
from zpdgym.files import write_bytes

FORMAT = 2
KINDS = ("float32", "float64", "int64", "uint8", "bool")
"""What arrays of a state may hold."""


class Checkpoint:
    """Where a training leaves its state now and then, and finds it when it is begun again.

    Args:
        path: the file (safetensors, with what is not an array as JSON in its header).
        training: what is trained, as plain values; a file of another training is refused.
        every: updates between two writings.
    """

    def __init__(self, path: str | Path, training: dict[str, Any], *, every: int = 10) -> None:
        self.path, self.every = Path(path), every
        self.training = json.loads(json.dumps(training))
        if every < 1:
            raise InputError(f"every={every} must be at least 1: updates between two checkpoints")

    def write(self, state: dict[str, Any]) -> None:
        """Write a state (dicts, lists, arrays, numbers, strings); the file appears whole or not at all."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        plain = json.dumps({"format": FORMAT, "training": self.training, "state": _pack(state, arrays)})
        data = safetensors.numpy.save(arrays, metadata={"zpdgym": plain, "sha256": _sum(plain, arrays)})
        write_bytes(self.path, data)

    def read(self) -> dict[str, Any] | None:
        """The state that was written last; None when there is no file.

        Raises:
            InputError: the file is damaged, of another program, or of another training.
        """
        if not self.path.exists():
            return None
        data = self.path.read_bytes()
        try:
            header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
            about, arrays = header["__metadata__"], safetensors.numpy.load(data)
            plain = json.loads(about["zpdgym"])
            if about.get("sha256", total := _sum(about["zpdgym"], arrays)) != total:
                raise ValueError("it was changed: checksum")
            if plain["format"] != FORMAT:
                raise InputError(f"{self.path} has format {plain['format']!r}; this version reads format {FORMAT}")
            for key, value in self.training.items():
                if plain["training"].get(key) != value:
                    found = plain["training"].get(key)
                    raise InputError(f"{self.path} belongs to another training: its {key} is {found}; here {value}")
            return _unpack(plain["state"], arrays)
        except InputError:
            raise
        except Exception as error:  # whatever is wrong with these bytes, the file is at fault
            raise InputError(f"{self.path} is not a whole checkpoint of zpdgym ({error}): delete it") from error

    def remove(self) -> None:
        """Delete the file: the training has ended."""
        self.path.unlink(missing_ok=True)


def _sum(plain: str, arrays: Mapping[str, npt.NDArray[np.generic]]) -> str:
    """The checksum of a state."""
    total = hashlib.sha256(plain.encode())
    for name, array in sorted(arrays.items()):
        total.update(f"{name} {array.dtype} {array.shape}".encode() + np.array(array, order="C").tobytes())
    return total.hexdigest()


def _pack(value: Any, arrays: dict[str, npt.NDArray[Any]]) -> Any:
    """The value as JSON takes it, with the arrays put aside."""
    if isinstance(value, np.ndarray):
        name = str(len(arrays))
        arrays[name] = np.array(value, order="C")
        return {"array": name}
    if isinstance(value, Mapping):
        return {"dict": {key: _pack(entry, arrays) for key, entry in value.items()}}
    if isinstance(value, list | tuple):
        return [_pack(entry, arrays) for entry in value]
    return value.item() if isinstance(value, np.generic) else value


def _unpack(value: Any, arrays: dict[str, npt.NDArray[Any]]) -> Any:
    if isinstance(value, list):
        return [_unpack(entry, arrays) for entry in value]
    if isinstance(value, dict) and "array" in value:
        found = arrays[value["array"]]
        if found.dtype.name not in KINDS:
            raise ValueError(f"an array has type {found.dtype}")
        return found
    if isinstance(value, dict):
        return {key: _unpack(entry, arrays) for key, entry in value["dict"].items()}
    return value
