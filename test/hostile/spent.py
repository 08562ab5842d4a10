"""A client whose every limit is spent: how many orders may be open, what a day may cost, and how many
orders a second may have. Its cancels pass all the same."""
from cases import Case, new_id
from requests_of import signed
from world import wait_for

LIMITS = ("grant.orders_per_second", "grant.open_orders", "grant.daily_exposure")
ORDER = 400  # what the catalogue's `order` is worth, in the realm's currency
ATTEMPTS = 10


def exhausted_by(orders):
    """Lines of a grant that so many orders spend."""
    return f'orders_per_second = 1\nopen_orders = {orders}\ndaily_exposure = "{orders * ORDER}"'


def request(bench, role, kind, of="", **changes):
    case = Case("spent", [], {"name": "spent", "send": kind, **changes})
    return signed(bench.binding, case, bench.client(role), {"id": new_id(), "of": of})


def refused_by(bench, role, kind, **changes):
    return bench.send(request(bench, role, kind, **changes)).rule


def reducing(bench, role):
    """By which rule an order is refused that only reduces: of all limits only the rate holds it."""
    yes = True if "json-body" in bench.binding.capabilities else "true"
    return refused_by(bench, role, "linear_market", set={"reduce": yes, "side": "{sell}"})


def spend(bench, role, orders):
    """Places so many orders. Then count and day are full, by the gate's own word."""
    names = [new_id() for _ in range(orders)]
    for name in names:
        bench.place(role, "order", name)
    wait_for(lambda: refused_by(bench, role, "order") == "grant.open_orders", "every open order to be spent")
    wait_for(lambda: refused_by(bench, role, "market") == "grant.daily_exposure", "the day to be spent")
    return names


def cancel_without_rate(bench, role, name, what):
    """Cancels with the second's one order spent. True if it still was so afterwards: a second is short."""
    wait_for(lambda: reducing(bench, role) == "", "the second's one order")
    before = reducing(bench, role)
    bench.judge(Case("spent", [], {"name": what, "send": "cancel", "passes": True}), request(bench, role, "cancel", of=name))
    return before == reducing(bench, role) == "grant.orders_per_second"


def cancel_when_all_is_spent(bench):
    known = len(bench.problems)
    bench.ran += 1
    for _ in range(ATTEMPTS):
        name, = spend(bench, "exhausted", 1)
        if cancel_without_rate(bench, "exhausted", name, "a cancel when count, day and rate are spent") or len(bench.problems) > known:
            return
    bench.problems.append(f"{bench.way.name}: {bench.exchange}: no cancel within the second that was spent, in {ATTEMPTS} attempts")
