"""What `keystile feed normalize` makes of real recordings equals what tardis-dev makes of them.

usage: normalize.py KEYSTILE

Every file in test/recordings/expected is compared, line by line. Numbers are compared as decimals; of
those with more than 15 digits tardis-dev, which has doubles, cannot know more than the double that is
nearest. Where we differ on purpose, docs/market-data.md has a row, "FILE LINE", in its table of
differences; a row that is not needed is an error too.
"""
import decimal
import gzip
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RECORDINGS = ROOT / "test/recordings"


def lines(path):
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
    with opened as file:
        yield from file


def by_line(texts):
    """line → the whole object, with exact numbers."""
    objects = (json.loads(text, parse_float=decimal.Decimal, parse_int=decimal.Decimal) for text in texts)
    return {int(each["line"]): each for each in objects}


def same(ours, theirs):
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(
            same(ours[name], theirs[name]) for name in theirs)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, decimal.Decimal) and isinstance(ours, decimal.Decimal):
        return ours == theirs or len(ours.as_tuple().digits) > 15 and float(ours) == float(theirs)
    return type(ours) is type(theirs) and ours == theirs


def wanted_differences():
    """{(expected file, line)} of the table in the documentation."""
    text = (ROOT / "docs/market-data.md").read_text()
    return {(name, int(number)) for name, numbers in re.findall(r"^\| `([^`]+)` ([\d, ]+) \|", text, re.M)
            for number in numbers.split(",")}


def recording_of(expected):
    folder = RECORDINGS / "cases" if expected.parent.name.startswith("cases-") else RECORDINGS
    stem = expected.name.removesuffix(".gz")
    for name in (stem, stem + ".gz"):
        if (folder / name).exists():
            return folder / name
    raise SystemExit(f"{expected}: there is no recording of it")


def normalized(keystile, product, recording):
    done = subprocess.run([keystile, "feed", "normalize", "--product", product, recording],
                          capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{recording}: {done.stderr}")
    return by_line(done.stdout.splitlines())


def main():
    keystile = sys.argv[1]
    wanted, found, compared = wanted_differences(), set(), 0
    problems = []
    for expected in sorted((RECORDINGS / "expected").rglob("*.jsonl*")):
        name = str(expected.relative_to(RECORDINGS / "expected"))
        recording = recording_of(expected)
        ours = normalized(keystile, recording.name.split(".")[0], recording)
        theirs = by_line(lines(expected))
        compared += len(theirs)
        for line in sorted(ours.keys() | theirs.keys()):
            mine, other = ours.get(line), theirs.get(line)
            if "cases-tardis-node-tests" in name and mine:  # only of some cases, and without shims
                mine = {key: value for key, value in mine.items() if key != "shim"}
                if other is None and (name.replace("node-tests", "dev"), line) not in wanted:
                    continue
            if same(mine, other):
                continue
            found.add((name, line))
            if (name, line) not in wanted:
                problems.append(f"{name}:{line}\n  ours   {brief(mine)}\n  theirs {brief(other)}")
    problems += [f"{name}:{line} is said to differ, and does not" for name, line in sorted(wanted - found)]
    print("\n".join(problems[:20]))
    print(f"{compared} lines compared, {len(found & wanted)} differ as documented, {len(problems)} problems")
    return 1 if problems else 0


def brief(value):
    return json.dumps(value, default=str)[:600]


sys.exit(main())
