"""How long the list and the best choice take: `python bench/allocate.py [projects]`, 20,000 unless told.

Prints seconds for the rule under both rules, for all scores equal, and for the exact optimum of each objective.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from venture.budget.allocation import Bid
from venture.budget.whatif import Objective, Terms, best, by_rule

CEILINGS = {"consultation": 20_000_000, "general": 40_000_000}


def field(count: int, *, equal: bool = False) -> list[Bid[int]]:
    """An invented field of projects, the best first: 900 bodies, five fields, 5,000 to 50,000 yuan each."""
    made = [
        Bid(
            n,
            ("consultation", "general")[n % 2],
            str(n % 900),
            500_000 + 7919 * n % 4_500_000,
            8000 if equal else 6000 + 131 * n % 3900,
            1 if equal else n + 1,
            str(n % 5),
        )
        for n in range(count)
    ]
    return sorted(made, key=lambda bid: -(bid.score or 0))


def timed(name: str, act: Callable[[], Any]) -> Any:
    """Runs the act and prints how long it took."""
    began = time.perf_counter()
    found = act()
    print(f"{name:<44} {time.perf_counter() - began:8.3f} s", end="")
    return found


def main() -> None:
    """All figures, one a line."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    limits: dict[str, Any] = {"per_organization": 1, "per_field": 8}
    bids, alike = field(count), field(count, equal=True)
    for rule in ("skip", "stop"):
        for name, many in (("", bids), (", all scores equal", alike)):
            found = timed(
                f"{rule}{name}",
                lambda rule=rule, many=many: by_rule(many, Terms(CEILINGS, rule, 6000, **limits)),
            )
            print(f"  {sum(one.amount > 0 for one in found.decisions)} funded")
    for objective in Objective:
        found = timed(
            f"best: {objective.value}",
            lambda objective=objective: best(bids, Terms(CEILINGS, "skip", 6000, **limits), objective),
        )
        print(
            f"  {float(found.value):.2f}, {'proven' if found.proven else f'at most {float(found.bound):.2f}'}"
        )


if __name__ == "__main__":
    main()
