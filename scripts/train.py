"""Train a model from one file, or export the weights of its last checkpoint.

python scripts/train.py configs/train/tcvc.toml
python scripts/train.py configs/train/tcvc.toml --export tcvc.safetensors
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from animecolor.errors import AnimecolorError
from animecolor.training.run import export, run


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--export", "target", type=click.Path(path_type=Path), help="Write weights and stop.")
def main(config: Path, target: Path | None) -> None:
    """Train CONFIG, resuming from its folder, or export what it has."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        if target is None:
            run(config)
        else:
            export(config, target)
    except AnimecolorError as error:
        click.echo(f"train: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
