#!/usr/bin/env python3
"""How fast market data is read: next to simdjson, and next to tardis-dev under Node.js; and relayed, from socket to
socket.

Run by ./run bench feed [--json FILE]. docs/benchmarks.md tells how to read what it prints.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDINGS = ROOT / "test/recordings"
TARDIS = ROOT / "bench/tardis"


def install_tardis(folder):
    """tardis-dev from npm, at the version of the lock file; nothing where it is there already."""
    lock = (TARDIS / "package-lock.json").read_text()
    stamp = folder / "stamp"
    if not stamp.exists() or stamp.read_text() != lock:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(TARDIS / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                       cwd=folder, check=True, stdout=sys.stderr)
        stamp.write_text(lock)


def tardis_per_second(folder):
    done = subprocess.run(["node", TARDIS / "normalise.mjs", RECORDINGS, folder],
                          check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout)
    return result["messages"] / result["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures as one flat object")
    options = parser.parse_args()
    packages = ROOT / "build/bench/tardis"
    install_tardis(packages)
    with tempfile.TemporaryDirectory() as folder:
        figures = pathlib.Path(folder) / "figures.json"
        theirs = [tardis_per_second(packages)]
        subprocess.run([options.programs / "keystile_bench_feed", RECORDINGS, "--json", figures], check=True)
        theirs.append(tardis_per_second(packages))
        out = json.loads(figures.read_text())
        print(flush=True)
        subprocess.run([options.programs / "keystile_bench_relay", "--json", figures], check=True)
        out |= json.loads(figures.read_text())
    out["tardis_messages_per_second"] = statistics.mean(theirs)
    out["normalise_vs_tardis"] = out["normalise_messages_per_second"] / out["tardis_messages_per_second"]
    print(f"\ntardis-dev: {out['tardis_messages_per_second']:,.0f} messages a second;"
          f" ours: {out['normalise_messages_per_second']:,.0f}")
    print(f"normalise_vs_tardis       {out['normalise_vs_tardis']:.1f}")
    if options.json:
        options.json.write_text(json.dumps({k: round(v, 4) for k, v in out.items()}, indent=1) + "\n")


main()
