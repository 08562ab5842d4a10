"""A realm with three approvers, each on a machine of their own: over HTTPS, with keys that ssh-keygen
made, they approve, veto and cancel changes of the policy. Usage: approve.py KEYSTILE"""
import contextlib
import http.server
import json
import os
import pathlib
import pty
import sqlite3
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from machines import Api, Machine, Person, command
from world import World, free_ports, wait_for

problems = []


def check(what, passed, detail=""):
    print(f"{'ok  ' if passed else 'FAIL'} {what}")
    if not passed:
        problems.append(f"{what}: {detail}")


def same(what, found, wanted):
    check(what, found == wanted, f"{found!r}, not {wanted!r}")


class Realm:
    def __init__(self, world, people, port):
        self.world, self.people = world, people
        self.api = Api(f"https://127.0.0.1:{port}", "keystile/realm", world.gate_ca)
        self.machines = {name: Machine(world.keystile, self.api, person) for name, person in people.items()}

    def propose(self, instrument="", by="carol", more=""):
        """Puts a wider policy before the approvers; returns the proposal's id."""
        with tempfile.TemporaryDirectory() as folder:
            for path in (self.world.realm / "policy").glob("*.toml"):
                text = path.read_text()
                if instrument:
                    text = text.replace('"ETHUSDT"]', f'"ETHUSDT", "{instrument}"]')
                (pathlib.Path(folder) / path.name).write_text(text)
            (pathlib.Path(folder) / "book.toml").write_text(more)
            code, row = self.machines[by].run("policy", "propose", "--folder", folder)
        assert code == 0, row
        return row["id"]

    def version(self):
        return self.world.status()["policy"]


def genesis(realm):
    adopted = realm.world.ledger("policy.adopted")
    same("only the first quorum is genesis", [entry.get("genesis") for entry in adopted],
         [None] * (len(adopted) - 1) + [True])
    before = realm.version()
    late = realm.world.run("client", "add", "late", "--account", "binance-main", "--profile", "screener", check=False)
    check("one operator alone adds no client any more", realm.version() == before and "policy propose" in late.stderr,
          late.stderr)
    refused = realm.world.run("policy", "apply", check=False)
    check("nor by hand", refused.returncode == 3 and "policy.quorum" in refused.stderr, refused.stderr)
    (realm.world.realm / "policy/client-late.toml").unlink(missing_ok=True)


def approve_and_adopt(realm):
    before = realm.version()
    number = realm.propose("SOLUSDT")
    alice, bob, carol = (realm.machines[name] for name in ("alice", "bob", "carol"))
    waiting = alice.run("inbox")[1]["waiting"]
    same("alice's inbox", [row["id"] for row in waiting], [number])
    same("carol's is empty: she has asked for it", carol.run("inbox")[1]["waiting"], [])
    same("who asked does not approve", carol.state("approve", number, "--yes"), "tally.asker")
    same("alice approves with her key's file", alice.state("approve", number, "--yes"), "proposed")
    same("and it waits for her no more", alice.run("inbox")[1]["waiting"], [])
    same("once", alice.state("approve", number, "--yes"), "tally.repeated")
    same("nothing has changed yet", realm.version(), before)
    agent = realm.world.folder / "agent.sock"
    realm.world.start("agent", "ssh-agent", "-D", "-a", str(agent))
    wait_for(agent.exists, "ssh-agent")
    bob.environment["SSH_AUTH_SOCK"] = str(agent)
    subprocess.run(["ssh-add", "-q", str(bob.key)], env=bob.environment, check=True)
    hidden = bob.key.rename(bob.key.with_suffix(".away"))
    bob.key = bob.person.key.with_suffix(".pub")
    check("bob approves with an agent", bob.state("approve", number, "--yes") in ("approved", "done"))
    hidden.rename(bob.person.key)
    same("two of three put it in force", (alice.state("proposal", "show", number), realm.version()), ("done", before + 1))
    same("on this machine too", realm.world.json("proposal", "show", number)["state"], "done")
    return number


