"""One self-contained HTML file: what it may do, its style, its scripts, its data.

Everything lies inside the file and nothing else is ever asked for: a content security policy in the
page forbids all but pictures that are part of it, and the styles and scripts whose hashes it names.
Texts of others (names, reasons) are escaped by the template or lie in JSON blocks.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from animecolor.errors import printable

_FOLDER = Path(__file__).with_name("html")
_LIBRARY = ("uplot/uPlot.iife.min.js",)
_STYLES = ("uplot/uPlot.min.css", "page.css")


def fill(template: str, scripts: Sequence[str], values: Mapping[str, Any]) -> str:
    """Make a page.

    Args:
        template: name of a file in ``html/``.
        scripts: names of files there, in the order in which they run.
        values: what the template shows; ``blocks`` maps ids to what the scripts read as JSON.
            Numbers must be finite.
    """
    styles = [_asset(name) for name in _STYLES]
    programs = [_asset(name) for name in (*_LIBRARY, *scripts)]
    page = _environment().get_template(template)
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src {_hashes(styles)}; script-src {_hashes(programs)}"
    )
    return page.render(**values, policy=policy, styles=styles, programs=programs)


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    environment.filters["figure"] = figure
    return environment


def _shown(value: Any) -> Any:
    """No control character and no half of a surrogate pair gets into a page."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def figure(value: float | None, digits: int = 2) -> str:
    """A number as a table shows it: fixed digits with thousands apart, empty if there is none."""
    return "" if value is None else f"{value:,.{digits}f}"


@cache
def _asset(name: str) -> Markup:
    # Ours, not text of others: the only thing that goes into the page unescaped.
    return Markup((_FOLDER / name).read_text("utf-8"))


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode("utf-8")).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests)
