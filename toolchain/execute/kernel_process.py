"""A kernel's process: started under a guard, so that neither it nor what it starts outlives its notebook or us."""

import subprocess
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from toolchain.processes import guard


class GuardedProcess(LocalProvisioner):
    """What jupyter_client's manager starts, asks and ends its kernel with."""

    exit_code: int | None = None
    """With which the kernel ended, or minus the signal that ended it; None if it had to be ended by us."""
    _guard: subprocess.Popen[bytes] | None = None
    _leash: guard.Leash | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel under its guard; jupyter_client puts that into a session of its own."""
        self._leash = guard.Leash()
        try:
            return await super().launch_kernel(guard.command(cmd), stdin=self._leash.stdin, **kwargs)
        finally:
            self._leash.started()
            self._guard = self.process

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002 - jupyter_client's signature
        """Have the guard end the kernel and all it started; the manager waits for it."""
        self._let_go()
        if not guard.AVAILABLE:
            await super().kill(restart)  # pragma: no cover - Windows

    def end(self) -> None:
        """Make sure that nothing is left, also when the manager was interrupted as it ended the kernel."""
        self._let_go()
        if self._guard is None:
            return
        try:
            self._guard.wait(timeout=guard.SECONDS_TO_END + 1 if guard.AVAILABLE else 0)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()

    def _let_go(self) -> None:
        if self._leash is None:
            return
        self.exit_code = self._guard.poll() if self._guard else None
        self._leash.close()
        self._leash = None
