#!/usr/bin/env python3
"""What being safe costs: the gate next to nginx, the signer next to its HMACs, and how both grow.

Run by ./run bench [--json FILE] [--quick]. docs/benchmarks.md tells how to read what it prints.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROXY_CORE, LOAD_CORE = 0, 1
ROUNDS = 5
CONNECTIONS = 16
RATE, RATE_SECONDS = 5000, 2
FULL_SECONDS, FULL_ORDERS = 2, 160_000  # orders: more than any proxy passes in that time
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
worker_processes 1;
worker_cpu_affinity {mask:b};
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  tcp_nodelay on;
  client_body_buffer_size 16k;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream exchange {{
    server 127.0.0.1:{upstream};
    keepalive 64;
    keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://exchange;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


def place(*cores):
    """On these cores, and before whatever else this machine does, where we may say so."""
    def run():
        os.setsid()
        os.sched_setaffinity(0, cores)
        try:
            os.setpriority(os.PRIO_PROCESS, 0, -20)
            pathlib.Path("/proc/self/autogroup").write_text("-20")  # sched(7): nice of the session
        except OSError:
            pass
    return run


class Process:
    """A part of the benchmark that stays up; speaks JSON lines."""

    def __init__(self, command, core):
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True, preexec_fn=place(core))

    def read(self):
        line = self.popen.stdout.readline()
        if not line:
            sys.exit(f"bench: {' '.join(map(str, self.popen.args))} ended")
        return json.loads(line)

    def ask(self, line):
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()
        return self.read()

    def stop(self):
        self.popen.send_signal(signal.SIGTERM)
        self.popen.communicate()


def busy_seconds(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def core_idle_seconds(core):
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            fields = line.split()
            return (int(fields[4]) + int(fields[5])) / TICKS


def free_port():
    import socket
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_nginx(folder, upstream):
    port = free_port()
    conf = folder / "nginx.conf"
    conf.write_text(NGINX.format(folder=folder, upstream=upstream, port=port, mask=1 << PROXY_CORE))
    master = subprocess.Popen(["/usr/sbin/nginx", "-c", conf, "-g", "daemon off; user root;" if os.getuid() == 0
                               else "daemon off;"], preexec_fn=place(PROXY_CORE))
    for _ in range(200):
        workers = subprocess.run(["pgrep", "-P", str(master.pid)], capture_output=True, text=True).stdout.split()
        if workers and subprocess.run(["bash", "-c", f"</dev/tcp/127.0.0.1/{port}"], stderr=subprocess.DEVNULL).returncode == 0:
            return master, [int(pid) for pid in workers], port
        if master.poll() is not None:
            break
    sys.exit("bench: nginx does not start")


def measured(traffic, port, pids, seconds, rate):
    traffic.ask(f"prepare {rate * seconds + 100 if rate else FULL_ORDERS}")
    busy, idle = busy_seconds(pids), core_idle_seconds(PROXY_CORE)
    result = traffic.ask(f"load {port} {CONNECTIONS} {seconds} {rate}")
    if result["errors"] or not result["requests"]:
        sys.exit(f"bench: requests failed: {result}")
    result["per_second"] = result["requests"] / result["seconds"]
    result["busy"] = (busy_seconds(pids) - busy) / result["seconds"]
    result["idle"] = (core_idle_seconds(PROXY_CORE) - idle) / result["seconds"]
    return result


def middle(results, name):
    return statistics.median(result[name] for result in results)


def one(program, *arguments):
    """Runs a part to its end; the JSON lines it prints."""
    done = subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, text=True,
                          preexec_fn=place(PROXY_CORE, LOAD_CORE))
    if done.returncode != 0:
        sys.exit(f"bench: {arguments[0]} failed")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(program, folder, out):
    """The gate and nginx, in turns, between the same generator and the same exchange."""
    traffic = Process([program, "traffic"], LOAD_CORE)
    upstream = traffic.read()["port"]
    one(program, "realm", folder / "realm", upstream, 10, 0)
    gate = Process([program, "gate", folder / "realm"], PROXY_CORE)
    gate_port = gate.read()["port"]
    nginx, workers, nginx_port = start_nginx(folder, upstream)
    ways = {"direct": (upstream, []), "nginx": (nginx_port, workers), "gate": (gate_port, [gate.popen.pid])}
    paced, full = {way: [] for way in ways}, {way: [] for way in ways}
    for number in range(ROUNDS + 1):  # the first one warms up and does not count
        for way, (port, pids) in ways.items():
            results = (measured(traffic, port, pids, RATE_SECONDS, RATE),
                       None if way == "direct" else measured(traffic, port, pids, FULL_SECONDS, 0))
            if number > 0:
                paced[way].append(results[0])
                full[way].append(results[1])
    gate.stop()
    nginx.send_signal(signal.SIGQUIT)
    nginx.wait()
    traffic.stop()

    print(f"\n{CONNECTIONS} connections, as fast as it goes (median of {ROUNDS})")
    print(f"  {'':8}{'requests/s':>12}{'p50 µs':>9}{'p99 µs':>9}{'its core busy':>15}")
    for way in ("nginx", "gate"):
        results = full[way]
        print(f"  {way:8}{middle(results, 'per_second'):12.0f}{middle(results, 'p50_us'):9.0f}"
              f"{middle(results, 'p99_us'):9.0f}{middle(results, 'busy'):14.0%}")
        for result in results:
            if result["busy"] < 0.95:
                print(f"  NOT FULL: {way} had its core only {result['busy']:.0%} busy"
                      f" (the core was idle {result['idle']:.0%}): this round says less than it could")
    ratio = [g["per_second"] / n["per_second"] for g, n in zip(full["gate"], full["nginx"])]
    tail = [g["p99_us"] / n["p99_us"] for g, n in zip(full["gate"], full["nginx"])]
    out["gate_vs_nginx_throughput"] = statistics.median(ratio)
    out["gate_vs_nginx_p99"] = statistics.median(tail)
    out["gate_requests_per_second"] = middle(full["gate"], "per_second")
    out["nginx_requests_per_second"] = middle(full["nginx"], "per_second")
    out["gate_core_busy"] = middle(full["gate"], "busy")
    out["nginx_core_busy"] = middle(full["nginx"], "busy")
    print(f"  gate / nginx: throughput {out['gate_vs_nginx_throughput']:.2f}"
          f" (rounds: {', '.join(f'{r:.2f}' for r in ratio)}), p99 {out['gate_vs_nginx_p99']:.2f}")

    print(f"\n{RATE} requests a second, {CONNECTIONS} connections: latency from when each was due")
    print(f"  {'':8}{'p50 µs':>9}{'p99 µs':>9}{'adds p50':>10}{'adds p99':>10}")
    for way in ways:
        print(f"  {way:8}{middle(paced[way], 'p50_us'):9.1f}{middle(paced[way], 'p99_us'):9.1f}", end="")
        if way != "direct":
            for name in ("p50_us", "p99_us"):
                added = statistics.median(w[name] - d[name] for w, d in zip(paced[way], paced["direct"]))
                out[f"{way}_added_{name}"] = added
                print(f"{added:10.1f}", end="")
        print()


def stages(program, folder, out):
    print("\nWhere the time of one order goes (each stage alone, warm)")
    lines = one(program, "stages", folder / "realm")
    total = sum(line["ns"] for line in lines)
    for line in lines:
        print(f"  {line['stage']:20}{line['ns'] / 1000:8.2f} µs {line['ns'] / total:6.0%}")
        out["stage_" + line["stage"].replace(" ", "_") + "_ns"] = line["ns"]
    print(f"  {'together':20}{total / 1000:8.2f} µs")


def signer(program, realm, clients, requests=20000):
    return one(program, "signer", realm, clients, requests)[0]


def growth(program, folder, out, name, what, sizes):
    """The cost of a request in a small and a large realm, asked in turns."""
    print(f"\nThe signer with more {what}")
    realms = {}
    for label, (clients, entries) in sizes.items():
        realms[label] = folder / f"{name}-{label}"
        one(program, "realm", realms[label], 1, clients, entries)
    rounds = {label: [] for label in sizes}
    for _ in range(3):
        for label, (clients, _entries) in sizes.items():
            rounds[label].append(signer(program, realms[label], clients))
    for label, results in rounds.items():
        print(f"  {label:>10} {what}: {middle(results, 'signer_ns') / 1000:6.2f} µs a request,"
              f" {middle(results, 'resident_mib'):5.0f} MiB, opens in {middle(results, 'open_ms') / 1000:.1f} s")
        out[f"resident_mib_{name}_{label}"] = middle(results, "resident_mib")
    small, large = rounds.values()
    out[f"growth_{name}"] = statistics.median(b["signer_ns"] / a["signer_ns"] for a, b in zip(small, large))
    print(f"  growth: {out[f'growth_{name}']:.2f}")
    for realm in realms.values():
        shutil.rmtree(realm)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/keystile_bench")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures as one flat object")
    parser.add_argument("--quick", action="store_true", help="leave out the large realms")
    options = parser.parse_args()
    if os.cpu_count() < 2:
        sys.exit("bench: this needs two cores, one for the proxy alone")
    out = {}
    # Beside the build: on the disk, not in memory.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
    try:
        compare(options.program, folder, out)
        stages(options.program, folder, out)
        alone = [signer(options.program, folder / "realm", 10) for _ in range(ROUNDS)]
        out["signer_vs_hmac"] = statistics.median(a["signer_ns"] / a["hmac_ns"] for a in alone)
        out["signer_per_second"] = 1e9 / middle(alone, "signer_ns")
        print(f"\nThe signer alone: {out['signer_per_second']:.0f} orders a second;"
              f" {middle(alone, 'signer_ns') / 1000:.2f} µs each,"
              f" {out['signer_vs_hmac']:.2f} × its two HMACs ({middle(alone, 'hmac_ns') / 1000:.2f} µs)")
        if not options.quick:
            growth(options.program, folder, out, "clients_100k", "clients",
                   {"10": (10, 1000), "100000": (100_000, 1000)})
            growth(options.program, folder, out, "ledger_1e7", "entries",
                   {"1e3": (10, 1000), "1e7": (10, 10_000_000)})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps({k: round(v, 4) for k, v in out.items()}, indent=1) + "\n")


main()
