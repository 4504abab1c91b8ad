"""The page of a tournament in a real browser: no errors, no requests, and games to step through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.arena.match.page.test_page import held
from tests.arena.report.test_run_report_browser import browser, press, select

__all__ = ["browser"]


def test_games_can_be_stepped_through(browser: Any, tmp_path: Path) -> None:
    target = tmp_path / "t.html"
    target.write_text(held(tmp_path / "t.db"))
    browser.get("about:blank")  # leaves Chromium's own start page, which asks for things too
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(target.as_uri())

    def stones() -> int:
        return len(select(browser, ".game .stones use"))

    def ply() -> str:
        return str(select(browser, ".game .ply")[0].text)

    plies = len(select(browser, ".game .moves button"))
    assert ply().startswith(f"{plies} of {plies}: ")
    assert stones() == plies
    buttons = {button.get_attribute("data-step"): button for button in select(browser, ".game [data-step]")}
    press(browser, buttons["first"])
    assert (stones(), ply()) == (0, f"The start; {plies} moves follow.")
    press(browser, buttons["on"])
    assert stones() == 1
    assert "of the opening" in ply()
    press(browser, select(browser, ".game .moves button")[3])
    assert stones() == 4
    options = select(browser, "#which option")
    press(browser, options[-1])
    assert select(browser, ".game .title")[0].text == options[-1].text
    assert stones() == len(select(browser, ".game .moves button"))
    assert browser.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    # Some versions of Chromium load their own start page first.
    assert [url for url in asked if not url.startswith("chrome://")] == [target.as_uri()]
