"""Opens a project's store so that a person hears of what is damaged in it."""

from toolchain.messages.progress import Note, Reporter
from toolchain.project.settings import Settings
from toolchain.store.store import Damage, Store


def open_store(
    settings: Settings, reporter: Reporter, *, mend: bool = False, remember: bool = False
) -> Store:
    """Return the store of a project; what is damaged in it is named.

    With `mend` it is set aside as well: for a run that has the folder's lock. With `remember` each notebook is read and
    verified once: for a run of several stages.
    """

    def report(damage: Damage) -> None:
        reporter(Note(text=f"  {damage.sentence}", problem=True))

    return Store(settings.store, report, mend=mend, remember=remember)
