"""``manifest.json``: what each painted cel was made of, so that a re-run paints what changed."""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from animecolor.config import complaint
from animecolor.errors import UsageError
from animecolor.flats.palette import Palette
from animecolor.flats.palette import Swatch as PaletteSwatch
from animecolor.stages.fingerprint import palette_print
from animecolor.video.part import part_file, write_errors

NAME = "manifest.json"
_LARGEST = 64 << 20

Level = Annotated[int, Field(ge=0, le=255)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Frozen):
    """One painted cel."""

    source: str
    """SHA-256 of the drawing."""
    made_with: str
    """Fingerprint of the settings, weights and keyframes (see ``stages.fingerprint``)."""
    palette: str = ""
    """SHA-256 of the palette; empty without one."""
    result: str
    """SHA-256 of the painted file: one that has another was painted over by a person."""
    replaced: str = ""
    """SHA-256 of our own file that this one replaced; a stopped run may have left it in place."""
    approved: bool = False
    """A person said that it is right: it is never painted again."""


class Swatch(_Frozen):
    """One color of a palette."""

    name: str
    rgb: tuple[Level, Level, Level]


class Manifest(_Frozen):
    """The whole file."""

    version: Literal[1] = 1
    cut: str = ""
    """Where the cut's folder is, from here."""
    drawings: dict[str, Entry] = Field(default_factory=dict)
    """By name: ``A.R1/a003``."""
    palettes: dict[str, tuple[Swatch, ...]] = Field(default_factory=dict)
    """Palettes that cels were painted with, by digest: what their colors are called."""
    preview: str = ""
    """Digest of what ``preview.mp4`` shows."""

    def having(self, entries: dict[str, Entry]) -> Manifest:
        """The same with these cels made."""
        return self.model_copy(update={"drawings": self.drawings | entries})

    @property
    def known_palettes(self) -> list[Palette]:
        """The palettes, as ``flats`` has them."""
        return [palette for digest in self.palettes if (palette := self.palette_of(digest))]

    def palette_of(self, digest: str) -> Palette | None:
        """A palette by its digest; None where it was never written down."""
        swatches = self.palettes.get(digest)
        if swatches is None:
            return None
        return Palette(tuple(PaletteSwatch(one.rgb, one.name) for one in swatches))

    def knowing(self, palette: Palette | None) -> Manifest:
        """The same with a palette written down."""
        if palette is None:
            return self
        swatches = tuple(Swatch(name=one.name, rgb=one.rgb) for one in palette.swatches)
        digest = palette_print(palette)
        return self.model_copy(update={"palettes": self.palettes | {digest: swatches}})

    def of(self, cut: Path, folder: Path) -> Manifest:
        """The same, saying where the drawings are from the folder of the cels."""
        where = os.path.relpath(cut.resolve(), folder.resolve())
        return self.model_copy(update={"cut": where.encode(errors="replace").decode()})

    def approving(self, patterns: tuple[str, ...], approved: bool) -> Manifest:
        """The same with cels approved, or released again.

        Args:
            patterns: names such as ``A/a003``; ``A/*`` is all of a folder, ``A*`` its retakes too.
            approved: what is said of them.

        Raises:
            UsageError: a pattern fits no painted cel.
        """
        changed: dict[str, Entry] = {}
        for pattern in patterns:
            fitting = [
                name for name in self.drawings if pattern == name or fnmatchcase(name, pattern)
            ]
            if not fitting:
                known = ", ".join(list(self.drawings)[:4]) or "none"
                raise UsageError(f"no painted cel is called {pattern}; there are: {known}")
            for name in fitting:
                changed[name] = self.drawings[name].model_copy(update={"approved": approved})
        return self.having(changed)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder of painted cels; None where it has none.

    Raises:
        UsageError: it cannot be read; names the key at fault.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a manifest")
        return Manifest.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(f"{path}: {complaint(error)[:300]}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a JSON file: {error}") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, whole or not at all.

    Raises:
        AnimecolorError: the system refused.
    """
    path = folder / NAME
    with part_file(path) as part, write_errors(path):
        part.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
