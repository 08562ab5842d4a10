"""A name server on loopback that knows one name. It remembers what it was asked."""
import socket
import threading


class NameServer:
    """packed: the address that the name leads to, as four bytes; may be changed."""
    def __init__(self, name, address="127.0.0.1"):
        self.name, self.packed = name, socket.inet_aton(address)
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, asker = self.socket.recvfrom(512)
            if answer := self.answer(query):
                self.socket.sendto(answer, asker)

    def answer(self, query):
        """RFC 1035 section 4: the question again, and an A record if it is for our name."""
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace"))
            at += 1 + query[at]
        name, kind = ".".join(labels), int.from_bytes(query[at + 1:at + 3], "big")
        self.asked.append(name)
        found = name == self.name and kind == 1
        flags = b"\x81\x80" if name == self.name else b"\x81\x83"
        record = b"\xc0\x0c\x00\x01\x00\x01" + (60).to_bytes(4, "big") + b"\x00\x04" + self.packed
        return query[:2] + flags + b"\x00\x01" + (b"\x00\x01" if found else b"\x00\x00") + b"\x00" * 4 + query[12:at + 5] + \
            (record if found else b"")
