"""What a run would do, in lines a person can check before paying for it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.cli.target import STDIO
from animecolor.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from animecolor.config import Range, Render
    from animecolor.video.info import VideoInfo
    from animecolor.video.timecode import Moment


def expected_frames(info: VideoInfo, asked: Range) -> int | None:
    """How many frames the asked part of a clip has; None when nothing says."""
    from animecolor.video.timecode import parse_window

    window = parse_window(asked, info.rate)

    last = info.frames
    if window.end:
        end = _frame_at(window.end, info.rate)
        last = end if last is None else min(last, end)
    first = _frame_at(window.start, info.rate) if window.start else 0
    count = None if last is None else max(last - first, 0)
    if window.frames is None:
        return count
    return window.frames if count is None else min(window.frames, count)


def _frame_at(moment: Moment, rate: Fraction) -> int:
    return moment.number if moment.number is not None else round((moment.time_s or 0) * rate)


def free_bytes(target: Path) -> int:
    """Room where the target goes."""
    folder = target.absolute().parent
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def plan(info: VideoInfo, target: Path, render: Render) -> Iterator[str]:
    """Yield the plan line by line."""
    rows = {**_source(info, render), **_work(render), **_result(info, target, render)}
    if render.references:
        from animecolor.stages.sheets import read_sheets

        sizes = [f"{r.color.shape[2]}x{r.color.shape[1]}" for r in read_sheets(render)]
        read = [f"{p.name} at {s}" for p, s in zip(render.references, sizes, strict=True)]
        rows["references"] = ", ".join(read)
    if render.keyframes:
        from animecolor.pipeline import find_keyframes

        rows["keyframes"] = str(find_keyframes(info, render))
    width = max(map(len, rows))
    for name, value in rows.items():
        yield f"{name:{width}}  {printable(value)}"


def _source(info: VideoInfo, render: Render) -> dict[str, str]:
    frames = expected_frames(info, render.range)
    asked = f", {frames} of them" if frames != info.frames else ""
    pace = "variable, on average " if info.variable_rate else ""
    turned = f", turned {info.rotation} degrees" if info.rotation else ""
    pixel = f", pixel {info.sample_aspect}" if info.sample_aspect != 1 else ""
    alpha = ", alpha" if info.has_alpha else ""
    streams = [f"{s.kind} {s.codec} {s.detail} {s.language or ''}" for s in info.streams]
    if info.chapters:
        streams.append(f"{info.chapters} chapters")
    color = info.color
    return {
        "input": str(info.path),
        "format": f"{info.container}, {info.codec} {info.pix_fmt}, {info.bits} bit{alpha}",
        "picture": f"{info.width}x{info.height}{turned}{pixel}",
        "rate": f"{pace}{float(info.rate):.5g} fps, {info.frames or 'unknown'} frames{asked}",
        "colour": f"{color.matrix_name} {color.range_name}, {color.transfer_name}",
        "streams": "; ".join(" ".join(s.split()) for s in streams) or "picture only",
    }


def _work(render: Render) -> dict[str, str]:
    from animecolor.models.device import pick_device, pick_dtype

    network, shots = render.network, render.shots
    device = pick_device(network.device)
    dtype = str(pick_dtype(network.precision, device)).removeprefix("torch.")
    cuts = str(shots.list) if shots.list else ("found on the way" if shots.detect else "none")
    lines = {"lines": str(render.lines.source)} if render.mode == "lineart" else {}
    weights = f" with {network.weights}" if network.weights else ""
    by = {"keyframes by": network.keyframe_model} if network.keyframe_model else {}
    said = {"caption": render.caption} if render.caption else {}
    return {
        "mode": str(render.mode),
        **said,
        **lines,
        "cuts": cuts,
        "model": f"{network.model}{weights}, short side {network.size}",
        **by,
        "device": f"{device}, {dtype}",
        "finish": _finish(render),
    }


def _finish(render: Render) -> str:
    """``flats, 12 colors of girl.toml``."""
    how = render.finish
    if how.palette is None:
        return str(how.kind)
    from animecolor.flats.palette_files import read_palette

    return f"{how.kind}, {len(read_palette(how.palette).swatches)} colors of {how.palette}"


def _result(info: VideoInfo, target: Path, render: Render) -> dict[str, str]:
    from animecolor.video.plan import bytes_needed, open_encoder, plan_output

    output = plan_output(target, render.output, info)
    open_encoder(output, info)
    options = " ".join(f"{key}={value}" for key, value in output.options.items())
    rows = {
        "output": f"{target} ({output.muxer})",
        "encode": f"{render.output.preset}: {output.codec} {output.pix_fmt} {options}".strip(),
    }
    if target != STDIO:
        frames = expected_frames(info, render.range)
        size = _size(bytes_needed(output, replace(info, frames=frames))) if frames else "unknown"
        rows["disk"] = f"about {size}; {_size(free_bytes(target))} are free"
    for number, notice in enumerate(output.notices, 1):
        rows[f"notice {number}"] = notice
    return rows


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
