"""Approvers with ssh keys of their own, the quorum that they make, and what they decide."""
import pathlib
import subprocess

QUORUMS = """
[[quorum]]
actions = ["policy", "approvers"]
approvals = { treasury = 2 }
hold = "0s"

[[quorum]]
actions = ["withdraw"]
approvals = { treasury = 2 }
"""

# The facts of a withdrawal, in the order in which they are read.
FACTS = ["realm", "proposal", "action", "account", "exchange", "environment", "asset", "amount", "value", "from wallet",
         "sent", "network", "address", "address name", "memo", "fee", "program's id", "asked by", "created", "expires",
         "policy version", "policy hash"]
ABSENT = {"value": "(unknown)"}


def approval_text(proposal, decision):
    """Written apart from Keystile's own: if the two differ, no signature here counts."""
    lines = [("decision", decision.upper())]
    for fact in FACTS:
        value = str(proposal.get(fact.replace("'", "").replace(" ", "_"), ABSENT.get(fact, "(none)")))
        lines.append((fact, "sha256:" + value if fact == "policy hash" else value))
    return "".join(f"{name + ':':<16}{value}\n" for name, value in lines)


class People:
    def __init__(self, world, names=("alice", "bob", "carol")):
        self.world, self.names = world, names
        self.folder = world.folder / "people"
        self.folder.mkdir()
        for name in names:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.key(name))], check=True)

    def key(self, name):
        return self.folder / name

    def toml(self):
        lines = []
        for name in self.names:
            public = self.key(name).with_suffix(".pub").read_text().strip()
            lines.append(f'[[approver]]\nname = "{name}"\ngroups = ["treasury"]\nkeys = ["{public}"]')
        return "\n".join(lines) + QUORUMS

    def decide(self, proposal, name, decision="approve"):
        """Signs what docs/formats/approval.md says, as a person would by hand; the proposal as it is then."""
        shown = self.world.control({"do": "proposal.show", "id": int(proposal)})["ok"]
        path = self.folder / f"{name}-{proposal}-{decision}"
        path.write_text(approval_text(shown["proposal"], decision))
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.key(name)), "-n", f"{shown['action']}@keystile",
                        str(path)], check=True, capture_output=True)
        done = self.world.control({"do": "proposal.sign", "id": int(proposal), "decision": decision,
                                   "signature": pathlib.Path(f"{path}.sig").read_text()})
        if "ok" not in done:
            raise RuntimeError(f"{name} could not {decision} {proposal}: {done}")
        return done["ok"]
