"""How long sharing out proposals takes, and how near the best it comes, on made-up wishes of known shape.

Run as `python bench/assign.py [name …]`; without a name each shape is run. Prints for every shape the total, the worst
served proposal, both bounds, the lightest and heaviest load and the seconds.
"""

import sys
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from venture.review.assignment import Task, assign


class Shape(NamedTuple):
    """So many proposals and experts, `places` experts a proposal, `least` to `most` proposals an expert; `near`: only so

    many experts may take a proposal, those nearest to it in their fields.
    """

    proposals: int
    experts: int
    places: int
    most: int
    least: int = 0
    near: int | None = None


SHAPES = {
    "conference": Shape(177, 118, 3, 6),
    "city": Shape(300, 60, 5, 28, 20),
    "province": Shape(3_000, 300, 5, 55, 40),
    "nation": Shape(20_000, 2_000, 5, 60, 40, near=40),
}


def made(shape: Shape, seed: int = 2018) -> NDArray[np.float64]:
    """Fits from 0 to 1 by nearness in eight fields, with a little of each one's own; two in a hundred pairs are tied."""
    chance = np.random.default_rng(seed)
    about = chance.dirichlet(np.full(8, 0.3), shape.proposals)
    knows = chance.dirichlet(np.full(8, 0.5), shape.experts)
    near = about @ knows.T / np.outer(np.linalg.norm(about, axis=1), np.linalg.norm(knows, axis=1))
    fit = np.clip(0.85 * near + 0.15 * chance.random(near.shape), 0, 1)
    fit[chance.random(fit.shape) < 0.02] = np.nan
    if shape.near is not None:
        known = np.nan_to_num(fit, nan=-1)
        fit[known < np.partition(known, -shape.near, axis=1)[:, [-shape.near]]] = np.nan
    return fit


def run(name: str) -> None:
    """Share one shape and print what came of it."""
    shape = SHAPES[name]
    task = Task(made(shape), shape.places, shape.most, shape.least)
    begun = time.perf_counter()
    found = assign(task, seed=1)
    took = time.perf_counter() - begun
    print(
        f"{name}: {shape.proposals} × {shape.experts} × {shape.places}: "
        f"total {found.total:.3f} (at most {found.total_bound:.3f}), "
        f"worst {found.worst:.4f} (at most {found.worst_bound:.4f}), "
        f"loads {min(found.loads)} to {max(found.loads)}, "
        f"{'best' if found.best else 'best found'}, {took:.2f} s",
        flush=True,
    )


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SHAPES:
        run(chosen)
