"""Plans: a shot is rendered anew when what decides its pixels has changed, and only then."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from animecolor.batch.plan import SHOTS, Plan
from animecolor.errors import UsageError
from animecolor.models.tcvc import TcvcNet
from animecolor.models.weights import Header, save
from tests.batch.episodes import SHOT_FRAMES, Season, cut_clip, paint
from tests.batch.episodes import save as save_picture


def keys(season: Season) -> list[str]:
    (plan,) = season.plans()
    return [job.key for job in plan.jobs]


def changed(before: list[str], after: list[str]) -> list[int]:
    """Which shots have another key."""
    assert len(before) == len(after)
    return [n for n, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]


def spans(plan: Plan) -> list[tuple[int, int]]:
    return [(job.first, job.frames) for job in plan.jobs]


def test_shots_are_found_saved_and_edited(season: Season) -> None:
    (plan,) = season.plans()
    assert spans(plan) == [(0, 5), (5, 5), (10, 5)]
    table = season.job / "ep01" / SHOTS
    assert table.read_text().splitlines() == [
        "start_frame,seconds,frames,caption",
        "0,0.000,5,",
        "5,0.208,5,",
        "10,0.417,5,",
    ]
    before = [job.key for job in plan.jobs]
    table.write_text("start_frame,caption\n0,\n5,\n10,\n12,\n")
    (after,) = season.plans()
    assert spans(after) == [(0, 5), (5, 5), (10, 2), (12, 3)]
    assert [job.key for job in after.jobs[:2]] == before[:2]
    table.write_text("start_frame,caption\n0,\n5,a red ball\n10,\n")
    assert changed(before, keys(season)) == [1]
    table.write_text("start_frame\n0\n99\n")
    with season_error("begins at frame 99 of 15"):
        season.plans_strictly()
    table.unlink()
    season.job.joinpath("ep01/survey.json").unlink()
    assert keys(season) == before


def test_what_is_planned_twice_is_read_once(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys(season)
    monkeypatch.setattr("animecolor.batch.plan.survey", None)
    assert keys(season) == before


def test_an_edited_list_survives_another_clip(season: Season) -> None:
    season.plans()
    table = season.job / "ep01" / SHOTS
    edited = "start_frame,caption\n0,mine\n"
    table.write_text(edited)
    cut_clip(season.root / "ep01.mkv", "-c:v", "ffv1")
    (plan,) = season.plans()
    assert spans(plan) == [(0, 15)]
    assert table.read_text() == edited


def test_a_copy_of_the_clip_is_the_same_clip(season: Season) -> None:
    before = keys(season)
    clip = season.root / "ep01.mkv"
    shutil.copyfile(clip, season.root / "copy.mkv")
    os.replace(season.root / "copy.mkv", clip)
    os.utime(clip, (1, 1))
    assert keys(season) == before


def test_settings_change_every_shot_and_the_device_none(season: Season) -> None:
    before = keys(season)
    look = season.root / "look.toml"
    said = look.read_text()
    look.write_text(said.replace("size = 64", "size = 68"))
    assert changed(before, keys(season)) == [0, 1, 2]
    look.write_text(said.replace('device = "cpu"', 'device = "auto"'))
    assert keys(season) == before
    torch.manual_seed(1)
    size = {"width": 4, "blocks": 1}
    weights = TcvcNet(**size).build().state_dict()
    save(season.root / "tiny.safetensors", Header("tcvc", size, {}), weights)
    look.write_text(said)
    assert changed(before, keys(season)) == [0, 1, 2]


def test_how_the_result_is_written_changes_no_shot_but_the_episode(season: Season) -> None:
    (before,) = season.plans()
    season.write('[[episode]]\nname = "ep01"\nsource = "ep01.mkv"\n', defaults='encode = "web"')
    (after,) = season.plans()
    assert [job.key for job in after.jobs] == [job.key for job in before.jobs]
    assert after.key != before.key


def test_a_painted_frame_changes_its_shot(season: Season) -> None:
    paint(season.root / "keys", 0)
    entry = '[[episode]]\nname = "ep01"\nsource = "ep01.mkv"\nkeyframes = "keys"\n'
    season.write(entry)
    before = keys(season)
    painted = paint(season.root / "keys", SHOT_FRAMES + 2)
    assert changed(before, keys(season)) == [1]
    (plan,) = season.plans()
    assert plan.jobs[1].task.keyframes == {"000007.png": painted.resolve()}
    paint(season.root / "keys", 99)
    with season_error("the clip ends with frame 14"):
        season.plans_strictly()


def test_a_retouched_image_changes_its_shot(season: Season) -> None:
    folder = season.root / "ink"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(6):
        save_picture(folder / f"a{number:04d}.png", rng.integers(0, 256, (64, 96, 3), np.uint8))
    (season.root / "list.csv").write_text("start_frame\n0\n2\n4\n")
    season.write('[[episode]]\nname = "ep01"\nsource = "ink"\nshots = "list.csv"\n')
    before = keys(season)
    save_picture(folder / "a0003.png", rng.integers(0, 256, (64, 96, 3), np.uint8))
    assert changed(before, keys(season)) == [1]
    (plan,) = season.plans()
    assert spans(plan) == [(0, 2), (2, 2), (4, 2)]


def test_an_episode_that_cannot_be_planned_leaves_the_others(season: Season) -> None:
    (season.root / "broken.mkv").write_bytes(b"no clip")
    both = '[[episode]]\nname = "ep01"\nsource = "ep01.mkv"\n'
    season.write(both + '[[episode]]\nname = "ep02"\nsource = "broken.mkv"\n')
    assert [plan.episode.name for plan in season.plans()] == ["ep01"]


def season_error(said: str) -> pytest.RaisesExc[UsageError]:
    return pytest.raises(UsageError, match=said)


def test_blank_frames_at_the_beginning_are_one_job_with_what_follows(season: Season) -> None:
    folder = season.root / "ink"
    folder.mkdir()
    white = np.full((64, 96, 3), 255, np.uint8)
    for number in range(9):
        picture = white.copy()
        if number >= 3:
            picture[10 + number : 50, 20 : 22 + number % 2] = 0
            picture[10:12, 20:60] = 0
        save_picture(folder / f"a{number:04d}.png", picture)
    (season.root / "list.csv").write_text("start_frame,caption\n0,dawn\n2,\n5,\n8,\n")
    (season.root / "look.toml").write_text(Path(season.root / "look.toml").read_text()[14:])
    row = 'name = "ep01"\nsource = "ink"\nshots = "list.csv"\nmode = "lineart"\n'
    season.write(f"[[episode]]\n{row}")
    (plan,) = season.plans()
    assert plan.survey.lines == "ink"
    assert (plan.survey.shown, plan.survey.decided) == (3, 6)
    assert spans(plan) == [(0, 8), (8, 1)]
    listed = plan.jobs[0].task.render["shots"]["list"]
    assert Path(listed).read_text() == "start_frame,caption\n0,dawn\n2,\n5,\n"
    assert plan.jobs[1].task.render["lines"]["source"] == "ink"
