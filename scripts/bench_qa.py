"""What inspecting 1080p costs on this machine: frames a second, and memory as a clip gets longer.

    python scripts/bench_qa.py [--clip CLIP] [--source CLIP] [--frames 96]

Without a clip a cartoon is drawn: a figure on twos before a backdrop, as H.264 4:2:0 with its line
drawings. The default profile's analysis (540 rows) with every measure and detector; the target on
two cores is 24 frames a second. Memory is the process's peak after a third and after all of it.
"""

from __future__ import annotations

import resource
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click

from animecolor.config import Limits, Range
from animecolor.qa.measure import Request, measure
from animecolor.training.toon import draw_clip
from animecolor.video.info import VideoInfo
from animecolor.video.probe import probe

SIZE = 1080, 1920
DRAWINGS = 24


def drawn(folder: Path, frames: int) -> tuple[Path, Path]:
    """A cartoon and its lines as files; the drawings come again and again, forth and back."""
    import av
    import numpy as np
    from av.video.frame import VideoFrame

    toons = list(draw_clip(5, SIZE, DRAWINGS))
    toons += toons[-2:0:-1]
    paths = folder / "clip.mp4", folder / "lines.mp4"
    for path, lined in zip(paths, (False, True), strict=True):
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=24, options={"crf": "18"})
            stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
            for number in range(frames):
                toon = toons[number % len(toons)]
                picture = np.dstack([toon.ink] * 3) if lined else toon.color
                frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return paths


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
    with ExitStack() as stack:
        if clip is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            clip, source = drawn(folder, frames)
        told = None if source is None else probe(source, Limits())
        info = probe(clip, Limits())
        inspect(info, told, frames // 3)
        early = peak_mb()
        wall, processor = inspect(info, told, frames)
        click.echo(
            f"{info.width}x{info.height}, {'with' if told else 'without'} a source: "
            f"{frames / wall:.1f} frames a second ({1000 * wall / frames:.1f} ms by the clock, "
            f"{1000 * processor / frames:.1f} ms of the processor); peak memory {early:.0f} MB "
            f"after {frames // 3} frames, {peak_mb():.0f} MB after {frames}"
        )


if __name__ == "__main__":
    main()
