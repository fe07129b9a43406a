"""What the user did or has that cannot work."""

import errno
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator


class TrainingFault(Exception):
    """One sentence for the user: what is wrong and what to do. Printed without a stack."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns failures to write into sentences; what was written before is still whole."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise TrainingFault(
                f"The disk is full: {path} could not be written. Make room and give the same command again; "
                "training goes on from the last checkpoint."
            ) from error
        raise TrainingFault(f"{path} cannot be written: {error.strerror or error}.") from error
