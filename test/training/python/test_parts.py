import errno
import os
import random
import struct
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from doorman_training import checkpoint, events, export, faces, loading, networks, pairs, schedule, verification
from doorman_training.faults import TrainingFault, writing
from faces_for_tests import draw_people
from PIL import Image


class TemporaryFolder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)


class TensorBoardsEventFiles(TemporaryFolder):
    def test_crc_32c_is_castagnolis(self):
        # RFC 3720, B.4.
        self.assertEqual(events.crc32c(b"123456789"), 0xE3069283)
        self.assertEqual(events.crc32c(bytes(32)), 0x8A9136AA)
        self.assertEqual(events.crc32c(b"\xff" * 32), 0x62A8AB43)
        self.assertEqual(events.crc32c(bytes(range(32))), 0x46DD794E)

    def test_records_carry_masked_checksums_of_length_and_content(self):
        file = events.EventFile(self.folder, 7)
        file.scalars(12, {"train/loss": 1.5, "speed": 2.0})
        file.close()
        content = next(self.folder.iterdir()).read_bytes()
        records, at = [], 0
        while at < len(content):
            head = content[at : at + 8]
            (length,) = struct.unpack("<Q", head)
            body = content[at + 12 : at + 12 + length]
            for part, place in ((head, at + 8), (body, at + 12 + length)):
                crc = events.crc32c(part)
                masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
                self.assertEqual(struct.unpack("<I", content[place : place + 4])[0], masked)
            records.append(body)
            at += 16 + length
        self.assertEqual(len(records), 3)
        self.assertTrue(records[0].endswith(b"\x1a\x0dbrain.Event:2"))
        # Step 7 and session_log START; then step 12 and two values.
        self.assertTrue(records[1].endswith(b"\x10\x07\x3a\x02\x08\x01"))
        self.assertIn(b"\x10\x0c", records[2])
        self.assertIn(b"\x0a\x0atrain/loss\x15" + struct.pack("<f", 1.5), records[2])


class TheOrderOfPictures(unittest.TestCase):
    def test_shows_every_picture_once_an_epoch_and_mixes_each_epoch_anew(self):
        order = list(loading.MixedOrder(10, 5, seed=1, first_step=0, steps=4))
        epochs = [order[0] + order[1], order[2] + order[3]]
        for number, epoch in enumerate(epochs):
            self.assertEqual({item[0] for item in epoch}, {number})
            self.assertEqual(sorted(item[1] for item in epoch), list(range(10)))
        self.assertNotEqual([i for _, i in epochs[0]], [i for _, i in epochs[1]])

    def test_is_taken_up_at_any_step(self):
        whole = list(loading.MixedOrder(23, 4, seed=9, first_step=0, steps=17))
        for first in (1, 5, 8, 16):
            self.assertEqual(list(loading.MixedOrder(23, 4, seed=9, first_step=first, steps=17)), whole[first:])


