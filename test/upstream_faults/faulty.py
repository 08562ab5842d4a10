"""An exchange that goes wrong: stands between the gate and one exchange of the sandbox, passes everything
on, and plays a fault where a test asks for one. It keeps count of every order that reached it."""
import http.client
import socket
import ssl
import struct
import threading
import time
import urllib.parse


def reset(connection):
    """Closes with RST, as a crashing host or a firewall does."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    except OSError:
        pass


def answer(status, body=b"", headers=(), length=None):
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


HTML = b"<!DOCTYPE html><html><body>Bad gateway</body></html>"

# What is sent instead of an answer, before the exchange has seen the request; then the connection ends.
INSTEAD = {
    "503 without a body": answer(503),
    "500 with HTML": answer(500, HTML, ["Content-Type: text/html"]),
    "502 with HTML, not finished": answer(502, HTML, length=len(HTML) + 10),
    "redirect": answer(302, b"", ["Location: https://localhost:1/elsewhere"]),
    "garbage": b"\x16\x03\x01garbage\r\n\r\n",
    "half a status line": b"HTTP/1.1 20",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Type: appl",
    "half a body": answer(200, b'{"code":0,', length=100),
    "a body without end": answer(200, b'{"code":0,', length=10 ** 9),
    "two lengths": answer(200, b"{}", ["Content-Length: 7"]),
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-More: 0123456789012345678901234567890123456789\r\n" * 5000,
    "an empty answer": answer(200),
    "another language": answer(200, b"[1,2", ["Content-Type: application/json"]),
    "nothing": b"",
}


class Faulty:
    """faults: text in a request (a client order id) → the fault. connection_fault: of every new
    connection: "" or one of "reset before TLS", "reset in the handshake", "silence"."""

    def __init__(self, upstream, certificate, key, ca):
        parts = urllib.parse.urlsplit(upstream)
        self.upstream = (parts.hostname, parts.port)
        self.ca = ssl.create_default_context(cafile=ca)
        self.faults, self.connection_fault, self.delay = {}, "", 0
        self.received, self.lock, self.open = [], threading.Lock(), set()
        self.turned_away = None  # (status, headers, body) for every request
        self.present(certificate, key)
        self.listener, self.port = None, 0
        self.listen()

    def present(self, certificate, key, most=None):
        """The certificate, and the highest TLS version, from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if most:
            context.maximum_version = most
        self.context = context

    def listen(self, address="127.0.0.1"):
        self.listener = socket.create_server((address, self.port), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def refuse_connections(self):
        """Nobody listens any more, and what was open is gone."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def drop(self):
        """Ends every open connection; its own thread closes it."""
        with self.lock:
            connections, self.open = self.open, set()
        for connection in connections:
            try:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                pass

    def count(self, text):
        """How many requests with that text in them came here whole, writes only."""
        with self.lock:
            return sum(text in request for method, request in self.received if method != "GET")

    # --- one connection
    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, raw):
        try:
            if self.connection_fault == "silence":
                time.sleep(8)
            if self.connection_fault == "reset in the handshake":
                raw.recv(200)
            if self.connection_fault:
                return reset(raw)
            connection = self.context.wrap_socket(raw, server_side=True)
            with self.lock:
                self.open.add(connection)
            while self._one(connection):
                pass
            connection.close()
        except (OSError, ssl.SSLError, ValueError, http.client.HTTPException):
            reset(raw)

    @staticmethod
    def _read(connection):
        """One request: (head, body), or None at the end."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        head = head.decode()
        length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        return head, body

    def _one(self, connection):
        request = self._read(connection)
        if request is None:
            return False
        head, body = request
        method, target, _ = head.split("\r\n")[0].split(" ")
        text = target + "\n" + body.decode()
        with self.lock:
            self.received.append((method, text))
        if self.turned_away and method != "GET":
            status, headers, content = self.turned_away
            connection.sendall(answer(status, content, headers))
            return True
        fault = next((fault for id, fault in self.faults.items() if id in text and method != "GET"), None)
        if fault == "reset after the request":
            reset(connection)
            return False
        if fault in INSTEAD:
            connection.sendall(INSTEAD[fault])
            if fault == "a body without end":
                connection.settimeout(20)
                while True:
                    connection.sendall(b"0" * 16384)
            return False
        status, headers, content = self._pass_on(method, target, head, body)
        if fault == "reset after it was carried out":
            reset(connection)
            return False
        if fault == "timeout after it was carried out":
            time.sleep(17)
            return False
        if fault == "503 after it was carried out":
            status, headers, content = 503, [], b""
        if fault == "slow":
            time.sleep(2)
        connection.sendall(answer(status, content, [f"{name}: {value}" for name, value in headers]))
        return True

    def _pass_on(self, method, target, head, body):
        onward = http.client.HTTPSConnection(*self.upstream, context=self.ca, timeout=20)
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        headers.pop("Connection", None)
        onward.request(method, target, body or None, headers)
        response = onward.getresponse()
        content = response.read()
        kept = [(n, v) for n, v in response.getheaders() if n.lower() not in ("content-length", "connection", "transfer-encoding")]
        onward.close()
        return response.status, kept, content
