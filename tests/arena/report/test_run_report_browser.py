"""The page of `qzero report` in a real browser: no errors, no requests, and everything that can be pressed works.

Needs chromium and chromedriver (Debian: chromium chromium-driver). Without them these tests are skipped, and fail
where QZERO_BROWSER_REQUIRED is set, as in CI.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest

from agent.presets import preset
from agent.run import train
from arena.report.collect import collect
from arena.report.page import page
from arena.report.reading import read_runs
from arena.training.judge import judge_of
from tests.helpers import one_thread

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
EVIL = "<b>&\"'<script>alert(1)<!--"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless chromium that keeps a log of what it asks for."""
    chromium, driver = (shutil.which(name) for name in ("chromium", "chromedriver"))
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        _absent("selenium is not installed: pip install 'qzero[dev]'")
    if chromium is None or driver is None:
        _absent("no chromium and chromedriver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}", "--window-size=1280,900"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


def _absent(reason: str) -> NoReturn:
    if os.environ.get("QZERO_BROWSER_REQUIRED"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages by name: one of each look, and three runs compared, one of which has an evil name."""
    folder = tmp_path_factory.mktemp("pages")

    def run(name: str, game: str, **settings: Any) -> Path:
        small = {"q": "network", "games": 64, "width": 32, "depth": 2, "batch_size": 64, "threads": 1}
        small |= {"moves": 2000, "evaluations": 2}
        config = train.resolved(preset(game, **{**small, **settings}))
        train.start(folder / name, config, judge_of(config)).run(lambda _: None)
        return folder / name

    with one_thread(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("arena.training.judge.FINAL_POSITIONS", 300_000)  # no slow opponents
        patch.setattr("arena.training.judge.FINAL_GAMES", 40)
        patch.setattr("arena.training.judge.GAMES", 40)
        groups = {
            "one": [run("c", "connect4")],
            "hex": [run("h", "hex:4")],
            "breakthrough": [run("bt", "breakthrough:4x4")],
            "three": [run(name, "tictactoe", seed=seed) for seed, name in enumerate(("a", "b", EVIL))],
        }
        for name, runs in groups.items():
            (folder / f"{name}.html").write_text(page(collect(read_runs(runs))))
    return {name: folder / f"{name}.html" for name in groups}


@pytest.fixture
def opened(browser: Any, pages: dict[str, Path]) -> Any:
    """`opened("one")`: the browser showing that page, its logs begun anew."""

    def open_page(name: str) -> Any:
        browser.get("about:blank")
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.get(pages[name].as_uri())
        return browser

    return open_page


def select(browser: Any, selector: str) -> list[Any]:
    found: list[Any] = browser.find_elements("css selector", selector)
    return found


def shown(browser: Any, selector: str) -> list[Any]:
    return [element for element in select(browser, selector) if element.is_displayed()]


def press(browser: Any, element: Any) -> None:
    """A real click, with the page scrolled so that nothing covers the element."""
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


@pytest.mark.parametrize("name", ["one", "three", "hex", "breakthrough"])
def test_no_errors_and_no_requests(name: str, opened: Any, pages: dict[str, Path]) -> None:
    browser = opened(name)
    for button in shown(browser, ".controls button, .axes label, .legend button"):
        press(browser, button)
    assert browser.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert asked == [pages[name].as_uri()]
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert select(browser, "img, b > script") == []


def test_the_axis_switch_changes_what_the_axis_says(opened: Any) -> None:
    browser = opened("one")

    def labels() -> set[str]:
        texts = shown(browser, "#strength .view .label, #learning .view .label")
        return {element.text for element in texts}

    assert labels() == {"time of self-play and learning (s)"}
    for axis, says in (("moves", "moves learned"), ("games", "games played")):
        press(browser, select(browser, f".axes input[value={axis}] + span")[0])
        assert labels() == {says}
    # By keyboard, from games on.
    select(browser, ".axes input[value=games]")[0].send_keys("\ue014")  # right arrow
    assert labels() == {"moves learned"}
    assert {element.text for element in shown(browser, "#mistakes .view .label")} == {"ply"}


def stones(browser: Any, game: str) -> list[str]:
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0] + ' .stones use')].map(use => use.getAttribute('href'))",
        game,
    )
    return found


def test_the_slider_and_the_buttons_change_the_board(opened: Any) -> None:
    browser = opened("one")
    game = "[data-game='0']"
    plies = len(select(browser, f"{game} .moves button"))
    assert len(stones(browser, game)) == plies
    slider = select(browser, f"{game} input[type=range]")[0]

    def step(name: str) -> None:
        press(browser, select(browser, f"{game} [data-step={name}]")[0])

    step("first")
    assert stones(browser, game) == []
    assert select(browser, f"{game} .ply")[0].text.startswith("The start")
    step("on")
    assert stones(browser, game) == ["#stone-0"]
    slider.send_keys("\ue014")  # right arrow
    assert sorted(stones(browser, game)) == ["#stone-0", "#stone-1"]
    text = select(browser, f"{game} .ply")[0].text
    move = select(browser, f"{game} .moves [data-ply='2']")[0]
    assert text.replace("\xa0", " ").startswith(f"2 of {plies}: the second player plays {move.text}, Q ")
    assert move.get_attribute("aria-current") == "step"
    step("back")
    assert stones(browser, game) == ["#stone-0"]
    press(browser, select(browser, f"{game} .moves [data-ply='5']")[0])
    assert len(stones(browser, game)) == 5
    assert slider.get_attribute("value") == "5"
    step("last")
    assert len(stones(browser, game)) == plies
    assert len(stones(browser, "[data-game='1']")) == len(select(browser, "[data-game='1'] .moves button"))


def test_stones_that_are_taken_leave_the_board_and_come_back(opened: Any) -> None:
    browser = opened("breakthrough")
    game = "[data-game='0']"
    whole = len(stones(browser, game))
    press(browser, select(browser, f"{game} [data-step=first]")[0])
    assert len(stones(browser, game)) == 16
    press(browser, select(browser, f"{game} [data-step=last]")[0])
    assert len(stones(browser, game)) == whole < 16


def test_the_legend_hides_a_run_everywhere(opened: Any) -> None:
    browser = opened("three")

    def visible(key: str) -> int:
        return len(shown(browser, f".series[data-key='{key}']"))

    before = {key: visible(key) for key in ("run-0", "run-1", "run-2")}
    assert len(set(before.values())) == 1
    assert before["run-0"] > 5
    button = select(browser, ".toolbar [data-key='run-1']")[0]
    press(browser, button)
    assert {key: visible(key) for key in before} == {**before, "run-1": 0}
    pressed = {element.get_attribute("aria-pressed") for element in select(browser, "button[data-key='run-1']")}
    assert pressed == {"false"}
    press(browser, select(browser, ".axes input[value=moves] + span")[0])
    assert visible("run-1") == 0
    press(browser, button)
    assert {key: visible(key) for key in before} == before


def test_pointing_at_a_chart_tells_its_values(opened: Any) -> None:
    from selenium.webdriver import ActionChains

    browser = opened("three")
    chart = select(browser, "#strength .chart")[0]
    svg = shown(browser, "#strength .chart .view svg")[0]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", svg)
    ActionChains(browser).move_to_element(svg).perform()
    # The line that tells where it is goes through the points that it tells of.
    line = svg.find_element("css selector", ".cursor").get_attribute("d")
    marks = {use.get_attribute("x") for use in svg.find_elements("css selector", ".series use")}
    assert float(line[1:].split(" ")[0]) in [pytest.approx(float(x), abs=0.06) for x in marks]
    ActionChains(browser).move_to_element_with_offset(svg, svg.size["width"] // 2 - 8, 0).perform()
    tip = chart.find_element("css selector", ".tip")
    assert tip.is_displayed()
    data = json.loads(browser.execute_script("return document.getElementById('data').textContent"))
    series = data["charts"][chart.get_attribute("data-chart")]["series"]
    for one in series:
        assert one["label"] in tip.text
        # JavaScript rounds halves up, Python to even.
        percent = Decimal(100 * one["y"][-1]).quantize(Decimal("0.1"), ROUND_HALF_UP)
        assert f"{percent} %" in tip.text
    ActionChains(browser).move_to_element(select(browser, "h1")[0]).perform()
    assert not tip.is_displayed()


def test_evil_names_are_only_words(opened: Any) -> None:
    browser = opened("three")
    assert EVIL in select(browser, ".toolbar")[0].text
    assert EVIL in browser.title
    assert not browser.execute_script("return [...document.scripts].some(one => one.textContent === 'alert(1)<!--')")


@pytest.mark.parametrize("name", ["one", "three", "hex", "breakthrough"])
def test_a_phone_does_not_scroll_sideways(name: str, opened: Any) -> None:
    browser = opened(name)
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_colours_follow_the_system(opened: Any) -> None:
    browser = opened("one")
    paper = set()
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        paper.add(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert paper == {"rgb(246, 245, 241)", "rgb(20, 23, 28)"}


def test_without_script_everything_is_there_to_read(opened: Any, browser: Any) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened("one")
        assert shown(browser, "#strength .chart svg")
        assert shown(browser, ".game .stones use")
        assert not shown(browser, ".needs-js")
        assert select(browser, "#overview table")[0].is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
