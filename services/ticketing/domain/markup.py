"""HTML that people write, made harmless: an allow list of plain formatting, and the same words as text beside it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import nh3

_TAGS = frozenset(
    {
        *("a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "i", "li", "ol", "p", "pre"),
        *("s", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul", "div", "span"),
    }
)
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_GONE = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"})
_BREAK = re.compile(r"<br\s*/?>|<hr[^>]*>", re.IGNORECASE)
_END = re.compile(r"</(?:p|div|li|tr|h[1-4]|blockquote|pre|table|ul|ol)>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]>", re.IGNORECASE)
_BLANK = re.compile(r"[ \t\xa0]+")
_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """What was written, harmless: `html` to be shown, `text` to be read and searched."""

    html: str
    text: str


def harmless(given: str) -> Markup:
    """Keep the formatting that is allowed, and nothing that runs, loads or leads to a script.

    >>> harmless('<p onclick="x()">Olá <b>Ana</b><script>alert(1)</script></p>')
    Markup(html='<p>Olá <b>Ana</b></p>', text='Olá Ana')
    >>> harmless('<a href="javascript:alert(1)">aqui</a>').html
    '<a rel="noopener noreferrer nofollow">aqui</a>'
    """
    kept = nh3.clean(
        given,
        tags=set(_TAGS),
        clean_content_tags=set(_GONE),
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(html=kept, text=_text_of(kept))


def _text_of(kept: str) -> str:
    broken = _CELL.sub("\t", _END.sub("\n", _BREAK.sub("\n", kept)))
    words = html.unescape(nh3.clean(broken, tags=set()))
    lines = (_BLANK.sub(" ", line).strip() for line in words.splitlines())
    return _LINES.sub("\n\n", "\n".join(lines)).strip()
