"""Who runs on which worker of a cluster, and who waits."""

import asyncio

from toolchain.cluster.assignment import Places, Worker
from toolchain.cluster.offer import Offer
from toolchain.cluster.protocol import Description
from toolchain.execute.capacity import Resources
from toolchain.model import Gpu

GB = 10**9
FIRST, SECOND = Gpu(id="0", name="A", capability="8.0"), Gpu(id="1", name="A", capability="9.0")


def worker(
    name: str,
    *gpus: Gpu,
    slots: int = 0,
    advertised: dict[str, float] | None = None,
    capabilities: tuple[str, ...] = (),
) -> Worker:
    offered = Offer(host=name, gpus=gpus, gpu_memory=40 * GB if gpus else 0, memory=10 * GB, slots=slots)
    described = Description(name=name, resources=advertised or {}, nthreads=max(slots, 1))
    return Worker(name, described, offered, capabilities)


def placed(needs: list[Resources], *workers: Worker, others: int = 0, most: int = 0) -> list[str]:
    """Return where each need gets a place while all before it hold theirs; empty if it waits."""

    async def hold(places: Places, order: int, need: Resources, addresses: list[str]) -> None:
        async with places.take(need, order) as taken:
            addresses[order] = taken.address
            await asyncio.sleep(3600)

    async def all_of_them() -> list[str]:
        places, addresses = Places(most), [""] * len(needs)
        for candidate in workers:
            candidate.others = others if candidate is workers[0] else 0
            places.add(candidate)
        held = [asyncio.create_task(hold(places, order, need, addresses)) for order, need in enumerate(needs)]
        await asyncio.sleep(0.01)
        for task in held:
            task.cancel()
        await asyncio.wait(held)
        assert all(not candidate.running for candidate in workers)
        return addresses

    return asyncio.run(all_of_them())


def test_a_place_is_free_again_if_who_waited_has_just_gone() -> None:
    async def interrupted() -> list[str]:
        places, log = Places(0), []
        places.add(worker("cpu", slots=1))

        async def hold(name: str) -> None:
            async with places.take(Resources()):
                log.append(name)

        async with places.take(Resources()):
            waiting = asyncio.create_task(hold("waiting"))
            await asyncio.sleep(0)
        waiting.cancel()  # it has the place, and does not know it yet
        await asyncio.wait({waiting})
        async with asyncio.timeout(60):
            await hold("next")
        return log

    assert asyncio.run(interrupted()) == ["next"]


def test_a_gpu_worker_takes_who_needs_a_gpu_and_a_cpu_worker_the_others() -> None:
    places = placed(
        [Resources(), Resources(gpus=1), Resources()], worker("gpu", FIRST), worker("cpu", slots=1)
    )

    assert places == ["cpu", "gpu", ""]


def test_the_fewest_gpus_that_are_enough_are_taken() -> None:
    both = worker("both", FIRST, SECOND)

    assert placed([Resources(gpus=1)], worker("one", FIRST), both) == ["one"]
    assert placed([Resources(gpus=2), Resources(gpus=1)], worker("one", FIRST), both) == ["both", "one"]
    assert placed([Resources(gpus=3)], worker("one", FIRST), both) == [""]


def test_who_declares_more_waits_until_there_is_room_and_others_go_first() -> None:
    needs = [Resources(memory=6 * GB), Resources(memory=6 * GB), Resources(memory=4 * GB)]

    assert placed(needs, worker("cpu", slots=4)) == ["cpu", "", "cpu"]


def test_no_more_run_at_a_time_than_the_person_wants() -> None:
    assert placed([Resources()] * 3, worker("one", slots=2), worker("two", slots=2), most=2) == [
        "one",
        "two",
        "",
    ]


def test_alone_means_alone() -> None:
    assert placed([Resources(alone=True), Resources()], worker("cpu", slots=4)) == ["cpu", ""]
    assert placed([Resources(), Resources(alone=True)], worker("cpu", slots=4)) == ["cpu", ""]


def test_a_worker_that_other_builds_use_is_taken_last() -> None:
    assert placed([Resources()], worker("busy", slots=1), worker("free", slots=1), others=1) == ["free"]


def test_only_gpus_that_are_its_own_and_that_there_is_code_for_count() -> None:
    # Some show each process all GPUs, its own ones first.
    assert not worker("told", FIRST, SECOND, advertised={"GPU": 1.0}).can(Resources(gpus=2))
    assert not worker("told", FIRST, advertised={"SLOT": 1.0}).can(Resources(gpus=1))
    assert not worker("new", SECOND, capabilities=("8.0",)).can(Resources(gpus=1))
    assert worker("old", FIRST, capabilities=("8.0",)).can(Resources(gpus=1))
    assert not worker("old", FIRST).can(Resources(gpus=1, gpu_memory=41 * GB))


def test_dask_sets_aside_what_a_worker_advertises() -> None:
    advertised = {"GPU": 1.0, "MEMORY": 10.0 * GB}

    assert worker("gpu", FIRST, advertised=advertised).resources(Resources(gpus=1, memory=GB)) == {
        "GPU": 1.0,
        "MEMORY": GB,
    }
    assert worker("plain", slots=1).resources(Resources(memory=GB)) == {}
