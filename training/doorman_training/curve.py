"""What was measured, step by step: `curve.jsonl` for programs, TensorBoard's event files for the eye."""

import json
from pathlib import Path
from typing import Any, Dict

from .checkpoint import replace_file
from .events import EventFile
from .faults import writing


class Curve:
    def __init__(self, folder: Path, first_step: int):
        """:param first_step: whatever was noted after it is dropped: it will be trained again"""
        self.file = folder / "curve.jsonl"
        kept = [line for line in self._lines() if line["step"] <= first_step]
        replace_file(self.file, "".join(json.dumps(line) + "\n" for line in kept).encode())
        self.events = EventFile(folder / "events", first_step + 1)

    def note(self, step: int, values: Dict[str, float]) -> None:
        """Steps are counted from 1: `step` steps are done."""
        with writing(self.file), open(self.file, "a") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")
        self.events.scalars(step, values)

    def close(self) -> None:
        self.events.close()

    def _lines(self) -> "list[Dict[str, Any]]":
        if not self.file.exists():
            return []
        lines = []
        for text in self.file.read_text().splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                break  # Cut short by a crash.
        return lines
