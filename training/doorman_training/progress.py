"""Lines that say how far training is."""

import sys
import time
from typing import Optional


def duration(seconds: float) -> str:
    seconds = max(0, round(seconds))
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


class Progress:
    """Rewrites one line on a terminal; elsewhere a line now and then."""

    def __init__(self, every: Optional[float] = None):
        self.terminal = sys.stdout.isatty()
        self.every = (0.5 if self.terminal else 15.0) if every is None else every
        self.last = 0.0
        self.open_line = False

    def update(self, line: str) -> None:
        now = time.monotonic()
        if now - self.last < self.every:
            return
        self.last = now
        if self.terminal:
            sys.stdout.write(f"\r{line}\x1b[K")
            self.open_line = True
        else:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def say(self, line: str) -> None:
        if self.open_line:
            sys.stdout.write("\r\x1b[K")
            self.open_line = False
        print(line, flush=True)
