"""Background tasks: what runs after the answer, with which services, and what an error changes."""

import asyncio
import logging
import threading
from collections.abc import Iterator

import pytest
from contract_doors import Sent, ask_wsgi

from demijohn import App, AsyncClient, BackgroundTasks, Client, Request, Scope, SetupError, Timeouts, current


class Clock:
    """A service."""


def an_app(log: list[str], **options: object) -> App:
    """An app whose service writes down when it is made and closed."""
    app = App(bare=True, **options)

    @app.provide
    def clock() -> Iterator[Clock]:
        log.append("open")
        try:
            yield Clock()
        except Exception:
            log.append("undone")
            raise
        log.append("closed")

    return app


def test_tasks_run_in_order_after_the_services_are_closed():
    """A `def` and an `async def`, each with its arguments."""
    log: list[str] = []
    app = an_app(log)

    def first(word: str) -> None:
        log.append(word)

    async def second(*, word: str) -> None:
        await asyncio.sleep(0)
        log.append(word)

    @app.post("/")
    def home(tasks: BackgroundTasks, clock: Clock):
        tasks.add_task(first, "one")
        tasks.add_task(second, word="two")
        tasks.add_task(first, "three")
        log.append(f"{len(tasks)} added")
        return "done"

    assert Client(app).post("/").text == "done"
    assert log == ["open", "3 added", "closed", "one", "two", "three"]


def test_tasks_get_services_of_their_own():
    """Made anew for the task, and closed after it."""
    log: list[str] = []
    app = an_app(log)

    def work(clock: Clock, number: int, note: str = "") -> None:
        log.append(f"{type(clock).__name__} {number}{note}")

    @app.post("/")
    async def home(tasks: BackgroundTasks) -> None:
        tasks.add_task(work, number=3)

    assert Client(app).post("/").status == 204
    assert log == ["open", "Clock 3", "closed"]


def test_a_failed_task_undoes_its_services_alone(caplog):
    """It is logged with its name, and the next one runs."""
    log: list[str] = []
    app = an_app(log)

    def fails(clock: Clock) -> None:
        raise ValueError("no")

    @app.post("/")
    def home(tasks: BackgroundTasks) -> None:
        tasks.add_task(fails)
        tasks.add_task(log.append, "next")

    with caplog.at_level(logging.ERROR, "demijohn"):
        assert Client(app).post("/").status == 204
    assert log == ["open", "undone", "next"]
    assert "fails failed" in caplog.text


def test_an_error_of_the_handler_drops_them():
    """What was asked for in an exchange that failed is not done."""
    log: list[str] = []
    app = an_app(log)

    @app.post("/")
    def home(tasks: BackgroundTasks):
        tasks.add_task(log.append, "never")
        raise ValueError("no")

    assert Client(app, raise_errors=False).post("/").status == 500
    assert log == []


def test_a_commit_that_fails_drops_them():
    """Whichever was asked for first, the tasks or the service that fails at its end."""
    log: list[str] = []
    app = App(bare=True)

    @app.provide
    def clock() -> Iterator[Clock]:
        yield Clock()
        raise RuntimeError("no commit")

    @app.post("/first")
    def first(tasks: BackgroundTasks, clock: Clock):
        tasks.add_task(log.append, "never")

    @app.post("/last")
    def last(clock: Clock, tasks: BackgroundTasks):
        tasks.add_task(log.append, "never")

    client = Client(app, raise_errors=False)
    assert (client.post("/first").status, client.post("/last").status) == (500, 500)
    assert log == []


def test_a_returned_error_keeps_them():
    """An answer that is returned, of whatever status, is an exchange that ended well."""
    log: list[str] = []
    app = an_app(log)

    @app.post("/")
    def home(tasks: BackgroundTasks):
        tasks.add_task(log.append, "done")
        return "wait", 429

    assert Client(app).post("/").status == 429
    assert log == ["done"]