def by_hand(realm):
    number = realm.propose("XRPUSDT")
    person = realm.people["alice"]
    shown = realm.machines["bob"].run("approve", number, "--print")[1]
    same("the namespace", shown["namespace"], "policy@keystile")
    code, plan = realm.machines["bob"].run("policy", "plan", "--proposal", number)
    wider = [change["text"] for change in plan["changes"] if change["widens"]]
    check("bob's machine works out the same changes", code == 0 and plan["ok"] and any("XRPUSDT" in text for text in wider), plan)
    check("the text begins with the decision", shown["text"].startswith("decision:       APPROVE\nrealm:          keystile/realm\n"))
    check("and says why it is not held", "\nhold:           none (adds no power over withdrawals)\n" in shown["text"], shown)
    signature = realm.world.folder / "text.sig"
    signature.write_text(person.sign(shown["text"], "policy@keystile"))
    same("for the other decision it is worth nothing",
         realm.machines["bob"].state("reject", number, "--signature", signature), "sshsig.signature")
    same("a signature made by hand", realm.machines["bob"].state("approve", number, "--signature", signature), "proposed")
    bare = {"do": "proposal.sign", "id": number, "decision": "approve", "signature": signature.read_text()}
    same("brought by a stranger a second time", realm.api.post(bare), "tally.repeated")
    other = realm.propose("ADAUSDT")
    same("for another proposal it is worth nothing", realm.api.post({**bare, "id": other}), "sshsig.signature")
    return number, other


def veto_and_cancel(realm, vetoed, cancelled):
    alice, bob, carol = (realm.machines[name] for name in ("alice", "bob", "carol"))
    before = realm.version()
    same("bob rejects what alice has approved", bob.state("reject", vetoed, "--yes"), "rejected")
    same("that is final", carol.state("approve", vetoed, "--yes"), "proposal.state")
    same("alice cannot cancel what carol has asked for", alice.state("proposal", "cancel", cancelled), "proposal.not_own")
    same("carol can", carol.state("proposal", "cancel", cancelled), "cancelled")
    same("nothing is left to sign", [bob.run("inbox")[1]["waiting"], bob.run("proposal", "list")[1]["proposals"]], [[], []])
    same("and nothing has changed", realm.version(), before)


ADDRESS = """[[address]]
name = "cold"
assets = ["USDT"]
network = "tron"
address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
hold = "0s"
"""


def withdraw(realm):
    """Asked for by a person, to an address that people have put into the book."""
    alice, bob, carol = (realm.machines[name] for name in ("alice", "bob", "carol"))
    wanted = ("withdraw", "binance-main", "USDT", "12.5", "--to", "cold", "--id", "june")
    same("nowhere but to the address book", alice.run(*wanted)[1]["error"]["code"], "withdraw.address")
    book = realm.propose(more=ADDRESS)
    check("people read what it is about", "(may add power over withdrawals)" in alice.run("approve", book, "--print")[1]["text"])
    for machine in (alice, bob):
        machine.run("approve", book, "--yes")
    same("the address is in the book", alice.state("proposal", "show", book), "done")
    wait_for(lambda: realm.world.ledger("address.listed"), "the address to be listed")
    code, row = alice.run(*wanted)
    same("alice asks", (code, row.get("action"), row.get("state")), (0, "withdraw", "proposed"))
    same("asked again it is the same", alice.run(*wanted)[1]["id"], row["id"])
    same("alice does not approve it", alice.state("approve", row["id"], "--yes"), "tally.asker")
    same("bob does", bob.state("approve", row["id"], "--yes"), "proposed")
    same("and carol", carol.state("approve", row["id"], "--yes"), "approved")
    same("it waits for the executor; until then a veto stops it", carol.state("reject", row["id"], "--yes"), "rejected")


def at_the_terminal(realm):
    """Without --yes the person at the terminal is asked."""
    number = realm.propose("LTCUSDT")
    alice = realm.machines["alice"]
    code, told = alice.run("approve", number)
    check("without one nothing is signed, and --yes is named",
          told["error"]["code"] == "approve.not_confirmed" and "--yes" in told["error"]["message"], (code, told))
    for typed, wanted in (("no", 3), ("approve", 0)):
        child, terminal = pty.fork()
        if child == 0:
            os.execve(alice.keystile, ["keystile", "--realm", f"{alice.api.url}/{alice.api.realm}", "approve", str(number),
                                       "--key", str(alice.key), "--ca", alice.api.ca], alice.environment)
        shown = b""
        try:
            while piece := os.read(terminal, 4096):
                shown += piece
                if shown.endswith(b"type approve: "):
                    os.write(terminal, typed.encode() + b"\n")
        except OSError:
            pass  # how a terminal ends
        os.close(terminal)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        check(f"'{typed}' typed under the text", code == wanted and b"action:         policy" in shown, (code, shown))
    row = alice.run("proposal", "show", number)[1]
    same("it is signed once", [each["approver"] for each in row["signatures"]], ["alice"])
    realm.machines["carol"].run("proposal", "cancel", number)


