"""The one Jinja environment of all pages. A page is self-contained: style and script are inside."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2

from arena.html import charts, scale


def render(template: str, styles: Sequence[str], script: str | None = None, **names: Any) -> str:
    """The page as text: a template of this folder with its stylesheets, its script, if any, and the names it uses.

    All text is escaped except our own style and script.
    """
    return (
        _environment()
        .get_template(template)
        .render(style="".join(map(_file, styles)), script=_file(script) if script else "", **names)
    )


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(_file),
    )
    environment.filters |= {
        "short": scale.short,
        "signed": scale.signed,
        "duration": scale.duration,
        "written": scale.written,
    }
    environment.globals |= {
        "views": charts.views,
        "css_class": charts.css_class,
        "marker": charts.marker,
        "chart_size": charts,
    }
    return environment


def _file(name: str) -> str:
    return resources.files("arena.html").joinpath(name).read_text(encoding="utf-8")
