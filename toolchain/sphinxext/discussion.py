"""At the end of a page: a link to its topic in the book's forum, which on paper is a code that a telephone reads."""

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.sphinxext.provenance import UNSEARCHED, place
from toolchain.sphinxext.words import say

CLASS = "discussion"
KEY = "discuss"
"""Of the front matter: the topic's number."""
FORUM = "toolchain_forum"
"""Option of Sphinx: the address of a topic, with TOPIC for its number."""
TOPIC = "{topic}"
WORD = "Discussion"
BEFORE_PROVENANCE = 450


def _add_link(app: Sphinx, doctree: nodes.document) -> None:
    topic = str(app.env.metadata[app.env.current_document.docname].get(KEY, "")).strip()
    forum: str = app.config[FORUM]
    if not forum or not (topic.isascii() and topic.isdigit()):
        return  # of the one and the other `check` says what is wrong
    link = nodes.reference("", say(WORD), refuri=forum.replace(TOPIC, topic))
    parent, index = place(doctree)
    parent.insert(index, nodes.container("", nodes.paragraph("", "", link), classes=[CLASS, UNSEARCHED]))


def setup(app: Sphinx) -> None:
    """Add the link when a page is read, before the line that says where its results come from."""
    app.add_config_value(FORUM, "", "env", types=(str,))
    app.connect("doctree-read", _add_link, priority=BEFORE_PROVENANCE)
