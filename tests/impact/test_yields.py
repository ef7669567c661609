"""Yields: the worked example, the rules of honesty, and a slow recount."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from venture.impact.yields import Support, whole_yuan, yield_of

HALF, WHOLE = Fraction(1, 2), Fraction(1)
P, Q = 1, 2
EXAMPLE = [
    Support(1, P, WHOLE, "resolved", 120),
    Support(2, P, WHOLE, "resolved", 80),
    Support(3, Q, HALF, "resolved", 60),
    Support(4, Q, WHOLE, "partly", 500),
    Support(5, Q, HALF, "resolved", 40),
    Support(6, Q, WHOLE, "open"),
]
LIVING = {P: 150, Q: 500}


def test_the_worked_example() -> None:
    found = yield_of(3_200_000, EXAMPLE, LIVING)
    assert (found.solved, found.matters, found.partly) == (Fraction(3), 4, 1)
    assert found.cost_per_matter is not None
    assert whole_yuan(found.cost_per_matter) == 10_667
    assert found.residents == (180, 250)
    assert found.cost_per_resident is not None
    assert tuple(map(whole_yuan, found.cost_per_resident)) == (128, 178)
    assert found.with_others
    assert found.may_be_ranked


def test_nothing_solved_is_no_number() -> None:
    found = yield_of(3_200_000, [EXAMPLE[3], EXAMPLE[5]], LIVING)
    assert found.solved == 0
    assert found.cost_per_matter is None
    assert found.cost_per_resident is None
    assert not found.may_be_ranked


def test_history_yields_nothing_however_much_there_is() -> None:
    history = [Support(n, P, WHOLE, "resolved", 33, legacy=True) for n in range(621)]
    found = yield_of(20_000_000, history, LIVING)
    assert (found.matters, found.partly, found.cost_per_matter, found.residents) == (0, 0, None, (0, 0))
    mixed = yield_of(20_000_000, [*history, EXAMPLE[0]], LIVING)
    assert mixed.cost_per_matter == 20_000_000


def test_below_three_solved_nobody_is_ranked() -> None:
    assert not yield_of(1, EXAMPLE[:2], LIVING).may_be_ranked


def test_a_matter_that_came_back_is_not_solved_and_a_check_to_come_is_marked() -> None:
    checked = [
        Support(1, P, WHOLE, "resolved", 10, rechecked=True),
        Support(2, P, WHOLE, "resolved", 10, rechecked=False),
        Support(3, P, WHOLE, "resolved", None, rechecked=None),
    ]
    found = yield_of(100, checked, LIVING)
    assert (found.solved, found.awaiting, found.uncounted) == (Fraction(2), 1, 1)


def test_several_projects_of_a_theme_share_a_matter_and_its_residents_count_once() -> None:
    third = Fraction(1, 3)
    shared = [Support(1, P, third, "resolved", 90) for _ in range(3)]
    found = yield_of(300, shared, LIVING)
    assert (found.solved, found.matters) == (Fraction(1), 1)
    assert found.residents == (90, 90)
    assert not found.with_others


def test_where_nobody_knows_how_many_live_there_the_sum_stands() -> None:
    assert yield_of(1, EXAMPLE[:2], {}).residents == (120, 200)
    assert yield_of(1, EXAMPLE[:2], {P: 100}).residents == (120, 120)


supports = (
    st.lists(
        st.builds(
            Support,
            st.integers(1, 6),
            st.just(0),
            st.fractions(min_value=Fraction(1, 12), max_value=1, max_denominator=12),
            st.just("resolved"),
        ),
        max_size=20,
    )
    .flatmap(
        lambda parts: st.tuples(
            st.just(parts),
            st.lists(
                st.tuples(
                    st.integers(1, 3),
                    st.sampled_from(["open", "resolved", "partly"]),
                    st.none() | st.integers(0, 400),
                    st.none() | st.booleans(),
                    st.booleans(),
                ),
                min_size=6,
                max_size=6,
            ),
        )
    )
    .map(
        lambda drawn: [
            Support(part.matter, community, part.share, ending, benefited, rechecked, legacy)
            for part in drawn[0]
            for community, ending, benefited, rechecked, legacy in [drawn[1][part.matter - 1]]
        ]
    )
)


@given(st.integers(0, 10**8), supports, st.dictionaries(st.integers(1, 3), st.integers(0, 900)))
def test_it_equals_a_slow_recount(paid: int, rows: list[Support], living: dict[int, int]) -> None:
    found = yield_of(paid, rows, living)
    counting = [
        row for row in rows if row.ending == "resolved" and not row.legacy and row.rechecked is not False
    ]
    assert found.solved == sum((row.share for row in counting), Fraction())
    assert found.matters == len({row.matter for row in counting})
    low = high = 0
    for community in {row.community for row in counting}:
        people = [
            n
            for _, n in {(r.matter, r.benefited) for r in counting if r.community == community}
            if n is not None
        ]
        low += max(people, default=0)
        high += max(max(people, default=0), min(sum(people), living.get(community, 10**9)))
    assert found.residents == (low, high)
    if counting:
        assert found.cost_per_matter == paid / sum(row.share for row in counting)
    else:
        assert found.cost_per_matter is None