def strangers(realm, folder, number):
    stranger = Machine(realm.world.keystile, realm.api, Person(folder, "stranger"))
    same("a stranger sees nothing", stranger.state("proposal", "show", number), "signed.key")
    same("and proposes nothing", stranger.state("policy", "propose", "--folder", realm.world.realm / "policy"), "signed.key")
    without = realm.world.run("policy", "propose", "--version", "1", "--key", realm.people["bob"].key, check=False)
    check("a policy without approvers is not even proposed", "policy.refused" in without.stderr, without.stderr)
    first = next(entry["version"] for entry in realm.world.ledger("policy.adopted") if entry.get("genesis"))
    here = realm.world.run("policy", "propose", "--version", first, "--key", realm.people["bob"].key)
    check("an earlier version is proposed on the realm's machine, with a person's key too",
          "asked by:       person bob SHA256:" in here.stdout, here.stdout)
    alice = realm.people["alice"]
    code, value = realm.machines["alice"].run("inbox", realm="keystile/other")
    same("another realm", (code, value["error"]["code"]), (3, "signed.realm"))
    same("another purpose", realm.api.ask(alice, "proposal.list", namespace="git"), "sshsig.namespace")
    same("too old", realm.api.ask(alice, "proposal.list", seconds=-61), "signed.time")
    same("too early", realm.api.ask(alice, "proposal.list", seconds=61), "signed.time")
    same("what only the executor may", realm.api.ask(alice, "ledger.entries", **{"from": 0}), "signed.command")
    same("what only the operator may", realm.api.ask(alice, "adopt"), "signed.command")
    same("unsigned", realm.api.post({"do": "adopt"}), "api.command")
    once = command(alice, realm.api.realm, "proposal.list")
    check("a command serves once", isinstance(realm.api.post(once), dict))
    same("not twice", realm.api.post(once), "signed.repeated")
    changed = {**command(alice, realm.api.realm, "proposal.list")}
    changed["body"] = changed["body"].replace("proposal.list", "policy.propose")
    same("changed on the way", realm.api.post(changed), "sshsig.signature")
    lost = Machine(realm.world.keystile, realm.api, alice)
    lost.environment["PATH"] = str(folder / "nothing")
    same("without ssh-keygen", lost.state("approve", number, "--yes"), "ssh.keygen")


def ssh_keygen_agrees(realm, folder, number):
    """With nothing of Keystile: the text by hand, the signatures from the ledger."""
    allowed = folder / "allowed_signers"
    allowed.write_text("".join(f"{name} {person.public}\n" for name, person in realm.people.items()))
    text = realm.machines["alice"].run("approve", number, "--print")[1]["text"]
    held = [entry for entry in realm.world.ledger("proposal.signed") if int(entry["id"]) == number]
    same("the ledger holds both", len(held), 2)
    for name, entry in zip(("alice", "bob"), held):
        signature = folder / "held.sig"
        signature.write_text(entry["signature"])
        done = subprocess.run(["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", name, "-n", "policy@keystile", "-s",
                               str(signature)], input=text, text=True, capture_output=True)
        check(f"ssh-keygen -Y verify accepts {name}'s", done.returncode == 0, done.stdout + done.stderr)


def evidence(realm, number):
    """Verified in a folder where there is nothing but the file."""
    world = realm.world
    with tempfile.TemporaryDirectory() as elsewhere:
        file = pathlib.Path(elsewhere) / "evidence.json"
        made = world.json("proposal", "show", number, "--proof", file)
        text = file.read_text()

        def verify(key=made["realm_key"]):
            done = subprocess.run([world.keystile, "--json", "verify", str(file), "--realm-key", key], text=True,
                                  capture_output=True, cwd=elsewhere, env={"PATH": os.environ["PATH"]})
            return done.returncode, json.loads(done.stdout)

        code, proven = verify()
        same("the evidence holds", (code, proven.get("good"), proven.get("state")), (0, True, "done"))
        same("and says who signed", [each["approver"] for each in proven["signatures"]], ["alice", "bob"])
        whole = json.loads(text)
        for i, entry in enumerate(whole["entries"]):
            for changed in ({**entry, "entry": entry["entry"].replace("2", "3", 1)}, {**entry, "proof": whole["entries"][i - 1]["proof"]}):
                file.write_text(json.dumps({**whole, "entries": [*whole["entries"][:i], changed, *whole["entries"][i + 1:]]}))
                code, refused = verify()
                check(f"entry {i} changed", (code, refused["error"]) == (1, "evidence.proof"), refused)
        file.write_text(json.dumps({**whole, "policies": [one.replace("= 2", "= 1") for one in whole["policies"]]}))
        same("a policy changed", verify()[1]["error"], "evidence.policy")
        file.write_text(text)
        other = made["realm_key"].replace("keystile/realm", "keystile/other")
        code, value = verify(other)
        check("another realm's key", code != 0, value)


