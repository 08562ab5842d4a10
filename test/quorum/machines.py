"""People who approve: SSH keys made by ssh-keygen, and commands signed by it as the API wants them."""
import datetime
import json
import os
import pathlib
import ssl
import subprocess
import urllib.error
import urllib.request


class Person:
    def __init__(self, folder, name, kind="ed25519"):
        self.name, self.key = name, pathlib.Path(folder) / name
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", str(self.key)], check=True)
        self.public = self.key.with_suffix(".pub").read_text().strip()

    def sign(self, text, namespace):
        """The armored signature."""
        return subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.key), "-n", namespace],
                              input=text, text=True, capture_output=True, check=True).stdout


def command(person, realm, do, namespace="request@keystile", seconds=0, **arguments):
    """A signed command; seconds: how far from now its time is."""
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    body = json.dumps({"do": do, **arguments, "realm": realm,
                       "time": time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"})
    return {"do": "signed", "body": body, "signature": person.sign(body, namespace)}


class Api:
    def __init__(self, url, realm, ca):
        self.url, self.realm, self.ca = url, realm, str(ca)
        self.context = ssl.create_default_context(cafile=self.ca)

    def post(self, command):
        """What is answered: a value, or the code of the error."""
        request = urllib.request.Request(self.url + "/v1/command", data=json.dumps(command).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=20) as answer:
                return json.loads(answer.read())["ok"]
        except urllib.error.HTTPError as refused:
            return json.loads(refused.read())["error"]

    def ask(self, person, do, **arguments):
        return self.post(command(person, self.realm, do, **arguments))


class Machine:
    """An approver's own: it has the program, a key and the CA, and no folder of the realm."""

    def __init__(self, keystile, api, person):
        self.keystile, self.api, self.person = keystile, api, person
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        self.key = person.key

    def run(self, *words, realm=None):
        """The exit code, and the value that --json prints."""
        url = f"{self.api.url}/{realm or self.api.realm}"
        done = subprocess.run([self.keystile, "--json", "--realm", url, *map(str, words), "--key", str(self.key),
                               "--ca", self.api.ca], text=True, capture_output=True, env=self.environment,
                              cwd=self.key.parent, stdin=subprocess.DEVNULL, start_new_session=True)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def state(self, *words):
        """The state of the proposal that the command is about, or the code of the error."""
        code, value = self.run(*words)
        return value["state"] if code == 0 else value["error"]["code"]
