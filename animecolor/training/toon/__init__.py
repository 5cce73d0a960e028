"""A cartoon that draws itself: endless clips to train on, from nothing but a seed."""

from animecolor.training.toon.clip import ToonFrame, draw_clip
from animecolor.training.toon.paint import Swatch
from animecolor.training.toon.scene import Scene, caption, palette, plan

__all__ = ["Scene", "Swatch", "ToonFrame", "caption", "draw_clip", "palette", "plan"]
