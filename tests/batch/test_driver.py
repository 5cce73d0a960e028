"""The driver: what is tried again, what is quarantined, what comes first; the ledger behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.batch.engine import Fault, Outcome
from animecolor.batch.job import working
from animecolor.batch.ledger import NAME, Ledger, State
from animecolor.batch.status import status_of, table
from animecolor.errors import AnimecolorError
from animecolor.video.claim import Busy
from tests.batch.episodes import Here, Season, names


class Failing(Here):
    """Ends tasks badly whose name begins so, as often as asked."""

    def __init__(self, start: str, fault: Fault, times: int, slots: int = 1) -> None:
        super().__init__(slots)
        self._start, self._fault, self._times = start, fault, times

    def do(self, task: Path) -> Outcome:
        if task.stem.startswith(self._start) and self._times:
            self._times -= 1
            return Outcome(task, "here", fault=self._fault, error="on purpose")
        return super().do(task)


def states(season: Season) -> list[tuple[State, int]]:
    with working(season.read()) as ledger:
        return [(row.state, row.tries) for row in ledger.shots()]


@pytest.mark.parametrize(
    ("fault", "times", "tries"),
    [(Fault.LOST, 2, 3), (Fault.BUG, 1, 2), (Fault.MEMORY, 1, 2)],
)
def test_what_may_pass_is_tried_again(season: Season, fault: Fault, times: int, tries: int) -> None:
    summary = season.render(Failing("000005", fault, times))
    assert (summary.rendered, summary.joined, summary.quarantined) == (3, 1, [])
    assert states(season) == [(State.DONE, 1), (State.DONE, tries), (State.DONE, 1)]


@pytest.mark.parametrize(
    ("fault", "tries"), [(Fault.LOST, 3), (Fault.BUG, 2), (Fault.MEMORY, 2), (Fault.FAILED, 1)]
)
def test_what_fails_is_quarantined_and_the_rest_goes_on(
    season: Season, fault: Fault, tries: int
) -> None:
    summary = season.render(Failing("000005", fault, 9))
    assert (summary.rendered, summary.joined) == (2, 0)
    assert summary.quarantined == ["ep01/0001"]
    assert states(season)[1] == (State.QUARANTINED, tries)
    again = season.render()
    assert (again.rendered, again.joined) == (0, 0)
    with working(season.read()) as ledger:
        assert ledger.release(["ep01/0002"]) == 0
        assert ledger.release(["ep01/0001"]) == 1
    assert season.render().rendered == 1
    assert (season.root / "colored/ep01.mkv").exists()


def test_a_full_disk_ends_the_run_and_blames_no_shot(season: Season) -> None:
    with pytest.raises(AnimecolorError, match="make room and render again"):
        season.render(Failing("000005", Fault.FULL, 1))
    assert {state for state, _ in states(season)} <= {State.DONE, State.WAITING}
    assert season.render().joined == 1


def test_whatever_ends_the_driver_its_shots_wait_again(season: Season) -> None:
    class Stopped(Here):
        def do(self, task: Path) -> Outcome:
            if len(self.begun) == 3:
                raise KeyboardInterrupt
            return super().do(task)

    with pytest.raises(KeyboardInterrupt):
        season.render(Stopped(slots=2))
    with working(season.read()) as ledger:
        assert [row.state for row in ledger.shots()].count(State.RUNNING) == 0
    assert season.render().joined == 1


def test_nothing_is_rendered_twice(season: Season) -> None:
    assert season.render().rendered == 3
    shots = season.job / "ep01/shots"
    before = {file: file.stat().st_mtime_ns for file in shots.iterdir()}
    (season.job / NAME).unlink()
    season.render()
    assert {file: file.stat().st_mtime_ns for file in shots.iterdir()} == before
    again = season.render()
    assert (again.rendered, again.joined) == (0, 0)


def test_what_is_edited_and_edited_back_is_found_again(season: Season) -> None:
    season.render()
    look = season.root / "look.toml"
    said = look.read_text()
    look.write_text(said.replace("size = 64", "size = 68"))
    assert season.render().rendered == 3
    look.write_text(said)
    summary = season.render()
    assert (summary.rendered, summary.joined) == (0, 1)


def test_priorities_and_long_shots_come_first(season: Season) -> None:
    (season.root / "two.csv").write_text("start_frame\n0\n2\n8\n")
    season.write(
        '[[episode]]\nname = "a"\nsource = "ep01.mkv"\nshots = "two.csv"\n'
        '[[episode]]\nname = "b"\nsource = "ep01.mkv"\nshots = "two.csv"\npriority = 1\n'
    )
    engine = Here()
    season.render(engine)
    firsts = [name.split("-")[0] for name in engine.begun]
    assert firsts[:4] == ["000008", "000002", "000000", "join"]
    assert firsts[4:] == ["000008", "000002", "000000", "join"]


def test_one_driver_at_a_time(season: Season) -> None:
    with working(season.read()), pytest.raises(Busy), working(season.read()):
        pass


def test_half_written_files_of_a_killed_driver_are_swept(season: Season) -> None:
    season.render()
    shots = season.job / "ep01/shots"
    kept = names(shots.iterdir())
    (shots / ".000000-abc.0123abcd.part.mkv").touch()
    (season.root / "colored/.ep01.0123abcd.part.mkv").touch()
    (season.root / "colored/.mine.0123abcd.part.mkv").touch()
    season.render()
    assert names(shots.iterdir()) == kept
    left = [name for name in names((season.root / "colored").iterdir()) if "part" in name]
    assert left == [".mine.0123abcd.part.mkv"]


def test_a_damaged_ledger_says_what_to_do(season: Season) -> None:
    season.render()
    (season.job / NAME).write_bytes(b"no database" * 1000)
    for beside in ("-wal", "-shm"):
        (season.job / (NAME + beside)).unlink(missing_ok=True)
    with pytest.raises(AnimecolorError, match="remove it: what is rendered will be found again"):
        season.render()


def test_a_ledger_is_read_while_it_is_written(season: Season) -> None:
    season.render()
    with working(season.read()) as ledger:
        ledger.begin(ledger.shots()[0].key, "here")
        other = Ledger(season.job, reading=True)
        status = status_of(other)
        other.close()
    assert (status.frames, status.frames_done, status.done) == (15, 10, True)
    assert [each.name for each in status.running] == ["ep01/0000"]
    assert table(status)[1].split()[:4] == ["ep01", "done", "2/3", "10/15"]


def test_an_episode_that_left_the_manifest_is_no_longer_of_the_job(season: Season) -> None:
    season.write('[[episode]]\nname = "old"\nsource = "ep01.mkv"\n')
    season.render(Failing("000005", Fault.FAILED, 1))
    season.write('[[episode]]\nname = "ep01"\nsource = "ep01.mkv"\n')
    season.render()
    with working(season.read()) as ledger:
        status = status_of(ledger)
    assert [each.name for each in status.episodes] == ["ep01"]
    assert (status.done, status.quarantined, status.frames) == (True, (), 15)


def test_an_episode_runs_while_one_of_its_shots_does(season: Season) -> None:
    season.plans()
    with working(season.read()) as ledger:
        assert status_of(ledger).episodes[0].state is State.WAITING
        ledger.begin(ledger.shots()[0].key, "here")
        assert status_of(ledger).episodes[0].state is State.RUNNING


def test_a_job_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AnimecolorError, match="holds no job"):
        Ledger(tmp_path, reading=True)
