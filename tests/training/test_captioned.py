"""Drawn pages: what is said is what is painted, recoloring keeps the grey, and swaps are fair."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from animecolor.color import rgb_to_lab
from animecolor.models.captioncolor.words import split, vocabulary
from animecolor.training.captioned import CaptionedSamples, Sight
from animecolor.training.clips import Clip, save_pictures
from animecolor.training.pages import (
    NEAR,
    Page,
    candidates,
    draw_pages,
    name_of,
    recolor,
    to_lab,
    visible,
)
from animecolor.training.samples import Share
from animecolor.training.strokes import luma_of
from animecolor.training.swaps import judge, swaps
from animecolor.training.telling import SAID, Said, tell
from animecolor.training.telling import vocabulary as grammar
from animecolor.training.toon.clip import draw_clip
from animecolor.training.toon.parts import parts
from animecolor.training.toon.scene import palette, plan
from animecolor.training.toon.tints import WORDS

COUNT = 12


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    return list(draw_pages(range(COUNT), tmp_path_factory.mktemp("pages")))


def test_every_part_is_of_the_scene_and_no_paint_is_two() -> None:
    for seed in range(60):
        scene = plan(seed)
        numbers = [number for part in parts(scene) for number in part.paints]
        assert len(numbers) == len(set(numbers))
        for part in parts(scene):
            names = [scene.paints[number].name for number in part.paints]
            if part.noun in ("hair", "sky", "shoes"):
                kind = {"sky": "sky", "hair": "hair", "shoes": "shoe"}[part.noun]
                assert all(name.endswith(kind) for name in names)
            assert (part.actor < 0) == (part.owner == "")


def test_a_page_knows_the_paint_of_its_pixels(pages: list[Page]) -> None:
    seed = pages[3].seed
    color, paints = pages[3].load()
    swatches = palette(seed)
    for one in visible(pages[3], color, paints):
        flat = [
            swatches[1 + 3 * n].rgb for n in one.part.paints if not swatches[1 + 3 * n].gradient
        ]
        if one.part.noun == "shirt":
            inside = color[one.mask].astype(int)
            exact = (np.abs(inside[:, None] - np.array(flat)).max(-1).min(1) <= 1).mean()
            assert exact > 0.3  # the rest is in shadow, light, or at an edge
    assert {frame.color.shape for frame in draw_clip(seed, color.shape[:2], 1)} == {color.shape}


def test_recoloring_keeps_lightness_and_takes_the_color(pages: list[Page]) -> None:
    tried = 0
    for page in pages:
        color, paints = page.load()
        for one in visible(page, color, paints)[:3]:
            for tint in candidates(one.lab)[:2]:
                changed = recolor(color, [(one, tint)])
                before, after = to_lab(color), to_lab(changed)
                assert np.abs(after - before)[~one.mask].max() < 1.5  # 8 bits, there and back
                assert abs(tint.lab[0] - one.lab[0]) < NEAR
                assert tint.word != name_of(one.lab)
                middle = np.median(after[one.mask], 0)
                # Colors that the screen cannot show at that lightness come as near as they can.
                assert np.abs(middle - one.lab)[0] < 12
                assert np.linalg.norm(middle[1:] - tint.lab[1:]) < 25
                tried += 1
    assert tried > 20


def test_words_name_their_own_colors() -> None:
    for word, colors in WORDS.items():
        for rgb in colors:
            assert name_of(to_lab(np.array([[rgb]], np.uint8))[0, 0]) == word


def test_captions_are_made_of_known_words(pages: list[Page]) -> None:
    known = set(vocabulary())
    assert known >= {word for text in grammar() for word in split(text)}
    for page in pages:
        color, paints = page.load()
        things = [one.said() for one in visible(page, color, paints)]
        for number in range(10):
            caption = tell(things, things, np.random.default_rng(number))
            assert "{" not in caption
            assert set(split(caption)) <= known


def test_a_caption_names_what_it_is_told() -> None:
    things = [
        Said("girl", "shirt", "red", 0.2),
        Said("car", "", "blue", 0.8),
        Said("", "sky", "pink", 0.5),
    ]
    heard = {tell(things, things, np.random.default_rng(n)) for n in range(60)}
    assert len(heard) > 40  # paraphrases
    for caption in heard:
        assert any(said in caption for said in SAID["red"])
        assert "shirt" in caption
        assert "blue" in caption
        assert "car" in caption
        assert "pink" in caption
    assert any(f"{near} the car" in caption for caption in heard for near in ("of", "to", "beside"))
    assert tell([], things, np.random.default_rng(0)) == ""


def test_twins_are_told_apart_by_their_side() -> None:
    twins = [
        Said("fish", "", "red", 0.1),
        Said("fish", "", "blue", 0.9),
        Said("fish", "", "green", 0.5),
    ]
    for number in range(20):
        caption = tell(twins, twins, np.random.default_rng(number))
        assert "green" not in caption
        for word, side in (("red", "left"), ("crimson", "left"), ("scarlet", "left")):
            if word in caption:
                after = caption[caption.index(word) :]
                assert after.index(f"on the {side}") < 40


def test_batches_are_the_same_whenever_asked_and_shared(pages: list[Page], tmp_path: Path) -> None:
    array = tmp_path / "p.npy"
    save_pictures(array, np.full((1, 80, 90, 3), (180, 40, 40), np.uint8))
    photo = Clip("p", "photo", "CC0", array, None, captions=("a wall", "a red wall"))
    sight = Sight(crop=32, count=6, drawn=0.5)
    whole = CaptionedSamples(pages, [photo], sight, 5)[3]
    again = CaptionedSamples(pages, [photo], sight, 5)[3]
    assert torch.equal(whole.color, again.color)
    assert whole.captions == again.captions
    assert torch.equal(whole.tokens, again.tokens)
    half = sight.model_copy(update={"count": 3})
    shares = [CaptionedSamples(pages, [photo], half, 5, Share(rank, 2))[3] for rank in (0, 1)]
    assert torch.equal(torch.cat([share.color for share in shares]), whole.color)
    assert torch.allclose(
        whole.plane,
        torch.from_numpy(luma_of((whole.color * 255).byte().permute(0, 2, 3, 1).numpy()))[:, None],
    )
    texts = [c for s in range(20) for c in CaptionedSamples(pages, [photo], sight, 5)[s].captions]
    assert {"", "a wall", "a red wall"} <= set(texts)
    assert len(set(texts)) > 30


def test_a_perfect_painter_follows_swaps_and_a_deaf_one_does_not(pages: list[Page]) -> None:
    questions = swaps(pages, 64)
    assert len(questions) > COUNT // 2
    for one in questions:
        first, second = (split(caption) for caption in one.captions)
        assert first != second
        assert not bool((one.inside & one.outside).any())
        assert 0.02 < float(one.inside.float().mean()) < 0.4
    wanted = {caption: (one, i) for one in questions for i, caption in enumerate(one.captions)}

    def perfect(plane: torch.Tensor, captions: object) -> torch.Tensor:
        painted = []
        for luma, caption in zip(plane, captions, strict=True):  # type: ignore[call-overload]
            one, which = wanted[caption]
            lab = rgb_to_lab(luma.expand(3, -1, -1)[None])[0].permute(1, 2, 0).numpy().copy()
            lab[one.inside.numpy(), 1:] = one.wanted[which].numpy()
            painted.append(torch.from_numpy(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)).permute(2, 0, 1))
        return torch.stack(painted).clamp(0, 1)

    verdict = judge(questions, perfect)
    assert verdict.followed > 0.9
    assert verdict.moved > 0.8
    assert verdict.leaked < 0.05
    deaf = judge(questions, lambda plane, captions: plane.expand(-1, 3, -1, -1))
    assert (deaf.followed, deaf.moved) == (0, 0)
