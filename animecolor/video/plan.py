"""How one result will be written: preset, target and options, resolved and tried out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import av.error
from av.codec import Codec
from av.codec.codec import UnknownCodecError
from av.codec.context import ThreadType
from av.video.format import VideoFormat

from animecolor.errors import MissingPiece, UsageError
from animecolor.video.paint import OutputTags, output_tags, untagged_tags
from animecolor.video.part import check_replaceable, check_writable
from animecolor.video.presets import CONTAINERS, Encoder, Preset, find_preset, image_preset
from animecolor.video.sequence import NamePattern, parse_pattern
from animecolor.video.y4m import COLORS

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

    from animecolor.config import Output
    from animecolor.video.info import VideoInfo

Y4M = "yuv4mpegpipe"
# Bytes a pixel of flat-coloured animation by codec: good to a factor of three.
_BYTES_A_PIXEL = {"ffv1": 0.6, "prores_ks": 0.5, "png": 0.6, "targa": 3.0, "exr": 3.0}
_LOSSY_BYTES_A_PIXEL = 0.02
_RATE_CONTROL = {"qp", "b", "lossless"}


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """Everything encode needs to know of the way out."""

    target: Path
    muxer: str
    """FFmpeg's name of the container; ``image2`` for images."""
    codec: str
    pix_fmt: str
    options: dict[str, str]
    tags: OutputTags
    images: bool = False
    suffix: str = ""
    """Extension of the files written, with its dot."""
    names: NamePattern | None = None
    """How the images are named, where the target said so."""
    retas: bool = False
    """Images are laid on white (see ``video.retas``)."""
    notices: tuple[str, ...] = ()
    """What the person should know: alpha dropped, 4:4:4 chosen for an odd size."""


def check(target: Path | str, output: Output, like: VideoInfo) -> OutputPlan:
    """Resolve how ``target`` will be written, and make sure that it can be.

    The container is known, the folder takes files, the disk has room (roughly) and the encoder
    opens with these options. Call it before computing anything. Where the room may or may not
    do, the ``animecolor`` log says so.

    Raises:
        UsageError: an unknown preset, extension, codec, option or pixel format, named.
        MissingPiece: this machine cannot run the encoder.
        AnimecolorError: the folder cannot be written or the disk is too full.
    """
    plan = plan_output(target, output, like)
    if plan.muxer != Y4M:
        check_writable(plan.target, bytes_needed(plan, like))
    if plan.images:
        check_replaceable(plan.target, (plan.suffix,))
    elif plan.muxer != Y4M and plan.target.is_dir():
        raise UsageError(f"{plan.target} is a folder; name a file")
    open_encoder(plan, like)
    return plan


def plan_output(target: Path | str, output: Output, like: VideoInfo) -> OutputPlan:
    """Resolve preset, target and options; touches nothing.

    Raises:
        UsageError: an unknown preset, extension, codec or pixel format, or RETAS asked of what is
            no images of 8 bits.
    """
    if str(target) == "-":
        return _plan_pipe(output, like)
    path = Path(target).absolute()
    preset, names = _preset_for(path, output)
    if names is not None:
        path = names.folder
    if preset.images:
        encoder, muxer, suffix = preset.encoder, "image2", preset.suffixes[0]
    else:
        suffix = path.suffix.lower()
        muxer = _muxer_of(path, suffix)
        found = preset.encoder_for(suffix)
        if found is None and output.codec is None:
            raise UsageError(
                f"{path.name}: the preset {preset.name} writes {' or '.join(preset.suffixes)}"
            )
        encoder = found or preset.encoder
    if output.codec is not None and output.codec != encoder.codec:
        encoder = _own_encoder(output.codec, encoder)
    pix_fmt, notices = _choose_format(encoder, output, like)
    preset_options = dict(encoder.options)
    if _RATE_CONTROL & output.options.keys():
        # An encoder given two ways to choose its rate follows one of them without a word.
        preset_options = {k: v for k, v in preset_options.items() if k not in ("crf", "b")}
    options = {**preset_options, **output.options}
    return OutputPlan(
        target=path,
        muxer=muxer,
        codec=encoder.codec,
        pix_fmt=pix_fmt,
        options=options,
        tags=output_tags(pix_fmt, encoder.codec),
        images=preset.images,
        suffix=suffix,
        names=names,
        retas=output.retas,
        notices=notices,
    )


def _preset_for(path: Path, output: Output) -> tuple[Preset, NamePattern | None]:
    """The preset, which a pattern of images chooses by its extension, and the names it gives.

    Raises:
        UsageError: the pattern is of other images than the preset writes, or RETAS is asked of
            what holds no images of 8 bits.
    """
    preset, names = find_preset(output.preset), parse_pattern(path)
    by_name = None if names is None else image_preset(path.suffix.lower())
    if names is not None and not preset.images:
        if by_name is None:
            raise UsageError(f"{path.name}: images are written as .png, .tga or .exr")
        preset = by_name
    elif names is not None and by_name is not preset:
        raise UsageError(f"{path.name}: the preset {preset.name} writes {preset.suffixes[0]}")
    if output.retas and preset.name not in ("png", "tga"):
        raise UsageError(f"RETAS reads images of 24 bits: write png or tga, not {preset.name}")
    return preset, names