def test_services_may_add_tasks():
    """All parts of one exchange add to the same list of things to do."""
    log: list[str] = []
    app = App(bare=True)

    class Mail:
        def __init__(self, tasks: BackgroundTasks) -> None:
            self.send = lambda text: tasks.add_task(log.append, text)

    @app.provide
    def mail(tasks: BackgroundTasks) -> Mail:
        return Mail(tasks)

    @app.post("/")
    def home(mail: Mail, tasks: BackgroundTasks) -> None:
        mail.send("mail")
        tasks.add_task(log.append, "own")

    Client(app).post("/")
    assert log == ["mail", "own"]


def test_a_stream_comes_before_its_tasks():
    """They wait for the last piece."""
    log: list[str] = []
    app = App(bare=True)

    @app.get("/")
    def home(tasks: BackgroundTasks):
        tasks.add_task(log.append, "task")
        yield "piece"
        log.append("last piece")

    assert Client(app).get("/").text == "piece"
    assert log == ["last piece", "task"]


def test_tasks_know_their_request():
    """`current.request` is that of the exchange, also on threads."""
    seen: list[str] = []
    app = App(bare=True)

    def note(request: Request, scope: Scope) -> None:
        seen.append(f"{current.request.path} {request.path} {threading.current_thread() is threading.main_thread()}")

    @app.post("/here")
    def here(tasks: BackgroundTasks) -> None:
        tasks.add_task(note)

    Client(app).post("/here")
    assert seen == ["/here /here False"]


def test_tasks_over_asgi():
    """An `async def` runs on the server's loop; the client of the tests waits for both kinds."""
    log: list[str] = []
    app = an_app(log)

    async def later(clock: Clock) -> None:
        await asyncio.sleep(0.01)
        log.append("later")

    def blocking() -> None:
        log.append("blocking")

    @app.post("/")
    async def home(tasks: BackgroundTasks) -> None:
        tasks.add_task(later)
        tasks.add_task(blocking)

    async def ask() -> int:
        async with AsyncClient(app) as client:
            return (await client.post("/")).status

    assert asyncio.run(ask()) == 204
    assert log == ["open", "later", "closed", "blocking"]


def test_a_stopping_app_waits_for_them():
    """Stopped while a task runs, it lets it end."""
    log: list[str] = []
    app = App(bare=True)
    go = threading.Event()

    def slow() -> None:
        go.wait(10)
        log.append("slow")

    @app.post("/")
    def home(request: Request, tasks: BackgroundTasks) -> None:
        tasks.add_task(slow)

    assert ask_wsgi(app.wsgi, Sent("POST", "/")).status == 204
    kernel = app.seal()
    assert not kernel.crew.wait(0)
    threading.Timer(0.05, go.set).start()
    kernel.stop_sync()
    assert log == ["slow"]


def test_what_does_not_end_is_given_up(caplog):
    """After `Timeouts.background` seconds, with a warning."""
    app = App(bare=True, timeouts=Timeouts(background=0.05))
    go = threading.Event()

    @app.post("/")
    def home(tasks: BackgroundTasks) -> None:
        tasks.add_task(go.wait, 10)

    ask_wsgi(app.wsgi, Sent("POST", "/"))
    with caplog.at_level(logging.WARNING, "demijohn"):
        app.seal().stop_sync()
    go.set()
    assert "Background tasks of 1 requests had not ended" in caplog.text


def test_what_is_not_given_is_said_where_it_is_added():
    """A parameter without argument that no service fills; too many arguments are a TypeError as ever."""
    app = App(bare=True)

    def work(number: int, clock: Clock) -> None: ...

    @app.post("/missing")
    def missing(tasks: BackgroundTasks) -> None:
        tasks.add_task(work)

    @app.post("/many")
    def many(tasks: BackgroundTasks) -> None:
        tasks.add_task(work, 1, 2, 3)

    client = Client(app)
    with pytest.raises(SetupError, match=r"DMJ0340  add_task\(.*work, \.\.\.\): number: int is not given") as found:
        client.post("/missing")
    assert found.value.where[0].file == __file__
    with pytest.raises(TypeError, match="too many positional arguments"):
        client.post("/many")
