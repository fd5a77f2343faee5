"""`toolchain edit`: JupyterLab as it is started, asked over its own interface."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from support.previews import free_port
from support.running import run_toolchain
from support.simulated_machines import until

from toolchain.base.errors import ConfigError, MissingProgramError
from toolchain.editing import lab
from toolchain.project import settings

PAGE = "book/chapter_waves/index.md"


def test_a_page_is_opened_with_the_books_kernel_and_saved_without_outputs(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project, log, port = copy("minimal"), tmp_path / "log", free_port()
    before = (project / PAGE).read_bytes()
    command = [
        sys.executable,
        "-m",
        "toolchain",
        "edit",
        "chapter_waves/index",
        "--no-browser",
        "--port",
        str(port),
    ]
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=project, stdout=output, stderr=output) as started,
    ):
        try:
            until(lambda: "token=" in log.read_text(), "JupyterLab's address")
            address = re.search(rf"http://127\.0\.0\.1:{port}/lab/tree/{PAGE}\?token=(\w+)", log.read_text())
            assert address, log.read_text()
            token = address[1]

            until(lambda: _listens(port), "JupyterLab")

            def ask(path: str, content: Any = None) -> Any:
                whole = f"http://127.0.0.1:{port}/{path}"
                how = "PUT" if content else "GET"
                headers = {"Authorization": f"token {token}"}
                answer = requests.request(how, whole, json=content, headers=headers, timeout=60)
                answer.raise_for_status()
                return answer.json()

            model = ask(f"api/contents/{PAGE}?type=notebook")
            code = [cell for cell in model["content"]["cells"] if cell["cell_type"] == "code"]
            assert code
            for cell in code:
                cell |= {
                    "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}],
                    "execution_count": 1,
                }
            ask(f"api/contents/{PAGE}", {"type": "notebook", "content": model["content"]})
            assert (project / PAGE).read_bytes() == before
            code[0]["source"] += "\nnew = 1"
            ask(f"api/contents/{PAGE}", {"type": "notebook", "content": model["content"]})
            assert b"\nnew = 1\n" in (project / PAGE).read_bytes()
            kernel = ask("api/kernelspecs")["kernelspecs"]["python3"]["spec"]
            made = run_toolchain("kernel", "--json", project=project).json
            assert kernel["argv"][0] == made["python"]
            settings_of_lab = ask("lab/api/settings/@jupyterlab/docmanager-extension:plugin")
            viewers = settings_of_lab["schema"]["properties"]["defaultViewers"]["default"]
            assert viewers["markdown"] == "Jupytext Notebook"
            unknown = requests.get(f"http://127.0.0.1:{port}/api/contents", timeout=60)
            assert unknown.status_code == 403
            assert not list(project.glob("book/**/.ipynb_checkpoints"))
        finally:
            started.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_a_page_is_named_as_its_file_or_as_pages_are(
    copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy("minimal")
    found = settings.load(project)
    page = (project / PAGE).resolve()
    for name in (PAGE, "chapter_waves/index.md", "chapter_waves/index", str(page)):
        assert lab.find_page(name, found) == page
    monkeypatch.chdir(project / "book/chapter_waves")
    assert lab.find_page("index.md", found) == page
    with pytest.raises(ConfigError, match=r"there is no page _config/conf\.py"):
        lab.find_page("_config/conf.py", found)


def test_without_the_extra_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "find_spec", lambda name: None if name == "jupyterlab" else object())

    with pytest.raises(MissingProgramError) as error:
        lab.require()

    assert error.value.message == "pages are edited in JupyterLab, which is not installed"
    assert error.value.remedy == "In the toolchain's checkout: pip install '.[edit]'"
