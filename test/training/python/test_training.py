"""Real trainings, started as `doorman train-encoder` starts them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import List

from faces_for_tests import draw_people

SMALL = (
    "--size 48 --width 0.25 --embedding 16 --batch 16 --epochs 6 --learning-rate 0.05 --hold-out 0.4 --workers 1 "
    "--threads 1 --report-steps 4"
)


def command(faces: Path, out: Path, *more: str) -> List[str]:
    return [sys.executable, "-m", "doorman_training", str(faces), "--out", str(out), *SMALL.split(), *more]


def train(faces: Path, out: Path, *more: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(faces, out, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def curve(out: Path, *keys: str):
    lines = [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]
    return [[line["step"], *(line[key] for key in keys)] for line in lines if keys[0] in line]


LOSS = ("train/loss", "train/accuracy", "train/learning-rate")
ACCURACY = ("validation/accuracy", "validation/accuracy-low", "validation/accuracy-high", "validation/threshold")


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.holder.name)
        cls.faces, cls.whole = cls.folder / "faces", cls.folder / "whole"
        draw_people(cls.faces, 30, 5)
        # A broken picture is left out of the training and counted.
        (cls.faces / "p003" / "p003_0009.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
        cls.ended = train(cls.faces, cls.whole)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def test_the_loss_falls_and_accuracy_on_others_is_above_chance(self):
        self.assertEqual(self.ended.returncode, 0, self.ended.stderr)
        losses = [loss for _, loss, *_ in curve(self.whole, *LOSS)]
        self.assertLess(losses[-1], 0.9 * losses[0])
        *_, (_, accuracy, low, high, _) = curve(self.whole, *ACCURACY)
        self.assertGreater(low, 0.5)
        self.assertTrue(low < accuracy < high)

    def test_what_is_left_says_what_it_is(self):
        facts = json.loads((self.whole / "training.json").read_text())
        self.assertEqual((facts["data"]["people"], facts["data"]["held_out"]), (18, 12))
        broken = "p003" in {person["name"] for person in facts["held_out"]}
        self.assertEqual(facts["data"]["unreadable"], 0 if broken else 1)
        self.assertTrue(0 <= facts["speed"]["waiting"] < 1)
        card = (self.whole / "MODEL-CARD.md").read_text()
        for words in ("95 % interval", "18 people", "| seed | 1 |", "not stated"):
            self.assertIn(words, card)
        described = json.loads((self.whole / "encoder.json").read_text())
        self.assertEqual((described["input"]["size"], described["output"]["length"]), (48, 16))

    def test_killed_and_resumed_it_gives_the_same_curve(self):
        out = self.folder / "killed"
        child = subprocess.Popen(
            command(self.faces, out, "--checkpoint-minutes", "0.01"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        # Killed in the middle of an epoch, with a checkpoint behind it and steps after that.
        self.wait_for(lambda: len(curve(out, *LOSS)) >= 4, out / "curve.jsonl", child)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        self.assertFalse((out / "encoder.onnx").exists())
        resumed = train(self.faces, out)
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertRegex(resumed.stdout, r"Going on from step [1-9]")
        for keys in (LOSS, ACCURACY):
            self.assertEqual(curve(out, *keys), curve(self.whole, *keys))
        self.assertEqual((out / "encoder.onnx").read_bytes(), (self.whole / "encoder.onnx").read_bytes())

    def test_asked_to_stop_it_keeps_what_it_has(self):
        out = self.folder / "stopped"
        child = subprocess.Popen(command(self.faces, out), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.wait_for(lambda: len(curve(out, *LOSS)) >= 1, out / "curve.jsonl", child)
        child.send_signal(signal.SIGTERM)
        told, _ = child.communicate()
        self.assertEqual(child.returncode, 130)
        self.assertIn("the same command goes on from here", told)
        self.assertTrue((out / "checkpoint.pt").exists())
        other = train(self.faces, out, "--seed", "2")
        self.assertEqual(other.returncode, 1)
        self.assertIn("was begun with seed 1", other.stderr)

    def test_a_loss_that_is_no_number_ends_it(self):
        out = self.folder / "blown-up"
        run = train(self.faces, out, "--learning-rate", "1e30", "--warm-up", "0")
        self.assertEqual(run.returncode, 1)
        self.assertIn("training has blown up", run.stderr)
        self.assertNotIn("Traceback", run.stderr)

    def test_one_person_is_too_few(self):
        only = self.folder / "only"
        shutil.copytree(self.faces / "p000", only / "p000")
        run = train(only, self.folder / "none", "--hold-out", "0")
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, "^Only 1 of 1 people can be trained on")

    def wait_for(self, condition, file: Path, child: subprocess.Popen) -> None:
        while not (file.exists() and condition()):
            if child.poll() is not None:
                self.fail(f"ended too soon: {child.communicate()[0]}")
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
