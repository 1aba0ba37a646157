"""The scenes of this folder, each acted once and only where a test asks for it; all start with the first test."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance import scenes
from tests.acceptance.scenes import Scene


def _names(item: pytest.Item) -> list[str]:
    """What a test asks for by the names of its arguments, or by a parameter called `scene`."""
    chosen = getattr(getattr(item, "callspec", None), "params", {}).get("scene", "")
    return [*getattr(item, "fixturenames", ()), str(chosen)]


@pytest.fixture(scope="session", autouse=True)
def acts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_data: Path
) -> Iterator[dict[str, Future[Scene]]]:
    asked = {name for item in request.session.items for name in _names(item)}
    with ThreadPoolExecutor(scenes.AT_ONCE) as pool:
        yield scenes.started(asked, tmp_path_factory.mktemp("acts"), shared_data, pool)
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def played(acts: dict[str, Future[Scene]]) -> Scene:
    return acts["played"].result()


@pytest.fixture(scope="session")
def over_too_soon(acts: dict[str, Future[Scene]]) -> Scene:
    return acts["over_too_soon"].result()


@pytest.fixture(scope="session")
def killed(acts: dict[str, Future[Scene]]) -> Scene:
    return acts["killed"].result()


@pytest.fixture(scope="session")
def commanded(acts: dict[str, Future[Scene]]) -> Scene:
    return acts["commanded"].result()


@pytest.fixture(scope="session")
def simulated(acts: dict[str, Future[Scene]]) -> Scene:
    return acts["simulated"].result()


@pytest.fixture(scope="session")
def stopped(acts: dict[str, Future[Scene]]) -> Scene:
    return acts["stopped"].result()


@pytest.fixture(scope="session")
def spoilt(acts: dict[str, Future[Scene]]) -> Scene:
    return acts["spoilt"].result()


@pytest.fixture(scope="session")
def beside(acts: dict[str, Future[Scene]]) -> Scene:
    return acts["beside"].result()
