import math
import unittest

import torch
from doorman_training.heads import IdentityHead
from torch.nn import functional as F


def head_of(kind: str, margin: float, scale: float = 4.0) -> IdentityHead:
    torch.manual_seed(3)
    return IdentityHead(kind, 6, 5, scale, margin).double()


class TheLossOverIdentities(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.embeddings = torch.randn(4, 6, dtype=torch.double)
        self.labels = torch.tensor([0, 3, 3, 4])

    def test_gradients_equal_finite_differences(self):
        for kind, margin in (("softmax", 0.0), ("cosface", 0.35), ("arcface", 0.5)):
            with self.subTest(kind):
                head = head_of(kind, margin)
                embeddings = self.embeddings.clone().requires_grad_()
                loss = F.cross_entropy(head(embeddings, self.labels), self.labels)
                loss.backward()
                for values in (embeddings, head.weight):
                    for at in ((0, 0), (2, 3), (3, 5)):
                        self.assertAlmostEqual(float(values.grad[at]), self.slope(head, embeddings, values, at), 7)

    def slope(self, head, embeddings, values, at, step=1e-5) -> float:
        ends = []
        with torch.no_grad():
            before = float(values[at])
            for way in (step, -step):
                values[at] = before + way
                ends.append(float(F.cross_entropy(head(embeddings, self.labels), self.labels)))
            values[at] = before
        return (ends[0] - ends[1]) / (2 * step)

    def test_a_margin_lowers_the_right_identity_alone(self):
        angles = torch.rad2deg(self.cosines().acos())
        for kind, expected in (
            ("cosface", lambda angle: math.cos(math.radians(angle)) - 0.35),
            ("arcface", lambda angle: math.cos(math.radians(angle) + 0.35)),
        ):
            logits = head_of(kind, 0.35)(self.embeddings, self.labels) / 4.0
            for row, label in enumerate(self.labels.tolist()):
                for column in range(5):
                    angle = float(angles[row, column])
                    right = expected(angle) if column == label else math.cos(math.radians(angle))
                    self.assertAlmostEqual(float(logits[row, column]), right, 6)

    def cosines(self):
        weight = head_of("cosface", 0.35).weight
        return F.linear(F.normalize(self.embeddings), F.normalize(weight)).detach()

    def test_arcface_goes_on_falling_where_the_angle_passes_180_degrees(self):
        head = head_of("arcface", 0.5)
        cosines = torch.linspace(-1, 1, 201, dtype=torch.double)
        self.assertTrue(bool((head._turned(cosines).diff() > 0).all()))


if __name__ == "__main__":
    unittest.main()
