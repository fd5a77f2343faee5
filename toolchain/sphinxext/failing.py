"""A directive or a role that raises an error is wrong on its line, and spoils neither its page nor the book."""

from functools import wraps
from typing import Any

from docutils import nodes
from myst_parser.mdit_to_docutils.base import DocutilsRenderer, token_line
from sphinx.application import Sphinx
from sphinx.errors import SphinxError


def setup(_app: Sphinx) -> None:
    """Have MyST report whatever comes of them: many were written by others, and expect nothing odd."""
    run, render = DocutilsRenderer.run_directive, DocutilsRenderer.render_myst_role
    if hasattr(run, "__wrapped__"):
        return

    @wraps(run)
    def run_directive(
        renderer: DocutilsRenderer,
        name: str,
        first_line: str,
        content: str,
        position: int,
        *more: Any,
        **options: Any,
    ) -> list[nodes.Element]:
        around = renderer.current_node
        try:
            found: list[nodes.Element] = run(renderer, name, first_line, content, position, *more, **options)
        except SphinxError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever comes of it
            renderer.current_node = around
            return [_report(renderer, f"Directive {name!r}", error, position)]
        return found

    @wraps(render)
    def render_myst_role(renderer: DocutilsRenderer, token: Any) -> None:
        around = renderer.current_node
        try:
            render(renderer, token)
        except SphinxError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            renderer.current_node = around
            line = token_line(token) if token.map else 0
            around += _report(renderer, f"Role {token.meta['name']!r}", error, line)

    DocutilsRenderer.run_directive = run_directive  # type: ignore[method-assign,assignment] # there is no other seam
    DocutilsRenderer.render_myst_role = render_myst_role  # type: ignore[method-assign,assignment] # as above


def _report(renderer: DocutilsRenderer, what: str, error: Exception, line: int) -> nodes.system_message:
    return renderer.reporter.error(f"{what} fails: {type(error).__name__}: {error}", line=line)
