"""Every page of the demonstration passes axe in both languages, on a desk and on a phone, and fits its width."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from live import enter

pytestmark = pytest.mark.browser

START = {
    "": ["/", "/sign-in", "/notices"],
    "applicant": ["/"],
    "expert1": ["/"],
    "officer": [
        "/",
        "/rounds",
        "/organizations",
        "/communities",
        "/matters",
        "/outbox",
        "/rounds/2018/board",
    ],
    "approver": ["/"],
    "finance": ["/rounds/2018/ledger"],
    "auditor": ["/rounds/2018/ranking"],
    "clerk": ["/"],
    "administrator": ["/people"],
    "operator": ["/"],
}
MOST = 40
NOT_PAGES = ("/static", "/files/", "/photos/", ".xlsx")


def shape(address: str) -> str:
    """The kind of page: its path with numbers and words of names taken out."""
    path = address.split("?")[0].split("#")[0]
    return "/".join("#" if any(sign.isdigit() for sign in part) else part for part in path.split("/"))


def reachable(page: Any, site: str, starts: list[str]) -> list[str]:
    """One address of each kind of page that links lead to from the starting pages."""
    seen: dict[str, str] = {}
    queue = list(starts)
    while queue and len(seen) < MOST:
        address = queue.pop(0)
        if shape(address) in seen:
            continue
        seen[shape(address)] = address
        page.goto(site + address)
        for link in page.eval_on_selector_all(
            "a[href]:not([download])", "all => all.map(a => a.getAttribute('href'))"
        ):
            if link.startswith("/") and not any(part in link for part in NOT_PAGES):
                queue.append(link)
    return list(seen.values())


@pytest.mark.parametrize("key", list(START))
def test_pages_pass_axe(site: str, chromium: Any, key: str) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=False)
    page = context.new_page()
    if key:
        enter(page, site, key)
    axe, wrong = Axe(), []
    addresses = reachable(page, site, START[key])
    for language in ("zh_Hans_CN", "en"):
        context.add_cookies([{"name": "language", "value": language, "url": site}])
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            for address in addresses:
                page.goto(site + address)
                for violation in axe.run(page).response["violations"]:
                    nodes = [node["html"][:160] for node in violation["nodes"][:2]]
                    wrong.append(f"{address} {language} {width}: {violation['id']} {nodes}")
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wrong.append(f"{address} {language} {width}: wider than the screen")
    context.close()
    assert not wrong, "\n".join(wrong[:20])
