"""Per frame against keyframe + anchor: flicker and fidelity of still models on clips.

    python scripts/score_hosts.py koalarization captioncolor -o runs/eval/hosts

Validation clips, grey, or infrared guessed from their colors; the first frame of each is the
keyframe. DIR gets hosts.json and hosts.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from animecolor.evaluation.hosts import CARRIED, PER_FRAME, compare, summary
from animecolor.evaluation.pick import Half, pick
from animecolor.evaluation.showing import show
from animecolor.frame import Plane
from animecolor.models.registry import find, load_model
from animecolor.training.sources import read_clips
from animecolor.training.toon.scene import caption

FILE = click.Path(path_type=Path)
SOURCES = ("popeye", "santa", "toon3d", "bbb")
SCENES = "toon:1000000-1000003"


@click.command()
@click.argument("models", nargs=-1, required=True)
@click.option("-o", "--output", type=FILE, required=True)
@click.option("--carrier", default="anchor")
@click.option("--clips", type=FILE, default=Path("data/clips"))
@click.option("--cache", type=FILE, default=Path("runs/cache"))
@click.option("--split", type=FILE, default=Path("configs/split.toml"))
@click.option("--most", type=int, default=3, help="Clips a source.")
@click.option("--size", type=int, default=256, help="Short side in pixels.")
def main(
    models: tuple[str, ...],
    output: Path,
    carrier: str,
    clips: Path,
    cache: Path,
    split: Path,
    **how: int,
) -> None:
    """Score MODELS in both ways."""
    named = read_clips([SCENES, *(str(clips / name) for name in SOURCES)], cache)
    chosen = pick(named, split, Half.HELD_OUT, how["most"], how["size"])
    lines = [
        "| model | host | chroma PSNR | PSNR | ΔE2000 | warp error, chroma | flicker |",
        "|---|---|---|---|---|---|---|",
    ]
    tables = {}
    for name in models:
        (reads,) = (Plane(plane) for plane in find(name).card.reads)
        still, carried = load_model(name, reads), load_model(carrier, reads)
        found = []
        for clip in chosen:
            said = caption(int(clip.name)) if clip.source == "toon" else ""
            (shown,) = show(clip, [reads], how["size"])
            found.append(compare(shown, still, carried, said))
        tables[name] = summary(found)
        for host in (PER_FRAME, CARRIED):
            row = tables[name][host]
            lines.append(
                f"| {name} | {host} | {row['chroma_psnr']:.2f} | {row['psnr']:.2f} | "
                f"{row['delta_e']:.2f} | {row['warp']:.2e} | {row['flicker']:.0%} |"
            )
    output.mkdir(parents=True, exist_ok=True)
    (output / "hosts.json").write_text(json.dumps(tables, indent=1), "utf-8")
    table = "\n".join(lines)
    (output / "hosts.md").write_text(f"{len(chosen)} clips\n\n{table}\n", "utf-8")
    click.echo(table)


if __name__ == "__main__":
    main()
