"""``animecolor adapt``: fine-tune a model on a show."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from animecolor.cli.messages import quiet, reporting
from animecolor.cli.options import CONFIG, DRAWING, FILE, options, settled
from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    from animecolor.config import Render
    from animecolor.training.adapt import Adapted
    from animecolor.training.lesson import Lesson
    from animecolor.training.world import World

ADAPTED = "anchor"
"""The network that can be adapted."""
ROOM = 1 << 20
"""About what an adapter takes."""

WHAT = (
    click.option("-o", "--output", type=FILE, required=True, help="Adapter to write."),
    click.option("-y", "--overwrite", is_flag=True, help="Replace an adapter that is there."),
    click.option("--keyframes", type=FILE, help="Learn from these painted frames of the one CLIP."),
    click.option(
        "--unproven", is_flag=True, help="Write it though too few frames are painted to test it."
    ),
    click.option("--model", "network__model", metavar="NAME", help=f"[{ADAPTED}]"),
    click.option("--weights", "network__weights", type=FILE, help="Other weights (safetensors)."),
)

EFFORT = (
    click.option("--minutes", type=click.FloatRange(0, min_open=True), help="At most. [15]"),
    click.option("--steps", type=click.IntRange(min=1), help="At most. [3000]"),
    click.option(
        "--held-out",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        metavar="SHARE",
        help="Last share of every clip, which tests the adapter and is not learned. [0.25]",
    ),
    click.option("--seed", type=click.IntRange(min=0), help="[123]"),
    click.option(
        "--cache", type=FILE, default=Path("runs/cache"), help="Decoded clips [runs/cache]."
    ),
    click.option("--device", "network__device", metavar="NAME", help="auto, cuda:0 or cpu."),
    click.option(
        "--precision",
        "network__precision",
        type=click.Choice(["auto", "fp32", "bf16"]),
        help="Arithmetic of the network.",
    ),
)


@click.command(context_settings={"show_default": False})
@click.argument("clips", nargs=-1, required=True)
@options(WHAT, EFFORT, DRAWING, (CONFIG,))
@reporting
def adapt(
    clips: tuple[str, ...],
    output: Path,
    overwrite: bool,
    unproven: bool,
    held_out: float | None,
    cache: Path,
    config: Path | None,
    **flags: Any,
) -> None:
    """Fine-tune a model on a show, for `animecolor run --adapter`.

    CLIPS are colored videos or clip folders of the show. Or CLIP is the one to be colored, and
    --keyframes the folder of its painted frames, as `animecolor run` takes it. Frames that are
    not learned test what was learned: what does not help is not written.
    """
    from animecolor.training.adapt import Effort
    from animecolor.training.adapt import adapt as learn
    from animecolor.video.part import check_writable

    limits = {name: flags.pop(name) for name in ("minutes", "steps", "seed")}
    effort = Effort(**{name: value for name, value in limits.items() if value is not None})
    drawing = any(v is not None and name not in _ALWAYS for name, v in flags.items())
    request = Request(clips, settled(flags, config), held_out, unproven, cache)
    request.check(drawing)
    if output.exists() and not overwrite:
        raise UsageError(f"{output} exists: -y replaces it")
    check_writable(output, ROOM)
    weights, world = _prepare(request.render)
    logger = logging.getLogger("animecolor")
    if not quiet():
        logger.setLevel(min(logger.level, logging.INFO))
    with tempfile.TemporaryDirectory(prefix="animecolor-adapt-") as folder:
        lesson = request.read(Path(folder), effort.seed)
        adapted = learn(lesson, weights, effort, world)
    _write(output, adapted)


_ALWAYS = {
    "keyframes",
    "mode",
    "network__model",
    "network__weights",
    "network__device",
    "network__precision",
}
"""Settings that mean something without keyframes too."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is learned from."""

    clips: tuple[str, ...]
    render: Render
    held_out: float | None
    unproven: bool
    cache: Path

    def check(self, drawing: bool) -> None:
        """Refuse what does not go together.

        Args:
            drawing: whether it was said how the clip is drawn.
        """
        if self.render.mode == "nir":
            raise UsageError("no model is adapted to near infrared: say --mode lineart or gray")
        if self.render.keyframes is None:
            if drawing or self.unproven:
                raise UsageError(
                    "options that say how a clip is drawn, and --unproven, go with --keyframes; "
                    "colored clips are drawn in every style"
                )
        elif len(self.clips) > 1:
            raise UsageError("--keyframes are of one clip: name that alone")
        elif self.held_out is not None:
            raise UsageError("--held-out goes with colored clips; of keyframes one is held out")

    def read(self, folder: Path, seed: int) -> Lesson:
        """Read the show; ``folder`` takes the clips that are made up of keyframes."""
        from animecolor.cli.run import look_at
        from animecolor.frame import Plane
        from animecolor.training.painted import PROVABLE, read_painted
        from animecolor.training.show import read_show

        render = self.render
        if render.keyframes is None:
            reads = Plane.GRAY if render.mode == "gray" else Plane.LINE
            return read_show(self.clips, reads, self.held_out or 0.25, self.cache)
        lesson = read_painted(look_at(Path(self.clips[0]), render), render, folder, seed)
        if lesson.exam is None and not self.unproven:
            raise UsageError(
                f"{render.keyframes}: with fewer than {PROVABLE} painted frames none can be spared "
                "to test the adapter on; paint more, or say --unproven"
            )
        return lesson


def _prepare(render: Render) -> tuple[Path, World]:
    """Load the network once as a run would, so that whatever is wrong with it is said now."""
    import torch

    from animecolor.frame import Plane
    from animecolor.models.device import pick_device, pick_dtype
    from animecolor.models.registry import find, load_model
    from animecolor.training.world import World

    network = render.network
    spec = find(network.model)
    if spec.network != ADAPTED:
        raise UsageError(f"{network.model} cannot be adapted; --model {ADAPTED} can")
    if network.adapter is not None:
        raise UsageError("an adapter is made for the network itself, not on top of another")
    weights = network.weights or spec.weights
    device = pick_device(network.device)
    dtype = pick_dtype(network.precision, device)
    if dtype == torch.float16:
        raise UsageError("adapt computes in bf16 or fp32: say --precision fp32")
    load_model(network.model, Plane.LINE, weights, network.device, network.precision)
    return weights, World(device=device, half=dtype == torch.bfloat16)


def _write(output: Path, adapted: Adapted) -> None:
    from animecolor.models.adapter import save
    from animecolor.video.part import part_file, write_errors

    with part_file(output) as part, write_errors(output):
        save(part, adapted.fit, adapted.record, adapted.changes)
    size = f"{output.stat().st_size / 1000:.0f} kB"
    spent = f"{adapted.record['steps']} steps in {adapted.record['seconds'] / 60:.1f} minutes"
    proof = adapted.scores or "unproven: nothing was held out"
    click.echo(printable(f"{output} ({size}, {spent}); {proof}"))
