"""The policy folder is edited on disk, to pay somebody else, more, and with the word of a stranger. The
gate says so once, and neither it nor the executor uses any of it, over restarts of both too.

Usage: edited.py KEYSTILE"""
import pathlib
import re
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from payout_realm import ASK, COLD, PEOPLE, Payouts  # noqa: E402
from people import People  # noqa: E402
from raw import Raw  # noqa: E402
from world import World, free_ports, judge, wait_for  # noqa: E402

EXCHANGE = "binance"
ELSEWHERE = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
BEGINS, ENDS = "the policy folder was edited", "the policy folder is no longer"
UNREADABLE = "the policy in force stays what it is"


class Edited:
    def __init__(self, world, port):
        self.world, self.port = world, port
        self.realm = Payouts(world, EXCHANGE, world.realm / "run/control.sock")
        self.stranger = People(world, names=("mallory",))
        self.policy = world.realm / "policy"
        self.kept = {path: path.read_text() for path in self.policy.glob("*.toml")}

    def gauge(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            return re.search(r"^keystile_policy_folder_edited (\d)$", answer.read().decode(), re.M).group(1) == "1"

    def wait(self, wanted, what):
        wait_for(lambda: self.gauge() == wanted, what)

    def told(self):
        """How often the log says that it begins, and that it ends."""
        log = self.world.log("gate")
        return log.count(BEGINS), log.count(ENDS)

    def edit(self):
        people, payer = self.policy / "people.toml", self.policy / "client-payer.toml"
        stranger = self.stranger.key("mallory").with_suffix(".pub").read_text().strip()
        people.write_text(people.read_text().replace(COLD, ELSEWHERE) +
                          f'\n[[approver]]\nname = "mallory"\ngroups = ["treasury"]\nkeys = ["{stranger}"]\n')
        payer.write_text(payer.read_text().replace('max_withdrawal = "1000"', 'max_withdrawal = "9000"'))

    def put_back(self):
        for path, text in self.kept.items():
            path.write_text(text)

    def rule(self, amount, address, own_id):
        path, fields = ASK[EXCHANGE]
        return Raw(self.realm.client).call("POST", path, {**fields(amount, own_id), "address": address}).rule

    def is_used_by_nobody(self, when):
        realm = self.realm
        yield f"{when}: not to the address of the edited file", *equal(self.rule("20", ELSEWHERE, "elsewhere"), "grant.withdraw_to")
        yield f"{when}: not by its limits", *equal(self.rule("2000", COLD, "more"), "grant.max_withdrawal")
        number = realm.ask()
        realm.approve(number, PEOPLE[:1])
        done = self.world.run("approve", number, "--yes", "--key", self.stranger.key("mallory"), check=False)
        yield f"{when}: its approver is a stranger", "tally.stranger" in done.stderr, done.stderr
        yield f"{when}: one approval sends nothing", *equal((realm.state(number), realm.times_left(number)), ("proposed", 0))
        realm.approve(number, PEOPLE[1:2])
        yield f"{when}: it is sent", *equal(realm.settled(number), "done")
        sent = next(one for one in realm.left() if one["client_id"] == str(number))
        yield f"{when}: where people have read", COLD in str(sent) and ELSEWHERE not in str(sent), sent


def equal(found, wanted):
    return found == wanted, found


def look(world, port):
    world.up()
    edited = Edited(world, port)
    realm = edited.realm
    wait_for(lambda: world.ledger("address.listed"), "the address to be listed")
    realm.start()
    edited.wait(False, "the adopted folder to be taken for what it is")
    begun, ended = edited.told()
    edited.edit()
    edited.wait(True, "the gate to notice")
    yield "it is told once", *equal(edited.told(), (begun + 1, ended))
    yield from edited.is_used_by_nobody("edited")

    shown = world.json("policy", "propose", "--key", world.folder / "carol")
    edited.wait(False, "what is proposed to be no secret edit")
    yield "that people are asked is its end", *equal(edited.told(), (begun + 1, ended + 1))
    world.run("proposal", "cancel", shown["id"], "--key", world.folder / "carol")
    edited.wait(True, "the gate to notice that nobody is asked any more")
    yield "and when they are not any more, its beginning", *equal(edited.told(), (begun + 2, ended + 1))

    world.stop("gate")
    realm.end()
    world.start_gate()
    realm.start()
    yield "a gate that starts says so", *equal((edited.gauge(), edited.told()), (True, (begun + 3, ended + 1)))
    yield from edited.is_used_by_nobody("after a restart")

    edited.put_back()
    edited.wait(False, "the gate to notice that it was put back")
    away = edited.policy.with_name("policy.away")
    edited.policy.rename(away)
    edited.wait(True, "the gate to notice that the folder is gone")
    yield "with its reason", UNREADABLE in world.log("gate"), world.log("gate")
    yield from edited.is_used_by_nobody("without a folder")
    away.rename(edited.policy)
    edited.wait(False, "the gate to notice that it is back")
    yield "nothing more is told", *equal(edited.told(), (begun + 3, ended + 3))


def main():
    port = free_ports(1)
    judge(World(sys.argv[1], settings=f"[metrics]\nport = {port}\n"), lambda world: look(world, port))


main()