def open_encoder(plan: OutputPlan, like: VideoInfo) -> None:
    """Open the planned encoder once, on nothing, and close it again.

    Raises:
        UsageError: it does not know an option or refuses a value.
        MissingPiece: it needs hardware that is not here.
    """
    if plan.muxer == Y4M:
        return
    context = cast("VideoCodecContext", av.CodecContext.create(plan.codec, "w"))
    set_up(context, plan, like)
    context.time_base = like.time_base
    try:
        context.open(strict=False)
    except (PermissionError, FileNotFoundError, av.error.ExternalError) as error:
        if plan.codec.startswith("lib"):
            raise UsageError(_refused(plan)) from error
        raise MissingPiece(f"the encoder {plan.codec} does not run on this machine") from error
    except (av.error.FFmpegError, ValueError) as error:
        raise UsageError(_refused(plan)) from error
    if unknown := _unknown_options(plan):
        raise UsageError(f"the encoder {plan.codec} has no option '{unknown[0]}'")


def set_up(context: VideoCodecContext, plan: OutputPlan, like: VideoInfo) -> None:
    """Set size, format, colour tags and options of an encoder that is not open yet."""
    tags = plan.tags
    context.width, context.height = like.width, like.height
    context.pix_fmt = plan.pix_fmt
    context.framerate = like.rate
    context.sample_aspect_ratio = like.sample_aspect
    context.colorspace = tags.matrix
    context.color_range = int(tags.range)
    context.color_primaries = tags.primaries
    context.color_trc = tags.transfer
    context.thread_type = ThreadType.AUTO
    context.options = dict(plan.options)


def _unknown_options(plan: OutputPlan) -> list[str]:
    """Options that the encoder does not have: FFmpeg itself would pass over them in silence."""
    context = av.CodecContext.create(plan.codec, "w")
    known = {
        o.name for o in (*context.supported_options.generic, *context.supported_options.private)
    }
    return sorted(set(plan.options) - known)


def _refused(plan: OutputPlan) -> str:
    if unknown := _unknown_options(plan):
        return f"the encoder {plan.codec} has no option '{unknown[0]}'"
    given = " ".join(f"{key}={value}" for key, value in plan.options.items())
    return f"the encoder {plan.codec} refuses these options for {plan.pix_fmt}: {given or 'none'}"


def _plan_pipe(output: Output, like: VideoInfo) -> OutputPlan:
    if output.retas:
        raise UsageError("RETAS reads images of 24 bits: write png or tga, not y4m")
    odd = like.width % 2 or like.height % 2
    pix_fmt = output.pix_fmt or ("yuv444p" if odd else "yuv420p")
    if pix_fmt not in COLORS:
        raise UsageError(f"y4m on standard output cannot hold the pixel format '{pix_fmt}'")
    return OutputPlan(Path("-"), Y4M, "rawvideo", pix_fmt, {}, untagged_tags(like.height))


def _muxer_of(path: Path, suffix: str) -> str:
    if suffix not in CONTAINERS:
        known = ", ".join(CONTAINERS)
        raise UsageError(f"{path.name}: the output's extension must be one of {known}")
    return CONTAINERS[suffix]


def _own_encoder(codec: str, preset: Encoder) -> Encoder:
    """The encoder a person named, with the best of its own pixel formats."""
    try:
        formats = [form.name for form in Codec(codec, "w").video_formats or ()]
    except UnknownCodecError as error:
        raise UsageError(f"there is no encoder '{codec}'; see: animecolor doctor") from error
    if not formats:
        raise UsageError(f"'{codec}' does not encode pictures")

    def first(*wanted: str) -> str | None:
        return next((name for name in wanted if name in formats), None)

    pix_fmt = first(preset.pix_fmt, "yuv420p", "yuv422p", "rgb24", "bgr0", "gbrp") or formats[0]
    return Encoder(
        codec,
        pix_fmt,
        deep=first("yuv420p10le", "yuv422p10le", "p010le", "gbrp16le", "rgb48be"),
        alpha=first("yuva420p", "yuva444p10le", "bgra", "rgba", "argb", "gbrap"),
        odd=first("yuv444p", "bgr0", "gbrp"),
    )


def _choose_format(
    encoder: Encoder, output: Output, like: VideoInfo
) -> tuple[str, tuple[str, ...]]:
    """The pixel format, and what the person should know about the choice."""
    if output.pix_fmt is not None:
        formats = {form.name for form in Codec(encoder.codec, "w").video_formats or ()}
        if formats and output.pix_fmt not in formats:
            listed = ", ".join(sorted(formats))
            raise UsageError(
                f"the encoder {encoder.codec} has no pixel format '{output.pix_fmt}'; "
                f"it has {listed}"
            )
        return output.pix_fmt, ()
    pix_fmt = encoder.choose(like.deep, like.has_alpha)
    if output.retas:
        return encoder.pix_fmt, ()
    notices = []
    form = VideoFormat(pix_fmt)
    halved = form.chroma_width(16) < 16, form.chroma_height(16) < 16
    if encoder.odd and ((halved[0] and like.width % 2) or (halved[1] and like.height % 2)):
        pix_fmt = encoder.odd
        notices.append(f"{like.width}x{like.height} is an odd size: written as {pix_fmt}")
    if like.has_alpha and not any(part.is_alpha for part in VideoFormat(pix_fmt).components):
        notices.append(f"{encoder.codec} {pix_fmt} holds no alpha: transparency is dropped")
    return pix_fmt, tuple(notices)


def bytes_needed(plan: OutputPlan, like: VideoInfo) -> int:
    """Bytes that a clip takes as planned, to a factor of three; of one frame if none are known."""
    density = _BYTES_A_PIXEL.get(plan.codec, _LOSSY_BYTES_A_PIXEL)
    return int(density * like.width * like.height * (like.frames or 1))
