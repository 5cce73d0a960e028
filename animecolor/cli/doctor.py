"""``animecolor doctor``: what this machine can do."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from animecolor.cli.checks import State, examine
from animecolor.cli.messages import reporting
from animecolor.errors import MissingPiece


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print findings as one JSON list.")
@reporting
def doctor(as_json: bool) -> None:
    """Say what this machine can do: packages, devices, encoders, weights, disk.

    Ends with exit code 5 when something that `run` needs is missing.
    """
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            click.echo(f"{finding.state:4}  {finding.topic:18}  {finding.detail}")
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    broken = [finding.topic for finding in findings if finding.state is State.FAIL]
    if broken:
        raise MissingPiece(f"not ready: {', '.join(broken)}")
