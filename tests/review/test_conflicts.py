"""Conflicts of interest are found by credit code, office, name, number, mail domain and community."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venture.review.conflicts import Application, Ground, Person, grounds

NGO_1, NGO_2 = "52320684MJ5123455B", "51320684MJ59876596"
A = Application(NGO_1, representative="陈知遥", communities=frozenset({"320614001001"}))
B = Application(NGO_2, representative="乙 某", team=frozenset({"钱知行"}))
C = Application("53320684MJ0000034M", sponsor=NGO_1)


def test_the_case_of_four_experts() -> None:
    first = Person("甲某", employer=NGO_1)
    second = Person("乙某")
    third, fourth = Person("丙某"), Person("丁某")
    assert [grounds(first, one) for one in (A, B)] == [[Ground.EMPLOYER], []]
    assert [grounds(second, one) for one in (A, B)] == [[], [Ground.REPRESENTATIVE]]
    assert [grounds(free, one) for free in (third, fourth) for one in (A, B, C)] == [[]] * 6


def test_the_sponsor_is_a_party_as_well() -> None:
    assert grounds(Person("甲某", employer=NGO_1), C) == [Ground.EMPLOYER]


@pytest.mark.parametrize(
    ("person", "ground"),
    [
        (Person("某", employer="５２３２０６８４ mj5123455b"), Ground.EMPLOYER),
        (Person("某", offices=frozenset({NGO_1})), Ground.OFFICE),
        (Person("某", member_of=frozenset({NGO_1})), Ground.MEMBER),
        (Person("某", advised=frozenset({NGO_1})), Ground.ADVISER),
        (Person("陈 知·遥"), Ground.REPRESENTATIVE),
        (Person("某", communities=frozenset({"320614001001", "320614001002"})), Ground.COMMUNITY),
    ],
)
def test_each_ground(person: Person, ground: Ground) -> None:
    assert grounds(person, A) == [ground]


def test_a_member_of_the_project_team() -> None:
    assert grounds(Person("钱知行"), B) == [Ground.TEAM]


def test_all_grounds_are_told_in_one_order() -> None:
    person = Person("陈知遥", employer=NGO_1, offices=frozenset({NGO_1}), communities=A.communities)
    assert grounds(person, A) == [Ground.EMPLOYER, Ground.OFFICE, Ground.REPRESENTATIVE, Ground.COMMUNITY]


def test_what_is_not_stated_ties_nobody() -> None:
    assert grounds(Person(""), Application("", representative="")) == []


D = Application(
    NGO_1,
    names=frozenset({"虚构甲中心"}),
    representative="戊某",
    representative_phone="138-0000-0001",
    team=frozenset({"己某"}),
    phones=frozenset({"+86 139 0000 0002"}),
    emails=frozenset({"office@Example-NGO.cn", "lead@qq.com"}),
    partners=frozenset({"虚构 街道办", "虚构邻里社"}),
)


@pytest.mark.parametrize(
    ("person", "ground"),
    [
        (Person("某", employer_name="虚构甲中心"), Ground.EMPLOYER),
        (Person("某", bodies=frozenset({"虚构街道办"})), Ground.PARTNER),
        (Person("某", employer_name="虚构邻里社"), Ground.PARTNER),
        (Person("某", mobile="13800000001"), Ground.REPRESENTATIVE),
        (Person("某", mobile="１３９００００000２"), Ground.TEAM),
        (Person("某", email="me@example-ngo.CN"), Ground.MAIL),
        (Person("某", declared=frozenset({"虚构甲中心"})), Ground.DECLARED),
        (Person("某", declared=frozenset({NGO_1.lower()})), Ground.DECLARED),
        (Person("某", declared=frozenset({"己 某"})), Ground.DECLARED),
        (Person("某", declared=frozenset({"虚构邻里社"})), Ground.DECLARED),
    ],
)
def test_each_ground_by_name_number_and_mail(person: Person, ground: Ground) -> None:
    assert grounds(person, D) == [ground]


@pytest.mark.parametrize(
    "domain", ["qq.com", "163.com", "126.com", "139.com", "189.cn", "gmail.com", "a.invalid"]
)
def test_a_mailbox_that_anybody_can_have_ties_nobody(domain: str) -> None:
    application = Application(NGO_1, emails=frozenset({f"they@{domain}"}))
    assert grounds(Person("某", email=f"me@{domain}"), application) == []


@given(
    st.frozensets(st.sampled_from(["虚构甲中心", "己某", "戊某", NGO_1, "虚构街道办", "别人"])),
    st.frozensets(st.sampled_from(["虚构甲中心", "己某", "别的机构"])),
)
def test_knowing_more_of_a_person_never_takes_a_ground_away(
    some: frozenset[str], more: frozenset[str]
) -> None:
    before = grounds(Person("某", declared=some, bodies=some), D)
    assert set(before) <= set(grounds(Person("某", declared=some | more, bodies=some | more), D))