class Hook:
    """A URL that is told of proposals; its first answer is a failure."""

    def __init__(self, port):
        self.told, self.failed = [], 0
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if hook.failed == 0:
                    hook.failed = 1
                    self.send_response(500)
                else:
                    hook.told.append(body)
                    self.send_response(204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def notices(realm, hook, file, number):
    def steps(told):
        return [each["what"] for each in told if each["proposal"] == number]
    wanted = ["proposed", "signed", "signed", "approved", "executing", "done"]
    read = lambda: [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    wait_for(lambda: len(steps(hook.told)) == 6 and len(steps(read())) == 6, "six notices each")
    same("the URL is told each step, after it had failed once", (steps(hook.told), hook.failed), (wanted, 1))
    same("the program is told the same", steps(read()), wanted)
    check("in words", f"proposal {number} (policy version" in read()[0]["text"], read()[0])
    before = len(hook.told)
    realm.world.stop("gate")
    realm.world.start_gate()
    other = realm.propose("DOTUSDT")
    wait_for(lambda: any(each["proposal"] == other for each in hook.told), "the notice after a restart")
    same("nothing is told again after a restart", [each["proposal"] for each in hook.told[before:]].count(number), 0)
    realm.machines["carol"].run("proposal", "cancel", other)


def history(realm):
    """What the gate's SQLite file tells is what the ledger says, whoever edits it."""
    def states():
        told = realm.world.json("proposal", "history")
        return {int(row["id"]): row["state"] for row in told["proposals"]}, told["rebuilt"]
    shown = realm.world.json("proposal", "list", "--all")["proposals"]
    before = {int(row["id"]): row["state"] for row in shown}
    same("the history has them all", states(), (before, ""))
    file = realm.world.realm / "run/proposals.db"
    def kept():
        with contextlib.closing(sqlite3.connect(file)) as db:
            return dict(db.execute("SELECT id, state FROM proposal"))
    number = realm.propose("XRPUSDT")
    wait_for(lambda: kept().get(number) == "proposed", "the gate to follow the ledger")
    with contextlib.closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE proposal SET state = 'approved'")
        db.execute("UPDATE step SET what = 'approved'")
    same("whoever edits it approves nothing", realm.machines["alice"].state("proposal", "show", number), "proposed")
    same("and it is made anew", states(), ({**before, number: "proposed"}, "somebody has edited it"))
    file.write_text("no database")
    told = realm.world.run("proposal", "history", "--state", "proposed", "--csv").stdout.splitlines()
    proposed = [f'"{id_}"' for id_, state in before.items() if state == "proposed"]
    same("for a spreadsheet", [line.split(",")[0] for line in told], ["id", *proposed, f'"{number}"'])
    rows = realm.world.run("proposal", "history", "--state", "proposed").stdout.splitlines()
    same("for people", [line.split()[0] for line in rows], [*(one.strip('"') for one in proposed), str(number)])
    early = realm.world.run("proposal", "history", "--until", "2026-01-01T00:00:00Z").stdout
    same("none is of long ago", early, "There are no such proposals.\n")
    mistyped = realm.world.run("proposal", "history", "--state", "proposd", check=False)
    check("a state that is none is named", mistyped.returncode == 3 and "history.state" in mistyped.stderr, mistyped.stderr)
    realm.machines["carol"].run("proposal", "cancel", number)
    wait_for(lambda: kept()[number] == "cancelled", "the gate to follow the new file")


def main():
    with tempfile.TemporaryDirectory(prefix="keystile-people-") as place:
        folder = pathlib.Path(place)
        people = {name: Person(folder, name) for name in ("alice", "bob", "carol")}
        port = free_ports(2)
        hook, told = Hook(port + 1), folder / "told"
        settings = (f'[api]\nport = {port}\ncertificate = "tls/server.pem"\nkey = "tls/server.key"\n'
                    f'[[notice]]\nurl = "http://127.0.0.1:{port + 1}/hook"\n'
                    f'[[notice]]\ncommand = ["/bin/sh", "-c", "cat >> {told}; echo >> {told}"]\n')
        options = [word for name, person in people.items() for word in ("--approver", f"{name}={person.key}.pub")]
        with World(sys.argv[1], settings=settings, init=[*options, "--threshold", "2", "--hold", "0s"]) as world:
            realm = Realm(world, people, port)
            genesis(realm)
            number = approve_and_adopt(realm)
            vetoed, cancelled = by_hand(realm)
            veto_and_cancel(realm, vetoed, cancelled)
            at_the_terminal(realm)
            withdraw(realm)
            strangers(realm, folder, number)
            ssh_keygen_agrees(realm, folder, number)
            notices(realm, hook, told, number)
            evidence(realm, number)
            history(realm)
            check("the ledger verifies", world.run("ledger", "verify", check=False).returncode == 0)
    for problem in problems:
        print("FAIL", problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
