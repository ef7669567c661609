"""How long it takes to hold every proposal of a round against every other, on made-up proposals of known likeness.

Run as `python bench/likeness.py [proposals] [signs]`, by default 1,000 of 2,000 signs. One in fifty is sent again under
another name, one in twenty has a copied paragraph of 120 signs, one in twenty another's budget. Prints the seconds and
what was found of each kind.
"""

import random
import sys
import time

from venture.applications.likeness import Line, Proposal, alike

FIXED = [
    "项目概述需求分析受益群体总目标实施方案项目特色风险预计与防控可持续性",
    "本表所填内容真实完整，接受检查、评估与审计",
]
SIGNS = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 1500))


def made(count: int, length: int, seed: int = 2018) -> tuple[list[Proposal], dict[str, set[tuple[int, int]]]]:
    """Proposals, and the pairs that are alike by how."""
    chance = random.Random(seed)
    found: list[Proposal] = []
    known: dict[str, set[tuple[int, int]]] = {"same": set(), "paragraph": set(), "budget": set()}
    for key in range(count):
        text = FIXED[0] + "".join(chance.choices(SIGNS, k=length)) + FIXED[1]
        lines = [
            Line(f"活动{chance.randrange(10**6)}", chance.randrange(100, 10**6), 100) for _line in range(8)
        ]
        kind = chance.random()
        other = chance.choice(found) if found else None
        if other and kind < 0.02:
            text, lines = other.texts[0][1].replace("。", "，"), list(other.lines)
            known["same"].add((other.key, key))
        elif other and kind < 0.07:
            place = chance.randrange(length - 200)
            text = text[:300] + other.texts[0][1][place : place + 120] + text[300:]
            known["paragraph"].add((other.key, key))
        elif other and kind < 0.12:
            lines = list(other.lines)
            known["budget"].add((other.key, key))
        found.append(Proposal(key, [("need", text)], lines))
    return found, known


if __name__ == "__main__":
    count, length = [int(each) for each in sys.argv[1:]] or (1000, 2000)
    proposals, known = made(count, length)
    begun, ran = time.perf_counter(), time.process_time()
    result = alike(proposals, FIXED)
    took, busy = time.perf_counter() - begun, time.process_time() - ran
    told = {(pair.first, pair.second) for pair in result.pairs}
    kinds = ", ".join(f"{name} {len(pairs & told)} of {len(pairs)}" for name, pairs in known.items())
    beside = len(told - set.union(*known.values()))
    print(f"{count:,} proposals of {length:,} signs: {took:.2f} s, {busy:.2f} s of them working;")
    print(f"{kinds}; {beside} pairs beside these")
