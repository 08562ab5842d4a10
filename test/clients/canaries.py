"""No secret lies about: after a whole run, every file that the run left, and the command lines and
environments of its processes, are searched for every secret that it used. Every secret is its own
canary: each is random and stands in one place only. A realm's folder has no private keys but those of its
own base URLs: that of the CA for exchange names is in the vault. And a gate leaves no core dump.

Usage: canaries.py KEYSTILE"""
import base64
import contextlib
import pathlib
import re
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
sys.path.insert(0, str(HERE))
from flows import gate_access, run_script  # noqa: E402
from raw import Raw, Spot  # noqa: E402
from world import World  # noqa: E402

# The only places of secrets: the sandbox's own store (it plays the exchange), the oracle's copy of
# it, and the vaults with the keys that open them, which hold them sealed.
ALLOWED = ("sandbox/keys.json", "behind-oracle/keys.json", "oracle.json")


def secrets_of(world):
    """(what it is, text), for every secret and passphrase, real or virtual."""
    for (exchange, name), key in world.keys.items():
        if key["algorithm"] == "hmac":
            yield f"the real {exchange} {name} secret", key["secret"]
        else:
            body = "".join(line for line in key["secret"].splitlines() if not line.startswith("-"))
            yield f"the real {exchange} {name} private key", body[:60]
        if key["passphrase"]:
            yield f"the real {exchange} {name} passphrase", key["passphrase"]
    for name, client in world.clients.items():
        yield f"client {name}'s secret", client["secret"]
        if client.get("passphrase"):
            yield f"client {name}'s passphrase", client["passphrase"]


def spellings(text):
    """As it is, and as it would stand in a URL, in base64, in hex or in JSON."""
    raw = text.encode()
    yield from {raw, urllib.parse.quote(text, safe="").encode(), base64.b64encode(raw).rstrip(b"="), raw.hex().encode(),
                raw.hex().upper().encode(), raw.replace(b"/", rb"\/")}


def places(world):
    """(name, content) of everything to be searched."""
    for path in sorted(world.folder.rglob("*")):
        name = str(path.relative_to(world.folder))
        if path.is_file() and name not in ALLOWED:
            with contextlib.suppress(FileNotFoundError):  # it was in the making, and has got its name meanwhile
                yield name, path.read_bytes()
    for name, process in world.processes.items():
        for what in ("cmdline", "environ"):
            yield f"{name}'s {what}", pathlib.Path(f"/proc/{process.pid}/{what}").read_bytes()


def private_keys(world):
    """Files of the realm's folder that have one, sealed or not, as text."""
    return [str(path.relative_to(world.realm)) for path in sorted(world.realm.rglob("*"))
            if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]


def core_dump_limits(process):
    """The most that may be dumped of it: soft, hard."""
    limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
    soft, hard = re.search(r"^Max core file size +(\w+) +(\w+)", limits, re.MULTILINE).groups()
    return soft, hard


def use(world):
    """Something of everything: clients made, rotated, revoked; requests allowed, refused, malformed."""
    outputs = []
    for exchange in world.exchanges:
        access = gate_access(world, exchange, "ccxt_python.py")
        outputs.append((f"{exchange}'s ccxt transcript", run_script(world, "ccxt_python.py", False, access)[1]))
        client = world.add_client(f"{exchange}-wrong", exchange, "--instrument", Spot.SYMBOL[exchange])
        raw = Raw({**client, "secret": client["secret"][::-1]})
        outputs.append(("a refusal", raw.call(*Spot.ROUTES[exchange], Spot.limit(exchange, "canary1")).body))
        outputs.append(("a refusal", Raw(client).call("GET", "/nowhere", {"secret": client["key"]}).body))
        outputs.append(("client show", world.run("client", "show", f"{exchange}-wrong").stdout))
        outputs.append(("explain", world.run("explain", f"{exchange}-wrong", *Spot.ROUTES[exchange], check=False).stdout))
    for words in (("client", "list"), ("key", "list"), ("vault", "list", "test"), ("policy", "show"), ("ledger", "export"),
                  ("doctor",)):
        done = world.run(*words, check=False)
        outputs.append((" ".join(words), done.stdout + done.stderr))
    return outputs


def main():
    problems = []
    with World(sys.argv[1], oracle=True) as world:
        outputs = use(world)
        searched = list(places(world)) + [(name, text.encode()) for name, text in outputs]
        wanted = list(secrets_of(world))
        for place, content in searched:
            for what, text in wanted:
                if any(spelling in content for spelling in spellings(text)):
                    problems.append(f"{what} stands in {place}")
        real_ids = [key["key"] for key in world.keys.values()]
        for name, text in outputs:
            if "transcript" in name or name == "a refusal":
                problems += [f"a real key id stands in {name}" for key in real_ids if key in text]
        keys, cores = private_keys(world), core_dump_limits(world.processes["gate"])
        if keys != ["tls/server.key"]:
            problems.append(f"private keys stand in {keys}")
        if cores != ("0", "0"):
            problems.append(f"the gate may leave a core dump: {cores}")
        # One clock is everybody's here.
        problems += [f"{name}: {line}" for name, text in outputs for line in text.splitlines()
                     if name == "doctor" and "set up NTP" in line]
        # The search itself must be able to find: a secret where it may be.
        store = (world.folder / ALLOWED[0]).read_bytes()
        found = sum(any(s in store.replace(b"\\n", b"") for s in spellings(text)) for what, text in wanted if what.startswith("the real"))
        print(f"{len(wanted)} secrets looked for in {len(searched)} places; {found} of them in the sandbox's own store")
        if found != sum(what.startswith("the real") for what, _ in wanted):
            problems.append("the search does not find what is there")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
