"""Fills a .docx template. Citizens' text goes in as text: it brings neither XML nor template code along."""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

# What XML cannot hold, and marks that turn the reading direction (they can make a text read as another).
_UNPRINTABLE = re.compile(
    "[^\t\n\u0020-\u200d\u2010-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)

# What python-docx, docxtpl and lxml raise over a damaged file or template.
_DAMAGED = (
    TemplateError,
    SyntaxError,
    zipfile.BadZipFile,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    OSError,
)


class RenderError(ValueError):
    """A template cannot be filled; the message is for the clerk who edited it."""


def _printed(value: object) -> Markup:
    """A value as it goes into the XML.

    docxtpl turns some runs of braces in the *result* back into its own signs ("{_{" into "{{"), so braces go
    in as character references, which it does not look at.
    """
    if value is None:
        return Markup("")
    text = _UNPRINTABLE.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n"))
    return Markup(str(escape(text)).replace("{", "&#123;").replace("}", "&#125;"))  # noqa: S704 escaped just before


# Sandboxed, because templates are edited by people who should not be able to reach Python with them.
ENVIRONMENT = SandboxedEnvironment(autoescape=True, undefined=ChainableUndefined, finalize=_printed)
_PLAIN = SandboxedEnvironment(undefined=ChainableUndefined)


def filled(template: Path, values: Mapping[str, Any]) -> bytes:
    """The bytes of the .docx. CPU: some ten milliseconds.

    Raises:
        RenderError: the file is no .docx, or what stands in it is not understood.
    """
    from docxtpl import DocxTemplate

    try:
        document = DocxTemplate(template)
        document.render(dict(values), jinja_env=ENVIRONMENT)
        out = io.BytesIO()
        document.save(out)
    except _DAMAGED as error:
        raise RenderError(f"模板 {template.name} 打不开或者有写错的占位符：{type(error).__name__}") from error
    return out.getvalue()


def sentence(text: str, values: Mapping[str, Any]) -> str:
    """A short text with placeholders (defaults in config/papers), filled in."""
    return _PLAIN.from_string(text).render(dict(values))
