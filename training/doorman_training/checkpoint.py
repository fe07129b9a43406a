"""Checkpoints: whole or not there, and read without running what is in them."""

import io
import json
import os
from pathlib import Path
from typing import Any, Dict, Optional

import torch

from .faults import TrainingFault, writing


def replace_file(file: Path, content: bytes) -> None:
    """At any moment, also of a power cut, the file is the old one or the new one."""
    unfinished = file.with_name(file.name + ".unfinished")
    with writing(file):
        try:
            with open(unfinished, "wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(unfinished, file)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def save(file: Path, tensors: Dict[str, Any], plain: Dict[str, Any]) -> None:
    """
    :param tensors: tensors, and dictionaries of them by name or number
    :param plain: whatever JSON can hold (what reads tensors safely cannot read floats in PyTorch 1.13)
    """
    buffer = io.BytesIO()
    torch.save({**tensors, "plain": json.dumps(plain)}, buffer)
    replace_file(file, buffer.getvalue())


def load(file: Path) -> Optional[Dict[str, Any]]:
    """The last checkpoint, on the CPU; None when there is none."""
    if not file.exists():
        return None
    try:
        # Tensors and plain values only: a checkpoint from elsewhere can run nothing here.
        state = torch.load(file, map_location="cpu", weights_only=True)
        return {**state, **json.loads(state.pop("plain"))}
    except Exception as error:
        raise TrainingFault(f"{file} is no checkpoint that can be read ({error}); --fresh starts anew.") from error


def random_state(device: torch.device) -> Dict[str, torch.Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def restore_random_state(state: Dict[str, torch.Tensor], device: torch.device) -> None:
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
