"""Stills judged beside their baselines, and the blind study and its key."""

from __future__ import annotations

import csv
import io
import math
import re

import pytest
import torch
from skimage.color import rgb2lab

from animecolor.color import luma
from animecolor.evaluation.stills import METRICS, card_rows, judge, saturated
from animecolor.evaluation.study import SHARE, Candidate, study
from animecolor.training.gallery import Guess, Picture


def pictures(count: int = 3) -> list[Picture]:
    torch.manual_seed(0)
    smooth = torch.rand(count, 3, 4, 4)
    colors = torch.nn.functional.interpolate(smooth, size=(24, 32), mode="bilinear")
    return [Picture(f"photo/{i}", luma(rgb[None]), rgb[None]) for i, rgb in enumerate(colors)]


def test_only_saturated_pixels_count() -> None:
    truth = torch.full((1, 3, 4, 4), 0.5)
    truth[:, :, :, :2] = torch.tensor([0.8, 0.1, 0.1])[None, :, None, None]
    painted = truth.clone()
    assert float(saturated(painted, truth)) == 100
    painted[:, :, :2, :2] = 0.3  # half of the red is lost
    assert float(saturated(painted, truth)) == 50
    painted[:, 0, :, 2:] = 1.0  # grey pixels do not count
    assert float(saturated(painted, truth)) == 50
    assert math.isnan(float(saturated(truth, torch.full_like(truth, 0.5))))
    lab = rgb2lab([[[0.8, 0.1, 0.1]]])[0, 0]
    assert (lab[1] ** 2 + lab[2] ** 2) ** 0.5 > 20


def test_the_truth_beats_every_baseline() -> None:
    shown = pictures()
    truth = {one.name: one.truth for one in shown}
    guess = Guess.of([one.truth for one in shown])
    means = judge(shown, lambda plane, name: truth[name], guess)
    assert set(means) == {"model", "gray", "mean", "table", "truth"}
    assert means["model"]["chroma_psnr"] == 100
    assert means["model"]["saturated"] == 100
    assert means["model"]["colorfulness"] == pytest.approx(means["truth"]["colorfulness"])
    assert means["gray"]["colorfulness"] == pytest.approx(0, abs=1e-3)
    for name in ("gray", "mean", "table"):
        assert means[name]["delta_e"] > means["model"]["delta_e"]
    assert means["table"]["chroma_psnr"] > means["mean"]["chroma_psnr"] > 0
    rows = list(card_rows("3 pictures", means, "run this"))
    assert [row["what"].split(",")[0] for row in rows] == [title for title, _ in METRICS.values()]
    assert set(rows[0]["baselines"]) == {"gray", "mean", "table"}


def test_a_study_shows_one_side_of_each_and_keeps_the_key_apart() -> None:
    shown = [
        Candidate(f"name-{i}", torch.full((3, 4, 4), 0.2), torch.full((3, 4, 4), 0.8))
        for i in range(12)
    ]
    found = study(shown, 5, "Real or <painted>?")
    rows = list(csv.DictReader(io.StringIO(found.key)))
    assert [row["number"] for row in rows] == [str(n) for n in range(1, 13)]
    assert sorted(row["picture"] for row in rows) == sorted(one.name for one in shown)
    assert [row["picture"] for row in rows] != [one.name for one in shown]
    assert sum(row["is"] == "painted" for row in rows) == round(12 * SHARE)
    assert "name-" not in found.page
    assert "&lt;painted&gt;" in found.page
    images = re.findall(r'src="(data:[^"]+)"', found.page)
    assert len(images) == 12
    sides = {row["is"]: image for row, image in zip(rows, images, strict=True)}
    assert [sides[row["is"]] for row in rows] == images  # the key says what is shown
    assert study(shown, 5, "Real or <painted>?") == found
    assert study(shown, 6, "Real or <painted>?").key != found.key
