"""The pool of threads: bounded, fair to jobs that block, and new after a fork."""

import logging
import os
import threading
import time

import pytest

from demijohn.foundation.workers import WorkerPool


@pytest.fixture
def pool():
    """A small pool, stopped at the end."""
    pool = WorkerPool(size=4, backlog=10)
    yield pool
    pool.stop(10)


def names():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("demijohn-worker")]


def test_jobs_run(pool):
    """Every job runs once."""
    done, ran = threading.Event(), []
    for number in range(9):
        assert pool.submit(lambda number=number: ran.append(number))
    assert pool.submit(done.set)
    assert done.wait(10)
    pool.stop(10)
    assert sorted(ran) == list(range(9))


def test_blocking_jobs_get_threads_of_their_own(pool):
    """Jobs that wait for each other, submitted at once, all run at the same time."""
    for _ in range(20):
        together = threading.Barrier(4)
        ended = [threading.Event() for _ in range(4)]

        def job(event, together=together):
            together.wait(10)
            event.set()

        for event in ended:
            assert pool.submit(lambda event=event: job(event))
        assert all(event.wait(10) for event in ended)


def test_a_job_never_waits_behind_one_that_blocks(pool):
    """With a thread awake and idle, two jobs submitted back to back: the second runs although the first blocks."""
    for _ in range(50):
        warm, release, ran = threading.Event(), threading.Event(), threading.Event()
        pool.submit(warm.set)
        assert warm.wait(10)
        time.sleep(0.0005)
        pool.submit(lambda release=release: release.wait(20))
        pool.submit(ran.set)
        assert ran.wait(5), "the second job was never looked at"
        release.set()


def test_there_are_never_more_threads_than_size(pool):
    """`size` bounds the threads, however many jobs wait."""
    release = threading.Event()
    most = 0
    for _ in range(10):
        pool.submit(lambda: release.wait(20))
        time.sleep(0.005)
        most = max(most, len(pool._threads))
    release.set()
    assert most == 4


def test_a_full_backlog_refuses():
    """Beyond the backlog a job is refused, not queued; later there is room again."""
    pool = WorkerPool(size=1, backlog=2)
    release, entered, ended = threading.Event(), threading.Event(), threading.Event()

    def block():
        entered.set()
        release.wait(20)

    assert pool.submit(block)
    assert entered.wait(10)
    assert pool.submit(int)
    assert pool.submit(ended.set)
    assert not pool.submit(int)
    release.set()
    assert ended.wait(10)
    assert pool.submit(int)
    pool.stop(10)


def test_a_failing_job_is_logged_and_harms_nobody(pool, caplog):
    """An exception that a job lets out ends neither the thread nor the pool."""
    done = threading.Event()

    def fail():
        raise SystemExit(1)

    with caplog.at_level(logging.ERROR, "demijohn"):
        pool.submit(fail)
        pool.submit(done.set)
        assert done.wait(10)
    assert "A job in the worker pool failed." in caplog.text


def test_stopping_finishes_what_is_queued():
    """`stop` returns when the queued jobs are done, and the pool may be used again."""
    pool, ran = WorkerPool(size=2), []
    for number in range(20):
        pool.submit(lambda number=number: ran.append(number))
    pool.stop(10)
    assert sorted(ran) == list(range(20))
    done = threading.Event()
    assert pool.submit(done.set)
    assert done.wait(10)
    pool.stop(10)


def test_a_stopped_pool_leaves_no_thread():
    """Neither workers nor the watcher outlive `stop`, even if the pool is used and stopped again and again."""
    before = set(threading.enumerate())
    pool = WorkerPool(size=4)
    for _ in range(5):
        for _ in range(4):
            pool.submit(lambda: time.sleep(0.005))
        pool.stop(10)
    pool.submit(lambda: None)
    time.sleep(0.05)  # until the watcher sleeps, too
    pool.stop(10)
    deadline = time.monotonic() + 10
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(threading.enumerate()) <= before


def test_no_threads_before_the_first_job():
    """A pool that nobody uses costs nothing."""
    before = threading.active_count()
    WorkerPool()
    assert threading.active_count() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_starts_threads_of_its_own():
    """After a fork the child's first job runs, whatever state the parent's threads were in."""
    pool, warm = WorkerPool(size=4), threading.Event()
    pool.submit(warm.set)
    assert warm.wait(10)
    time.sleep(0.01)
    reading, writing = os.pipe()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: fork in a process with threads
        child = os.fork()
    if child == 0:
        done = threading.Event()
        pool.submit(done.set)
        os.write(writing, b"ran" if done.wait(10) else b"hung")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"ran"
    os.close(reading)
    os.close(writing)
    pool.stop(10)


def test_jobs_that_wait_for_each_other_all_get_a_thread():
    """Whatever the order in which threads wake and jobs come, none is left in the queue while another blocks."""
    pool = WorkerPool(8)
    try:
        for _ in range(300):
            for count in (2, 3, 6):
                together = threading.Barrier(count + 1, timeout=10)
                for _ in range(count):
                    assert pool.submit(together.wait)
                together.wait()
    finally:
        pool.stop(timeout=1)
