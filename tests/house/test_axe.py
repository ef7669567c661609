"""Every page of the demonstration passes axe in both languages, on a desk and on a phone, and fits its width."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from live import enter

pytestmark = pytest.mark.browser

GROUPS = {
    "outside": {
        "": ["/", "/sign-in", "/notices"],
        "applicant": ["/"],
        "expert1": ["/"],
        "clerk": ["/", "/supports"],
        "operator": ["/"],
    },
    "bureau": {
        "officer": [
            "/",
            "/rounds/2018/board",
            "/rounds",
            "/workdays",
            "/organizations",
            "/experts",
            "/matters",
            "/outbox",
            "/invitations",
        ],
        "approver": ["/"],
        "finance": ["/rounds/2018/ledger", "/rounds/2018/fees"],
        "administrator": ["/people"],
    },
}
"""Who walks, and from which pages; each kind of page is looked at once by the first who reaches it."""
MOST = 60
NOT_PAGES = (
    "/static",
    "/file",
    "/photos/",
    "/scan",
    ".xlsx",
    ".docx",
    ".pdf",
    ".zip",
    "/word",
    ".txt",
    "/print",
    "/pledge",
    "/letter",
)


def shape(address: str) -> str:
    """The kind of page: its path with numbers and words of names taken out."""
    path = address.split("?")[0].split("#")[0]
    return "/".join("#" if any(sign.isdigit() for sign in part) else part for part in path.split("/"))


def reachable(page: Any, site: str, starts: list[str], seen: set[str]) -> list[str]:
    """One address of each new kind of page that links lead to from the starting pages."""
    found: list[str] = []
    queue = list(starts)
    while queue and len(found) < MOST:
        address = queue.pop(0)
        if shape(address) in seen:
            continue
        seen.add(shape(address))
        found.append(address)
        page.goto(site + address)
        links = "all => all.map(a => a.getAttribute('href'))"
        for link in page.eval_on_selector_all("a[href]:not([download])", links):
            if link.startswith("/") and not any(part in link for part in NOT_PAGES):
                queue.append(link)
    return found


@pytest.mark.parametrize("group", list(GROUPS))
def test_pages_pass_axe(site: str, chromium: Any, group: str) -> None:
    axe, wrong, seen, looked = Axe(), [], set[str](), 0
    for key, starts in GROUPS[group].items():
        context = chromium.new_context(accept_downloads=False)
        page = context.new_page()
        if key:
            enter(page, site, key)
        for address in reachable(page, site, starts, seen):
            looked += 1
            for language in ("zh_Hans_CN", "en"):
                context.add_cookies([{"name": "language", "value": language, "url": site}])
                page.goto(site + address)
                for width in (1280, 360):
                    page.set_viewport_size({"width": width, "height": 900})
                    for violation in axe.run(page).response["violations"]:
                        nodes = [node["html"][:160] for node in violation["nodes"][:2]]
                        wrong.append(f"{key} {address} {language} {width}: {violation['id']} {nodes}")
                    if page.evaluate("document.documentElement.scrollWidth") > width:
                        wrong.append(f"{key} {address} {language} {width}: wider than the screen")
        context.close()
    assert looked > 12
    assert not wrong, "\n".join(wrong[:30])
