"""Exit code 0 if Python's ssl, trusting CA alone, completes a handshake with a server that shows
CERTIFICATE and KEY, as NAME. Usage: handshake.py CA CERTIFICATE KEY NAME"""
import ssl
import sys

ca, certificate, key, name = sys.argv[1:]
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(certificate, key)
to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
client = ssl.create_default_context(cafile=ca).wrap_bio(to_client, to_server, server_hostname=name)
server = server_context.wrap_bio(to_server, to_client, server_side=True)
waiting = [client, server]
for _ in range(10):
    for side in list(waiting):
        try:
            side.do_handshake()
            waiting.remove(side)
        except ssl.SSLWantReadError:
            pass
sys.exit(1 if client in waiting else 0)
