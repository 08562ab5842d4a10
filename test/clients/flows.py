"""Every client of one exchange: first at the sandbox itself, then, with only endpoint and key
changed, through Keystile. What it saw must be the same; withdrawals Keystile refuses.

Usage: flows.py KEYSTILE EXCHANGE [SCRIPT…]"""
import json
import pathlib
import secrets
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from world import World, client_environment  # noqa: E402

SCRIPTS = {
    "binance": ["ccxt_python.py", "ccxt_javascript.js", "binance_npm.js", "binance_connector.py", "binance_sdk.py"],
    "okx": ["ccxt_python.py", "ccxt_javascript.js", "okx_api.js", "python_okx.py"],
    "bybit": ["ccxt_python.py", "ccxt_javascript.js", "bybit_api.js", "pybit_client.py"],
}
INSTRUMENTS = {"binance": ["BTCUSDT"], "okx": ["BTC-USDT", "BTC-USDT-SWAP"], "bybit": ["BTCUSDT"]}
# What each script is meant to be refused by the exchange itself, too.
MEANT_TO_FAIL = {"cancel again", "too small"}
WITHDRAWALS = {"withdraw", "withdrawals"}


def run_script(world, script, direct, access, more_env=None):
    """One client's transcript. more_env: another way in than the base URL."""
    env = client_environment(world, direct)
    env.update({"RUN": secrets.token_hex(6), "EXCHANGE": access["exchange"], "BASE_URL": access["base_url"],
                "HOST_URL": access["own_url"]})
    for kind in ("TRADE", "FUNDS"):
        key = access[kind]
        env.update({f"{kind}_KEY": key["key"], f"{kind}_SECRET": key["secret"],
                    f"{kind}_PASSPHRASE": key.get("passphrase") or ""})
    env.update(more_env or {})
    runner = sys.executable if script.endswith(".py") else "node"
    done = subprocess.run([runner, str(HERE / script)], env=env, text=True, capture_output=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    told = json.loads(done.stdout) if done.stdout else {"steps": {}, "messages": {}}
    if done.returncode != 0:
        told["steps"]["the whole"] = {"error": done.stderr[-1500:]}
    return told, done.stdout


def direct_access(world, exchange):
    url = world.sandbox_url(exchange)
    return {"exchange": exchange, "base_url": url, "own_url": url, "TRADE": world.keys[exchange, "trade"],
            "FUNDS": world.keys[exchange, "full"]}


def gate_access(world, exchange, script):
    name = script.split(".")[0].replace("_", "-")
    instruments = [word for one in INSTRUMENTS[exchange] for word in ("--instrument", one)]
    trade = world.add_client(f"{exchange}-{name}", exchange, *instruments)
    funds = world.add_client(f"{exchange}-{name}-funds", exchange, profile="transfers",
                             grant='transfer_assets = ["USDT"]\nmax_transfer = "100"')
    return {"exchange": exchange, "base_url": trade["base_url"], "own_url": trade["own_url"], "TRADE": trade, "FUNDS": funds}


def failed(step):
    return isinstance(step, dict) and "error" in step


def compare(script, direct, gated):
    """The differences, in words."""
    problems = []
    for name, step in direct["steps"].items():
        if failed(step) != (name in MEANT_TO_FAIL):
            problems.append(f"{script}: the sandbox itself, {name}: {step} {direct['messages'].get(name, '')}")
    if "withdraw" in direct["steps"]:
        refusal = gated["messages"].get("withdraw", "")
        if "withdraw scope" not in refusal:
            problems.append(f"{script}: the withdrawal was not refused for want of the scope: {refusal or gated['steps'].get('withdraw')}")
    for name in direct["steps"].keys() | gated["steps"].keys():
        if name in WITHDRAWALS:
            continue
        left, right = direct["steps"].get(name), gated["steps"].get(name)
        if left != right:
            problems.append(f"{script}: {name}\n    the exchange: {left}\n    Keystile:     {right} {gated['messages'].get(name, '')}")
    return problems


def judge_oracle(world):
    """The oracle found nothing wrong, and saw each write that the ledger has."""
    lines = world.oracle_lines()
    problems = [f"oracle: {line}" for line in lines if line["problems"]]
    sent = sorted(f"{line['method']} {line['path']}" for line in lines if line["method"] != "GET")
    recorded = sorted(entry["route"] for entry in world.ledger("request") if not entry["route"].startswith("GET "))
    if sent != recorded:
        problems.append(f"the oracle saw {len(sent)} writes, the ledger has {len(recorded)}")
    if not sent:
        problems.append("the oracle saw no write at all")
    return problems


def main():
    keystile, exchange, *only = sys.argv[1:]
    problems = []
    with World(keystile, oracle=True) as world:
        world.lift_rate_limits()  # a second program's share of two transfers a second is a matter of its own
        for script in only or SCRIPTS[exchange]:
            direct, _ = run_script(world, script, True, direct_access(world, exchange))
            gated, text = run_script(world, script, False, gate_access(world, exchange, script))
            found = compare(script, direct, gated)
            if any(key["key"] in text for key in world.keys.values()):
                found.append(f"{script}: a real key id reached the client")
            print(f"NO  {script}" if found else f"ok  {script}: {len(direct['steps'])} steps", flush=True)
            problems += found
        problems += judge_oracle(world)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
