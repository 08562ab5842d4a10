"""Bytes to a running gate and back, below any HTTP library: what is sent is exactly what is given,
and an answer is read as strictly as the gate ought to read requests. Also the ways in: how a program
reaches the gate."""
import json
import re
import socket
import ssl

HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [\x20-\x7e]*\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[^\r\n\0]*\r\n)*)\r\n")


class BaseUrl:
    """A base URL with the exchange's name as its first path segment."""
    name = "base URL"

    def __init__(self, world):
        self.world = world
        first = next(iter(world.clients.values()))
        self.host, self.port = first["base_url"].split("/")[2].rsplit(":", 1)
        self.context = ssl.create_default_context(cafile=world.gate_ca)

    def prefix(self, exchange):
        return f"/{exchange}"

    def authority(self, exchange):
        return f"{self.host}:{self.port}"

    def connect(self, exchange, timeout=10):
        plain = socket.create_connection((self.host, int(self.port)), timeout=timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(plain, server_hostname=self.host)


def ways_in(world):
    """Every way that leads into this world's gate."""
    return [BaseUrl(world)]


class Broken(Exception):
    """The gate answered something that is no HTTP/1.1 answer."""


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def header(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        if len(found) > 1:
            raise Broken(f"the answer has {len(found)} {name} headers")
        return found[0] if found else None


class Wire:
    """One connection to the gate, as `exchange`, by one of the ways in."""

    def __init__(self, way, exchange, timeout=10):
        self.stream = way.connect(exchange, timeout)
        self.unread = b""

    def send(self, data):
        self.stream.sendall(data)

    def more(self):
        """False: the gate has ended the stream."""
        try:
            piece = self.stream.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return False
        self.unread += piece
        return bool(piece)

    def response(self, to_head=False):
        """The next answer, interim ones left out; None if the connection ends instead."""
        while b"\r\n\r\n" not in self.unread:
            if not self.more():
                if self.unread:
                    raise Broken(f"half an answer: {self.unread[:200]!r}")
                return None
        match = HEAD.match(self.unread)
        if not match:
            raise Broken(f"no HTTP/1.1 answer: {self.unread[:200]!r}")
        self.unread = self.unread[match.end():]
        status = int(match.group(1))
        lines = match.group(2).decode("latin-1").split("\r\n")[:-1]
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        if status == 100:
            return self.response(to_head)
        answer = Response(status, headers, b"")
        if answer.header("Transfer-Encoding"):
            raise Broken("the gate frames its answers by Content-Length only")
        length = 0 if to_head or status in (204, 304) else int(answer.header("Content-Length"))
        while len(self.unread) < length:
            if not self.more():
                raise Broken("the answer's body is cut short")
        answer.body, self.unread = self.unread[:length], self.unread[length:]
        return answer

    def interim(self):
        """True if the next thing the gate says is "100 Continue"."""
        wanted = b"HTTP/1.1 100 Continue\r\n\r\n"
        while len(self.unread) < len(wanted):
            if not self.more():
                return False
        found = self.unread.startswith(wanted)
        self.unread = self.unread[len(wanted):] if found else self.unread
        return found

    def is_ended(self, within):
        """True if the gate ends the stream within so many seconds, without another byte."""
        if self.unread:
            return False
        self.stream.settimeout(within)
        try:
            return not self.more()
        except TimeoutError:
            return False

    def half_close(self):
        """Ends our side: the gate can still answer. (SSLSocket's own shutdown would forget the keys.)"""
        socket.socket.shutdown(self.stream, socket.SHUT_WR)

    def close(self):
        self.stream.close()
