"""What a client program saw, as plain JSON that can be compared: one entry per step, without ids,
times and whatever else differs from run to run."""
import json
import os
import re


def access(kind):
    """Endpoint and key, the only things that differ between the exchange itself and Keystile.
    kind: "TRADE" or "FUNDS"."""
    env = os.environ
    return {"exchange": env["EXCHANGE"], "base_url": env["BASE_URL"], "host_url": env["HOST_URL"],
            "ca": env["REQUESTS_CA_BUNDLE"], "key": env[f"{kind}_KEY"], "secret": env[f"{kind}_SECRET"],
            "passphrase": env.get(f"{kind}_PASSPHRASE", "")}


def client_order_id(name):
    """Own order ids, the same in no two runs."""
    return f"{os.environ['RUN']}{name}"


def number(value):
    """1.50, "1.5" and 1.5 are the same amount."""
    if value in (None, ""):
        return None
    text = f"{float(value):.10f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def described(error):
    """An exception: its class, and the exchange's error code if it carries one."""
    code = getattr(error, "code", None) or getattr(error, "error_code", None) or getattr(error, "status_code", None)
    text = str(error)
    if code is None and (found := re.search(r'"(?:code|sCode|retCode)":\s*"?(-?\d+)', text)):
        code = found.group(1)
    return {"error": type(error).__name__, "code": str(code) if code is not None else ""}


class Transcript:
    def __init__(self):
        self.steps, self.messages = {}, {}

    def step(self, name, action, view=lambda result: result):
        """Does one thing and notes what came of it; returns the client's own result, or None."""
        try:
            result = action()
            self.steps[name] = view(result)
            return result
        except Exception as error:  # whatever a client raises is what this is about
            self.steps[name] = described(error)
            self.messages[name] = str(error)[:600]
            return None

    def tell(self, flow):
        """Runs flow(transcript) and prints the transcript, however far it came."""
        try:
            flow(self)
        finally:
            print(json.dumps({"steps": self.steps, "messages": self.messages}, indent=1), flush=True)
