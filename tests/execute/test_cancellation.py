"""A notebook that is cancelled ends, also if that comes in the moment in which one of its cells ends."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from toolchain.environment import kernel
from toolchain.execute.job import job_of
from toolchain.execute.run import run_notebook
from toolchain.model import DeviceClass, Outcome, Planned, Reason
from toolchain.project import settings
from toolchain.sources import reading

PAGE = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# Two cells

```{code-cell} ipython3
print("one")
```

```{code-cell} ipython3
print("two")
```
"""


def test_an_interrupt_as_a_cell_ends_ends_the_notebook(
    copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy("raising-cell")
    (project / "book/section.md").write_text(PAGE, encoding="utf-8")
    project_settings = settings.load(project)
    (document,) = reading.read(project_settings).notebooks
    job = job_of(Planned(document=document, key="", reason=Reason.NEW), project_settings.toml.execution)
    python = kernel.environment(project_settings, DeviceClass.CPU).python
    wait_for = asyncio.wait_for
    whole: asyncio.Task[Outcome]

    async def cancelled_as_it_ends(ending: Awaitable[Any], *args: Any, **kwargs: Any) -> Any:
        """Wait as nbclient does for the end of a cell's output; cancel the notebook in that very moment."""
        if isinstance(ending, asyncio.Task):  # jupyter_client waits, too, when it ends the kernel
            # Called before what wakes whoever waits: before Python 3.12 the cancellation is lost then.
            ending.add_done_callback(lambda _: whole.cancel())
        return await wait_for(ending, *args, **kwargs)

    async def main() -> Outcome:
        nonlocal whole
        whole = asyncio.create_task(run_notebook(job, python, lambda _root: (), at_cell=lambda _cell: None))
        await asyncio.sleep(0)
        monkeypatch.setattr("nbclient.client.asyncio.wait_for", cancelled_as_it_ends)
        return await whole

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
