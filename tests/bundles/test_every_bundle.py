"""Every bundle of the book, unpacked elsewhere and run in an environment of its own: `nox -s bundles`."""

from pathlib import Path

import pytest
from support import unpacked_bundles as elsewhere
from support.places import REPOSITORY


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    bundles = sorted((REPOSITORY / "_build/notebooks").glob("*.zip"))
    assert bundles, "nothing is built yet: nox -s build"
    metafunc.parametrize("bundle", bundles, ids=[path.stem for path in bundles])


@pytest.mark.bundles
def test_it_runs(bundle: Path, tmp_path: Path) -> None:
    folder = elsewhere.unpacked(bundle, tmp_path)
    notebooks = [path for path in sorted(folder.rglob("*.ipynb")) if elsewhere.has_code(path)]
    if not notebooks:
        pytest.skip("it has no code")
    python = elsewhere.environment(folder)
    for path in notebooks:
        elsewhere.run(path, python, tmp_path)
