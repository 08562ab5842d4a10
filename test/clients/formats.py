"""What `keystile client show --format …` prints, run as it stands against a gate: curl and Node.js by
a shell, requests by Python, ccxt with the environment that is told beside it. (freqtrade_trades.py
does so for freqtrade.) No format shows a secret.

Usage: formats.py KEYSTILE"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from world import ROOT, World  # noqa: E402

FORMATS = ("text", "env", "json", "ccxt", "freqtrade", "curl", "requests", "node")
CCXT_PYTHON = """import ccxt, json, os, sys
exchange = getattr(ccxt, sys.argv[1])(json.load(sys.stdin))
print(exchange.fetch_balance()["USDT"]["total"], exchange.fetch_time())"""
CCXT_NODE = """const config = JSON.parse(require("fs").readFileSync(0));
import(process.env.NODE_PATH + "/ccxt/js/ccxt.js").then(async ({ default: ccxt }) => {
  const exchange = new ccxt[process.argv[1]](config);
  console.log((await exchange.fetchBalance()).USDT.total, await exchange.fetchTime());
});"""


def shown(world, client, name):
    """What the command prints, and the environment that it asks for."""
    done = world.run("client", "show", client["client"], "--format", name)
    return done.stdout, dict(word.split("=", 1) for word in shlex.split(done.stderr) if word != "export")


def ran(words, env, text=None):
    """Its output, or why there is none. Nothing but what was printed is in its environment."""
    plain = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8",
             "NODE_PATH": str(ROOT / "build/clients/node_modules")}
    done = subprocess.run(words, env={**plain, **env}, input=text, text=True, capture_output=True, timeout=60)
    return done.returncode == 0 and done.stdout.strip(), done.stdout[-300:] + done.stderr[-600:]


def answers(output):
    """How many times an exchange told its time, in milliseconds."""
    return len(re.findall(r"\b\d{13}\b", output or ""))


def main():
    problems = []

    def check(right, what, seen=""):
        print(f"{'ok ' if right else 'NO '} {what}", flush=True)
        if not right:
            problems.append(f"{what}: {seen}")

    with World(sys.argv[1]) as world:
        for exchange in world.exchanges:
            client = world.clients[f"{exchange}-bot"]
            secrets = [client[name] for name in ("secret", "passphrase") if client.get(name)]
            printed = {name: shown(world, client, name) for name in FORMATS}
            leaks = [name for name, (text, env) in printed.items() if any(s in text or s in str(env) for s in secrets)]
            check(not leaks, f"{exchange}: no format shows a secret", leaks)
            for name, words, times in (("curl", ["sh", "-e"], 2), ("requests", [sys.executable, "-"], 2), ("node", ["sh", "-e"], 1)):
                text, env = printed[name]
                output, seen = ran(words, env, text)
                check(answers(output) == times, f"{exchange}: {name}, as printed, gets the time", seen)
            text, env = printed["ccxt"]
            config = json.loads(text)
            config["secret"] = client["secret"]
            if "passphrase" in client:
                config["password"] = client["passphrase"]
            for what, words in (("Python", [sys.executable, "-c", CCXT_PYTHON]), ("JavaScript", ["node", "-e", CCXT_NODE])):
                output, seen = ran([*words, exchange], env, json.dumps(config))
                check(output, f"{exchange}: ccxt for {what}, configured as printed, reads its balance", seen)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
