"""The wheel has everything that the package needs beside its modules."""

import subprocess
import zipfile
from pathlib import Path

import uv
from support.places import REPOSITORY


def test_wheel_has_all_files_of_the_package(tmp_path: Path) -> None:
    subprocess.run(
        [uv.find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", tmp_path, REPOSITORY], check=True
    )

    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.startswith("toolchain/")}
    package = REPOSITORY / "toolchain"
    files = {path.relative_to(REPOSITORY).as_posix() for path in package.rglob("*") if path.is_file()}
    assert names == {name for name in files if "__pycache__" not in name}
