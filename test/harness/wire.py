"""Bytes to a running gate and back, below any HTTP library: what is sent is exactly what is given,
and an answer is read as strictly as the gate ought to read requests. Also the ways in: how a program
reaches the gate."""
import json
import re
import socket
import ssl

from world import free_ports

HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [\x20-\x7e]*\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[^\r\n\0]*\r\n)*)\r\n")


HOSTS = {"binance": "api.binance.com", "okx": "www.okx.com", "bybit": "api.bybit.com"}
SOCKET = "run/gate.sock"


def listener_settings():
    """(lines for keystile.toml, port): listeners for those ways in that `init` does not make."""
    port = free_ports(1)
    return (f'[[listener]]\nkind = "hosts"\nport = {port}\nenvironment = "test"\n\n'
            f'[[listener]]\nsocket = "{SOCKET}"\nenvironment = "test"\n'), port


def connected(host, port, timeout):
    plain = socket.create_connection((host, port), timeout=timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return plain


class BaseUrl:
    """A base URL with the exchange's name as its first path segment."""
    name = "base URL"

    def __init__(self, world):
        first = next(iter(world.clients.values()))
        self.host, port = first["base_url"].split("/")[2].rsplit(":", 1)
        self.port = int(port)
        self.context = ssl.create_default_context(cafile=world.gate_ca)

    def prefix(self, exchange):
        return f"/{exchange}"

    def authority(self, exchange):
        return f"{self.host}:{self.port}"

    def connect(self, exchange, timeout):
        return self.context.wrap_socket(connected(self.host, self.port, timeout), server_hostname=self.host)


class HostName:
    """The exchange's own host name, which leads to Keystile."""
    name = "host name"

    def __init__(self, world, port):
        self.port = port
        self.context = ssl.create_default_context(cafile=world.realm / "tls/exchange-ca.pem")

    def prefix(self, exchange):
        return ""

    def authority(self, exchange):
        return HOSTS[exchange]

    def plain(self, exchange, timeout):
        return connected("127.0.0.1", self.port, timeout)

    def connect(self, exchange, timeout):
        return self.context.wrap_socket(self.plain(exchange, timeout), server_hostname=HOSTS[exchange])


class Proxy(HostName):
    """HTTPS_PROXY: CONNECT to the exchange's own host name."""
    name = "proxy"

    def __init__(self, world):
        super().__init__(world, int(next(iter(world.clients.values()))["proxy"].rsplit(":", 1)[1].rstrip("/")))

    def plain(self, exchange, timeout):
        tunnel = super().plain(exchange, timeout)
        tunnel.sendall(f"CONNECT {HOSTS[exchange]}:443 HTTP/1.1\r\nHost: {HOSTS[exchange]}:443\r\n\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            piece = tunnel.recv(1)
            if not piece:
                break
            answer += piece
        if not answer.startswith(b"HTTP/1.1 200"):
            raise Broken(f"no tunnel: {answer!r}")
        return tunnel


class ProxyHead(Proxy):
    """The proxy before there is a tunnel, in plain text."""
    name = "CONNECT"

    def connect(self, exchange, timeout):
        return HostName.plain(self, exchange, timeout)

    def inside(self, stream, exchange):
        """What goes through the tunnel that was granted on this stream."""
        return self.context.wrap_socket(stream, server_hostname=HOSTS[exchange])


class UnixSocket(BaseUrl):
    """A Unix socket, without TLS, with base paths."""
    name = "Unix socket"

    def __init__(self, world):
        super().__init__(world)
        self.path = str(world.realm / SOCKET)

    def connect(self, exchange, timeout):
        plain = socket.socket(socket.AF_UNIX)
        plain.settimeout(timeout)
        plain.connect(self.path)
        return plain


def ways_in(world, names_port):
    """Every way that leads into this world's gate."""
    return [BaseUrl(world), Proxy(world), HostName(world, names_port), UnixSocket(world)]


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

    @property
    def rule(self):
        """The rule that refused; "" where none is told."""
        return (self.header("X-Keystile-Reason") or "").partition(";")[0]

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
