"""A program that opens more connections than a listener takes keeps nobody out: who was served goes on
on the connection that it has, and whoever comes new is served too.

Usage: crowd.py KEYSTILE"""
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "harness"))
from wire import UnixSocket, Wire, listener_settings, ways_in  # noqa: E402
from world import World  # noqa: E402

EXCHANGE = "binance"
LIMIT = 8


def crowd(way):
    """Silent connections from another address; those of a Unix socket are of the same user."""
    silent = []
    for _ in range(3 * LIMIT):
        if isinstance(way, UnixSocket):
            silent.append(way.connect(EXCHANGE, 10))
        else:
            silent.append(socket.create_connection(("127.0.0.1", way.port), 10, ("127.0.0.2", 0)))
    return silent


def is_served(way, wire):
    path = f"{way.prefix(EXCHANGE)}/api/v3/ping"
    wire.send(f"GET {path} HTTP/1.1\r\nHost: {way.authority(EXCHANGE)}\r\n\r\n".encode())
    answer = wire.response()
    return answer is not None and answer.status == 200


def problems_of(way):
    before = Wire(way, EXCHANGE)
    if not is_served(way, before):
        yield "not served before the crowd came"
    silent = crowd(way)
    if not is_served(way, Wire(way, EXCHANGE)):
        yield "a new program was kept out"
    if not is_served(way, before):
        yield "a program that was served before lost its connection"
    for stream in silent:
        stream.close()


def main():
    listeners, names_port = listener_settings()
    with World(sys.argv[1], settings=f"[limits]\nconnections = {LIMIT}\n" + listeners) as world:
        problems = [f"{way.name}: {problem}" for way in ways_in(world, names_port) for problem in problems_of(way)]
    print("\n".join(problems))
    print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