class PicturesFromDisk(TemporaryFolder):
    def test_another_picture_stands_for_one_that_is_broken(self):
        draw_people(self.folder, 2, 2)
        files = [file for person in faces.list_people(self.folder) for file in person.files]
        content = Path(files[1]).read_bytes()
        Path(files[1]).write_bytes(content[: len(content) // 2])
        loader = loading.Faces(files, [0, 0, 1, 1], 48, seed=1, augmentation=False)
        pixels, label, unreadable = loader[(0, 1)]
        self.assertEqual((label, unreadable), (1, [1]))
        self.assertTrue(np.array_equal(pixels, loader[(0, 2)][0]))

    def test_chance_is_the_epochs_and_the_pictures_own(self):
        draw_people(self.folder, 2, 2)
        files = [file for person in faces.list_people(self.folder) for file in person.files]
        first, second = (loading.Faces(files, [0, 0, 1, 1], 48, seed=1, augmentation=True) for _ in range(2))
        second[(5, 2)]
        self.assertTrue(np.array_equal(first[(3, 1)][0], second[(3, 1)][0]))
        self.assertFalse(np.array_equal(first[(3, 1)][0], first[(4, 1)][0]))
        self.assertEqual(first[(3, 1)][0].shape, (48, 48, 3))

    def test_held_out_people_are_not_trained_on(self):
        draw_people(self.folder, 30, 2)
        people = faces.list_people(self.folder)
        split = faces.split_people(people, (), least=2, share=0.4, seed=1)
        names = [{person.name for person in group} for group in (split.training, split.held_out)]
        self.assertEqual((len(names[0]), len(names[1])), (18, 12))
        self.assertFalse(names[0] & names[1])
        named = faces.split_people(people, ["p004"], least=2, share=0, seed=1)
        self.assertEqual([person.name for person in named.held_out], ["p004"])

    def test_a_single_person_is_told_to_be_too_few(self):
        draw_people(self.folder, 1, 3)
        with self.assertRaisesRegex(TrainingFault, "Only 1 of 1 people.*at least two"):
            faces.split_people(faces.list_people(self.folder), (), least=2, share=0, seed=1)


class PairsToValidateOn(TemporaryFolder):
    def test_are_read_from_lfws_file_by_fold(self):
        draw_people(self.folder, 4, 2)
        file = self.folder / "pairs.txt"
        file.write_text("2\t1\np000\t1\t2\np000\t1\tp001\t2\np002\t1\t2\np002\t2\tp003\t9\n")
        whole = pairs.read_pairs(file, self.folder)
        self.assertEqual([pair.genuine for pair in whole.pairs], [True, False, True])
        self.assertEqual((whole.missing, whole.people), (1, ("p000", "p001", "p002", "p003")))
        first = pairs.read_pairs(file, self.folder, 1)
        self.assertEqual((len(first.pairs), first.people), (2, ("p000", "p001")))

    def test_a_file_without_pairs_is_refused(self):
        file = self.folder / "pairs.txt"
        for text, message in (
            ("", "first line"),
            ("1 1\nnobody 1 2\n", "no pairs of both kinds"),
            ("1 1\na b\n", "no pair"),
        ):
            file.write_text(text)
            with self.assertRaisesRegex(TrainingFault, message):
                pairs.read_pairs(file, self.folder)
        with self.assertRaisesRegex(TrainingFault, "no pairs to validate on"):
            pairs.draw_pairs([faces.Person("a", ("1", "2"))], 1)

    def test_are_drawn_from_people_held_out(self):
        people = [faces.Person(f"p{i}", tuple(f"p{i}/{j}" for j in range(3))) for i in range(8)]
        drawn = pairs.draw_pairs(people, 1)
        kinds = [pair.genuine for pair in drawn.pairs]
        self.assertEqual((sum(kinds), len(kinds)), (24, 48))
        for pair in drawn.pairs:
            self.assertEqual(pair.first.split("/")[0] == pair.second.split("/")[0], pair.genuine)


class Verification(unittest.TestCase):
    def test_equal_directions_are_told_right_and_chance_is_half(self):
        torch.manual_seed(1)
        first = torch.randn(200, 16)
        genuine = torch.arange(200) % 2 == 0
        second = torch.where(genuine[:, None], 3 * first + 0.1 * torch.randn(200, 16), torch.randn(200, 16))
        self.assertGreater(verification.verify(first, second, genuine).accuracy, 0.99)
        chance = verification.verify(first, torch.randn(200, 16), genuine)
        self.assertTrue(chance.low < 0.5 < chance.high)

    def test_the_threshold_is_the_best_of_all(self):
        random.seed(2)
        cosines = torch.tensor([random.gauss(0.3 * (i % 2), 0.3) for i in range(60)])
        genuine = torch.arange(60) % 2 == 1
        right = lambda at: int(((cosines >= at) == genuine).sum())
        best = max(right(at) for at in torch.linspace(-2, 2, 4001).tolist())
        self.assertEqual(right(verification.best_threshold(cosines, genuine)), best)

    def test_wilsons_interval(self):
        low, high = verification.wilson(81, 263)
        # Newcombe 1998, table I.
        self.assertAlmostEqual(low, 0.2553, 4)
        self.assertAlmostEqual(high, 0.3662, 4)


class TheLearningRate(unittest.TestCase):
    def test_rises_and_falls(self):
        rates = [schedule.learning_rate(step, 100, 10, 0.1, "cosine") for step in range(100)]
        self.assertAlmostEqual(rates[0], 0.01)
        self.assertAlmostEqual(max(rates), 0.1)
        self.assertEqual(rates[10:], sorted(rates[10:], reverse=True))
        self.assertLess(rates[-1], 1e-4)

    def test_falls_in_steps(self):
        rates = [schedule.learning_rate(step, 100, 0, 0.1, "steps") for step in (0, 59, 60, 80, 95)]
        for rate, expected in zip(rates, (0.1, 0.1, 0.01, 0.001, 0.0001)):
            self.assertAlmostEqual(rate, expected)


class Networks(unittest.TestCase):
    def test_have_the_papers_sizes(self):
        mobile = networks.build_network("mobilefacenet", 112, 128, 1.0)
        self.assertAlmostEqual(networks.count_weights(mobile) / 1e6, 0.99, 1)
        # The paper counts 221 million multiply-adds, two operations each.
        self.assertAlmostEqual(networks.operations_per_picture(mobile, 112) / 2e6, 221, delta=5)
        inception = networks.build_network("inception-resnet-v1", 160, 512, 1.0)
        # 22.8 million before the embedding's layer (D. Sandberg), 0.9 in it.
        self.assertAlmostEqual(networks.count_weights(inception) / 1e6, 23.5, delta=0.3)
        self.assertEqual(inception.eval()(torch.zeros(1, 3, 96, 96)).shape, (1, 512))

    def test_sizes_that_do_not_fit_are_told(self):
        for architecture, size in (("mobilefacenet", 100), ("inception-resnet-v1", 64)):
            with self.assertRaisesRegex(TrainingFault, f"--size {size}"):
                networks.build_network(architecture, size, 128, 1.0)

    def test_the_test_pattern_is_what_the_other_side_makes(self):
        pattern = export.test_pattern(16).flatten().tolist()
        self.assertEqual(pattern[:4] + pattern[97:99], [0, 37, 74, 111, (37 * 97 + 1) % 256, (37 * 98 + 1) % 256])

    def test_points_move_with_the_picture_when_it_is_resized(self):
        resized = faces.Alignment(112, faces.ARCFACE_TEMPLATE).resized(56)
        dot = Image.new("L", (112, 112))
        x, y = (round(value) for value in faces.ARCFACE_TEMPLATE[2])
        dot.putpixel((x, y), 255)
        pixels = np.asarray(dot.resize((56, 56), Image.BILINEAR), dtype=float)
        rows, columns = np.indices(pixels.shape)
        middle = (pixels * columns).sum() / pixels.sum(), (pixels * rows).sum() / pixels.sum()
        for found, expected in zip(middle, resized.template[2]):
            self.assertAlmostEqual(found, expected, delta=0.3)


class Checkpoints(TemporaryFolder):
    def test_a_failed_write_leaves_the_last_one_whole(self):
        file = self.folder / "checkpoint.pt"
        checkpoint.save(file, {"weights": torch.ones(2)}, {"step": 1, "rate": 0.5})
        real = os.fsync

        def full(_handle):
            raise OSError(errno.ENOSPC, "No space left on device")

        os.fsync = full
        try:
            with self.assertRaisesRegex(TrainingFault, "The disk is full"):
                checkpoint.save(file, {}, {"step": 2})
        finally:
            os.fsync = real
        state = checkpoint.load(file)
        self.assertEqual((state["step"], state["rate"], state["weights"].tolist()), (1, 0.5, [1, 1]))
        self.assertEqual([entry.name for entry in self.folder.iterdir()], ["checkpoint.pt"])

    def test_something_else_is_told_not_to_be_one(self):
        file = self.folder / "checkpoint.pt"
        file.write_bytes(b"PK\x03\x04 nothing")
        with self.assertRaisesRegex(TrainingFault, "is no checkpoint that can be read.*--fresh"):
            checkpoint.load(file)
        self.assertIsNone(checkpoint.load(self.folder / "none.pt"))

    def test_other_failures_to_write_are_told_too(self):
        with self.assertRaisesRegex(TrainingFault, "cannot be written"):
            with writing(self.folder):
                raise PermissionError(errno.EACCES, "Permission denied")


if __name__ == "__main__":
    unittest.main()
