"""The learning rate as a function of the step alone: nothing to keep, nothing to lose when training is resumed."""

import math


def learning_rate(step: int, steps: int, warm_up: int, peak: float, kind: str) -> float:
    """
    Rises to the peak over `warm_up` steps; then falls to nothing along a cosine, or (``steps``, as FaceNet's seed) to a
    tenth at 60 % of all steps, to a hundredth at 80 % and to a thousandth at 95 %.
    """
    if step < warm_up:
        return peak * (step + 1) / warm_up
    share = (step - warm_up) / max(1, steps - warm_up)
    if kind == "cosine":
        return peak * 0.5 * (1 + math.cos(math.pi * share))
    return peak * 0.1 ** sum(share >= drop for drop in (0.60, 0.80, 0.95))
