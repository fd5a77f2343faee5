"""Who answers for a result: this machine, which has computed it, or somebody whom book.toml trusts, by a signature."""

from collections.abc import Callable

import msgspec

from toolchain.model import NotebookReport
from toolchain.project.settings import Settings
from toolchain.sharing.trust import RefusedError, Trusted, admitted
from toolchain.store.store import Store


def of_results(store: Store, settings: Settings) -> Callable[[NotebookReport], bool]:
    """Return what tells whether anybody answers for the result of a notebook. Nothing is looked at before it is asked."""

    def is_vouched_for(notebook: NotebookReport) -> bool:
        return store.computed(notebook.blob).is_file() or _is_signed(notebook, store, settings)

    return is_vouched_for


def _is_signed(notebook: NotebookReport, store: Store, settings: Settings) -> bool:
    """Tell whether a record of the very result has a valid signature by somebody trusted."""
    trusted = Trusted(settings.toml.store.trusted)
    for record in store.records(notebook.key) if trusted else ():
        path = store.path(notebook.key, record)
        try:
            result = admitted(path.relative_to(store.folder).as_posix(), path.read_bytes())
        except (RefusedError, OSError):
            continue
        signed = msgspec.structs.replace(result, signatures=store.signatures(result.key, result.data))
        if record.blob == notebook.blob == result.record.blob and trusted.valid(signed):
            return True
    return False
