"""Where the result goes when nobody said, and whether it may be written there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.errors import UsageError
from animecolor.video.presets import find_preset

if TYPE_CHECKING:
    from animecolor.config import Render

STDIO = Path("-")
IMAGES = (".png", ".tga", ".exr")


def default_target(source: Path, encode: str) -> Path:
    """``<stem>.color.<ext>`` beside the source; the folder ``<stem>.color`` for images."""
    if source == STDIO:
        return STDIO
    preset = find_preset(encode)
    name = f"{stem_of(source)}.color"
    if preset.images:
        return source.parent / name
    suffix = source.suffix.lower()
    fits = preset.encoder_for(suffix) is not None
    return source.parent / f"{name}{suffix if fits else preset.suffixes[0]}"


def place_of(target: Path) -> Path:
    """The file or folder that a run makes: of a pattern such as ``A/a####.tga`` its folder."""
    from animecolor.video.sequence import parse_pattern

    names = parse_pattern(target)
    return target if names is None else names.folder


def record_of(target: Path) -> Path:
    """Where the settled run is written."""
    place = place_of(target)
    return place.with_name(f"{place.name}.run.toml")


def stem_of(source: Path) -> str:
    """What results of a clip, a folder of images or a pattern are named after."""
    if source.is_dir():
        return source.resolve().name
    if source.exists():
        return source.stem
    # A pattern is named by what its files share: ink for ink.####.png and ink.%04d.png.
    shared = source.stem.split("%")[0].rstrip("#._- ")
    return shared or source.absolute().parent.name


def check_target(target: Path, source: Path, overwrite: bool) -> None:
    """Refuse before any work what would destroy something after it.

    Raises:
        UsageError: the target or its record exists and may not be replaced, or the target is or
            holds the source.
    """
    if target == STDIO:
        return
    target = place_of(target)
    _check_place(target, source, overwrite)
    if not target.name:
        raise UsageError(f"{target} has no name of its own; name another output")
    if (record := record_of(target)).exists() and not overwrite:
        raise UsageError(f"{record} exists; pass -y to replace it")


def check_review(review: Path, target: Path, source: Path, overwrite: bool) -> None:
    """As ``check_target``, for the side-by-side clip.

    Raises:
        UsageError: the same, or it is not a clip's name, or it is the target.
    """
    suffixes = find_preset("review").suffixes
    if review.suffix.lower() not in suffixes:
        raise UsageError(f"{review}: the review clip's extension must be {' or '.join(suffixes)}")
    if review.resolve() == place_of(target).resolve():
        raise UsageError(f"{review} is the output; name another review clip")
    _check_place(review, source, overwrite)


def check_confidence(
    confidence: Path, source: Path, taken: Mapping[str, Path], overwrite: bool
) -> None:
    """As ``check_target``, for the heat map and the tables beside it.

    Args:
        confidence: the heat map.
        source: the input.
        taken: what else is written, by what it is called.
        overwrite: whether files may be replaced.

    Raises:
        UsageError: the same, or it is not a clip's name, or something else is written there.
    """
    from animecolor.stages.doubtlist import frames_table, shots_table

    preset = find_preset("web")
    if preset.encoder_for(confidence.suffix.lower()) is None:
        known = ", ".join((*preset.suffixes, ".webm"))
        raise UsageError(f"{confidence}: the heat map's extension must be one of {known}")
    for file in (confidence, shots_table(confidence), frames_table(confidence)):
        for name, other in taken.items():
            if file.resolve() == other.resolve():
                raise UsageError(f"{file} is the {name}; name another heat map")
        _check_place(file, source, overwrite)


def check_layers(layers: Path, source: Path, taken: Mapping[str, Path], overwrite: bool) -> None:
    """As ``check_target``, for the folder of layers.

    Raises:
        UsageError: the same, or what is there is no folder that an earlier run made; or something
            else is written there.
    """
    from animecolor.stages.layers import check_layers_folder

    if not layers.name:
        raise UsageError(f"{layers} has no name of its own; name another folder of layers")
    for name, other in taken.items():
        near, far = layers.resolve(), other.resolve()
        if near.is_relative_to(far) or far.is_relative_to(near):
            raise UsageError(f"{layers} and the {name} {other} lie in one another")
    if source != STDIO and source.resolve().is_relative_to(layers.resolve()):
        raise UsageError(f"{layers} holds the input; name another folder of layers")
    check_layers_folder(layers, overwrite)


def check_spares(targets: Iterable[Path], render: Render) -> None:
    """Refuse to replace what people made for the run to read; a folder is replaced as a whole.

    Raises:
        UsageError: a target is or holds the keyframes, the palette or a reference.
    """
    read = [render.keyframes, render.finish.palette, *render.references]
    for place in map(place_of, targets):
        for path in filter(None, read):
            if path.resolve().is_relative_to(place.resolve()):
                raise UsageError(f"{place} holds {path}, which is read; name another output")


def _check_place(target: Path, source: Path, overwrite: bool) -> None:
    if not target.exists():
        return
    if source.exists() and target.samefile(source):
        raise UsageError(f"{target} is the input; name another output")
    if target.is_dir():
        _check_folder(target, source, overwrite)
    elif not overwrite:
        raise UsageError(f"{target} exists; pass -y to replace it")


def _check_folder(target: Path, source: Path, overwrite: bool) -> None:
    """A folder is replaced as a whole: only one that holds nothing but a sequence may be."""
    from animecolor.video.part import check_replaceable

    if any(target.iterdir()) and not overwrite:
        raise UsageError(f"{target} is a folder that is not empty; pass -y to replace it")
    check_replaceable(target, IMAGES)
    if source.resolve().is_relative_to(target.resolve()):
        raise UsageError(f"{target} holds the input; name another output")
