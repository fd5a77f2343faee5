"""Sphinx' environment as a dictionary of what pages leave there."""

from typing import Any

from sphinx.environment import BuildEnvironment

NOT_OF_PAGES = frozenset(
    {
        "_app", "_builder_cls", "_doctreedir", "_srcdir", "_pickled_doctree_cache", "_write_doc_doctree_cache",
        "config", "config_status", "config_status_extra", "current_document", "domains", "events",
        "master_doctree", "project", "ref_context", "settings", "version", "versioning_compare",
        "versioning_condition",
        # The search index, which is put together page by page elsewhere.
        "_search_index_all_titles", "_search_index_filenames", "_search_index_index_entries",
        "_search_index_mapping", "_search_index_objnames", "_search_index_objtypes",
        "_search_index_title_mapping", "_search_index_titles",
    }
)  # fmt: skip
"""Attributes that are of the book, the run or the page at hand."""


class State(dict[str, Any]):
    """The other attributes of an environment, by their names; whatever extensions add is among them."""

    def __init__(self, env: BuildEnvironment) -> None:
        """Have them as they are now."""
        super().__init__((name, value) for name, value in vars(env).items() if name not in NOT_OF_PAGES)
        self._env = env

    def put_back(self) -> None:
        """Have those that were added, replaced or removed in the environment, too."""
        attributes = vars(self._env)
        for name in attributes.keys() - self.keys() - NOT_OF_PAGES:
            del attributes[name]
        attributes.update(self)


def state_of(env: BuildEnvironment) -> State:
    """Return what pages have left in an environment."""
    return State(env)
