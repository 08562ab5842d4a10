"""A witness of transparency logs, written from https://c2sp.org/tlog-witness, tlog-cosignature and
RFC 9162. It shares no code with Keystile. `manner` makes it a bad one."""
import base64
import hashlib
import http.server
import ssl
import struct
import threading
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

DASH = "\u2014 "
MANNERS = ["honest", "silent", "forged", "future", "past", "forked", "ahead", "forgetful", "contradicting"]


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def is_consistent(first, second, proof, first_root, second_root):
    """RFC 9162 section 2.1.4.2."""
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof
    if first & (first - 1) == 0:
        proof = [first_root] + proof
    if not proof:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = sha256(b"\x01", c, fr), sha256(b"\x01", c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\x01", sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


class Witness:
    def __init__(self, name, log_vkey, certificate, key):
        self.name, self.manner, self.asked = name, "honest", 0
        self.private = ed25519.Ed25519PrivateKey.generate()
        raw = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.id = sha256(name.encode(), b"\n\x04", raw)[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(bytes([4]) + raw).decode()}"
        self.log_name, log_id, log_key = log_vkey.strip().split("+", 2)
        self.log_id, log_raw = bytes.fromhex(log_id), base64.b64decode(log_key)
        self.log = ed25519.Ed25519PublicKey.from_public_bytes(log_raw[1:])
        self.size, self.root = 0, sha256()
        self._serve(certificate, key)

    # --- POST <prefix>/add-checkpoint
    def add_checkpoint(self, body):
        head, note = body.split("\n\n", 1)
        old, *hashes = head.split("\n")
        old, proof = int(old.removeprefix("old ")), [base64.b64decode(line) for line in hashes]
        text, signatures = note.split("\n\n", 1)
        text += "\n"
        origin, size, root = text.split("\n")[:3]
        size, root = int(size), base64.b64decode(root)
        if origin != self.log_name:
            return 404, ""
        if not any(self._signed(line, text) for line in signatures.splitlines()):
            return 403, ""
        if self.manner == "ahead":
            return 409, f"{size + 1000}\n"
        if self.manner == "forgetful":
            return 409, f"{max(self.size - 1, 0)}\n"
        if old > size:
            return 400, ""
        if self.manner == "contradicting":
            return 422, ""
        if old != self.size:
            return 409, f"{self.size}\n"
        if not is_consistent(old, size, proof, self.root, root):
            return 422, ""
        self.size, self.root = size, root
        return 200, self.cosign(text)

    def _signed(self, line, text):
        name, _, signature = line.removeprefix(DASH).partition(" ")
        raw = base64.b64decode(signature)
        if name != self.log_name or raw[:4] != self.log_id:
            return False
        try:
            self.log.verify(raw[4:], text.encode())
            return True
        except InvalidSignature:
            return False

    def cosign(self, text):
        now = int(time.time()) + {"future": 86400, "past": -86400}.get(self.manner, 0)
        if self.manner == "forked":
            lines = text.split("\n")
            text = "\n".join([lines[0], lines[1], base64.b64encode(bytes(32)).decode(), *lines[3:]])
        signature = self.private.sign(f"cosignature/v1\ntime {now}\n{text}".encode())
        if self.manner == "forged":
            signature = bytes(64)
        line = base64.b64encode(self.id + struct.pack(">Q", now) + signature).decode()
        return f"{DASH}{self.name} {line}\n"

    # --- over HTTPS
    def _serve(self, certificate, key):
        witness = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                witness.asked += 1
                status, answer = 404, ""
                if self.path == "/prefix/add-checkpoint":
                    status, answer = (503, "") if witness.manner == "silent" else witness.add_checkpoint(body)
                self.send_response(status)
                self.send_header("Content-Type", "text/x.tlog.size" if status == 409 else "text/plain")
                self.send_header("Content-Length", str(len(answer.encode())))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/prefix"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
