"""The seam to granian: what is done with the socket."""

from __future__ import annotations

import socket
import threading

from demijohn.tools.ports import listen
from demijohn.tools.server import BACKLOG, HEAD_BYTES, HEADER_SECONDS, turn_away


def test_who_waits_in_the_queue_is_told_to_come_back():
    """Those that no worker took get a whole 503 with Retry-After, and the port is closed."""
    server = listen("127.0.0.1", 0, BACKLOG)
    address = server.getsockname()
    answers: list[bytes] = []

    def ask(client: socket.socket) -> None:
        client.sendall(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\nbody")
        received = b""
        while chunk := client.recv(4096):
            received += chunk
        answers.append(received)
        client.close()

    clients = [socket.create_connection(address, timeout=10) for _ in range(5)]
    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    assert turn_away(server) == 5
    for thread in threads:
        thread.join()
    assert len(answers) == 5
    for answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n")
        assert f"content-length: {len(body)}".encode() in head
    with socket.socket() as late:
        assert late.connect_ex(address) != 0


def test_nobody_waiting_is_no_error():
    """An idle server just closes."""
    assert turn_away(listen("127.0.0.1", 0)) == 0


def test_the_bounds_are_what_the_manual_says():
    """Ten seconds for a head, of 64 KiB at most."""
    assert (HEADER_SECONDS, HEAD_BYTES) == (10, 65_536)
