"""What inspecting 1080p costs on this machine: frames a second, and memory as a clip gets longer.

    python scripts/bench_qa.py [--clip CLIP] [--source CLIP] [--frames 96]

Without a clip a cartoon is drawn, on ones and on twos, as H.264 4:2:0, and inspected with its line
drawings, with its grey copy, and without either. The default profile's analysis (540 rows) with
every measure and detector; the target on two cores is 24 frames a second. Where the machine is busy
with other things, the processor's time tells more than the clock. Memory is the process's peak
after a third and after all of a clip.
"""

from __future__ import annotations

import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import click

from animecolor.config import Limits, Range
from animecolor.qa.measure import Request, measure
from animecolor.training.toon import draw_clip
from animecolor.video.info import VideoInfo
from animecolor.video.probe import probe

SIZE = 1080, 1920
DRAWINGS = 24


def drawn(folder: Path, frames: int, held: int) -> tuple[Path, dict[str, Path]]:
    """A cartoon and what it may be painted from as files, every drawing ``held`` frames long; the
    drawings come again and again, forth and back.
    """
    import av
    import cv2
    import numpy as np
    from av.video.frame import VideoFrame

    toons = list(draw_clip(5, SIZE, DRAWINGS))
    toons += toons[-2:0:-1]
    paths = {kind: folder / f"{kind}-{held}.mp4" for kind in ("clip", "lines", "grey copy")}
    for kind, path in paths.items():
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=24, options={"crf": "18"})
            stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
            for number in range(frames):
                toon = toons[number // held % len(toons)]
                picture = toon.color
                if kind != "clip":
                    gray = (
                        toon.ink if kind == "lines" else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
                    )
                    picture = np.dstack([gray] * 3)
                frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return paths.pop("clip"), paths


def peak_mb() -> float:
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def inspect(clip: VideoInfo, source: VideoInfo | None, frames: int) -> tuple[float, float]:
    """Seconds by the clock and of the processor for so many frames."""
    begun, spent = time.perf_counter(), time.process_time()
    measure(clip, Request(source=source, range=Range(frames=frames)))
    return time.perf_counter() - begun, time.process_time() - spent


@click.command()
@click.option("--clip", type=click.Path(exists=True, path_type=Path))
@click.option("--source", type=click.Path(exists=True, path_type=Path))
@click.option("--frames", default=96)
def main(clip: Path | None, source: Path | None, frames: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        pairs: dict[str, tuple[Path, dict[str, Path]]] = {}
        if clip is not None:
            pairs[clip.name] = clip, {} if source is None else {"source": source}
        else:
            # In a process of its own, so that the drawings do not count as this one's memory.
            with ProcessPoolExecutor(1, get_context("spawn")) as artist:
                for held, name in ((1, "on ones"), (2, "on twos")):
                    pairs[name] = artist.submit(drawn, Path(folder), frames, held).result()
        for name, (shown, painted_from) in pairs.items():
            info = probe(shown, Limits())
            for kind, path in painted_from.items():
                tell(f"{name}, with its {kind}", info, probe(path, Limits()), frames)
            tell(f"{name}, without a source", info, None, frames)


def tell(name: str, clip: VideoInfo, source: VideoInfo | None, frames: int) -> None:
    """Print the figures of one clip."""
    inspect(clip, source, frames // 3)
    early = peak_mb()
    wall, processor = inspect(clip, source, frames)
    click.echo(
        f"{clip.width}x{clip.height}, {name}: {frames / wall:.1f} frames a second "
        f"({1000 * wall / frames:.1f} ms by the clock, {1000 * processor / frames:.1f} ms of the "
        f"processor); peak memory {early:.0f} MB after {frames // 3} frames, {peak_mb():.0f} MB "
        f"after {frames}"
    )


if __name__ == "__main__":
    main()
