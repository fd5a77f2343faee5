"""Nodes that only the site knows, with which a book tries what becomes of them elsewhere, and one that writes itself."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole


class remark(nodes.Admonition, nodes.Element):
    """A box."""


class counted(nodes.Admonition, nodes.Element):
    """A box that Sphinx counts."""


class items(nodes.General, nodes.Element):
    """Something else, with the name of a method that a writer may have."""


class spoken(nodes.General, nodes.Element):
    """What says itself how it stands in notebooks."""


class spark(nodes.Inline, nodes.TextElement):
    """A part of a line that does so, too."""


class Block(SphinxDirective):
    """Makes one of these blocks, by the directive's name."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": str}

    def run(self):
        """Return the node, with its title if it has one."""
        node = {kind.__name__: kind for kind in (remark, counted, items, spoken)}[self.name]()
        if self.arguments:
            node += nodes.title("", "", *self.state.inline_text(self.arguments[0], self.lineno)[0])
        self.state.nested_parse(self.content, self.content_offset, node)
        self.set_source_info(node)
        self.add_name(node)
        return [node]


class Spark(SphinxRole):
    """Makes the part of a line."""

    def run(self):
        """Return the node."""
        return [spark("", "", nodes.Text(self.text))], []


def enter(self, node):
    """Begin a node on the site."""
    self.body.append(self.starttag(node, "div", CLASS=type(node).__name__))


def leave(self, node):
    """End it."""
    self.body.append("</div>")


def enter_notebook(self, node):
    """Begin it in a notebook."""
    self.body.append(f"*{len(node.children)} paragraphs are spoken:*")


def leave_notebook(self, node):
    """End it."""
    self.body.append("*No more is spoken.*")


def write_spark(self, node):
    """Write a part of a line of a notebook, and nothing else of it."""
    self.body.append(f"!{self.markdown(node)}!")
    raise nodes.SkipNode


def setup(app):
    """Add the nodes."""
    for kind in (remark, items):
        app.add_node(kind, html=(enter, leave))
    app.add_node(spoken, html=(enter, leave), notebooks=(enter_notebook, leave_notebook))
    app.add_node(spark, html=(enter, leave), notebooks=(write_spark, None))
    app.add_enumerable_node(counted, "counted", html=(enter, leave))
    for name in ("remark", "counted", "items", "spoken"):
        app.add_directive(name, Block)
    app.add_role("spark", Spark())
    app.connect("config-inited", lambda _, config: config.numfig_format.update(counted="Counted %s"))
    return {"parallel_read_safe": True}
