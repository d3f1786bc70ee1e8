"""The survey: made by the program, answered in headless Chromium, aggregated by the program.

The program is build/release/reenact unless REENACT_BINARY names another.
"""

import json
import time
import os
import re
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("REENACT_BINARY", str(REPOSITORY / "build" / "release" / "reenact"))
SYSTEMS = ("geometry", "neural")
CLIPS = ("one", "two", "three")
# What tells the systems apart in the videos: the test prefers the brighter one without knowing its name.
BRIGHTNESS = {"geometry": 60, "neural": 200}


def downloaded(path):
    """The JSON of a file that the browser may still be writing."""
    deadline = time.time() + 20
    while True:
        try:
            return json.loads(path.read_text())
        except json.JSONDecodeError:
            assert time.time() < deadline, f"{path} is never complete"
            time.sleep(0.1)


def run(*arguments):
    return subprocess.run([PROGRAM, "survey", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def make_video(path, brightness):
    path.parent.mkdir(parents=True, exist_ok=True)
    source = f"color=c=0x{brightness:02x}{brightness:02x}{brightness:02x}:size=64x48:rate=10:duration=1"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", str(path)], check=True)


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    for clip in CLIPS:
        for system in SYSTEMS:
            make_video(folder / system / f"{clip}.mp4", BRIGHTNESS[system])
        make_video(folder / "drivers" / f"{clip}.mp4", 128)
        (folder / "photos").mkdir(exist_ok=True)
        picture = folder / "photos" / f"{clip}.png"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=48x48", "-frames:v", "1", str(picture)],
            check=True,
        )
    return folder


@pytest.fixture
def survey(media, tmp_path):
    output = tmp_path / "survey"
    results = [argument for system in SYSTEMS for argument in ("--result", f"{system}={media / system}")]
    made = run("make", *results, "--sources", media / "photos", "--drivers", media / "drivers", "--output", output)
    assert made.returncode == 0, made.stderr
    assert "3 comparisons of 3 clips" in made.stdout
    return output


class Browser:
    """Headless Chromium on the page of a survey, with its own profile and download folder."""

    def __init__(self, page, folder):
        self.downloads = folder / "downloads"
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--window-size=1200,1000", f"--user-data-dir={folder / 'profile'}"):  # fmt: skip
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"download.default_directory": str(self.downloads)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.open(page)

    def open(self, page):
        self.driver.get((page / "index.html").as_uri())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def wait(self, condition):
        return WebDriverWait(self.driver, 20).until(lambda _: condition())

    def press(self, *keys):
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def position(self):
        return self.find("#position").text

    def brighter_side(self):
        """Tells left from right by what is shown, as a rater would."""
        for side in ("left", "right"):
            ready = f"const video = document.getElementById('{side}'); return video.readyState >= 2 && video.videoWidth"
            assert self.wait(lambda: self.driver.execute_script(ready)) == 64
        left, right = (self.brightness_of(side) for side in ("left", "right"))
        assert abs(left - right) > 50
        return "left" if left > right else "right"

    def brightness_of(self, side):
        shot = np.frombuffer(self.find(f"#{side}").screenshot_as_png, np.uint8)
        picture = cv2.imdecode(shot, cv2.IMREAD_GRAYSCALE)
        return float(picture[picture.shape[0] // 2, picture.shape[1] // 2])

    def save(self):
        before = set(self.downloads.glob("*.json"))
        self.find("#save").click()
        self.wait(lambda: set(self.downloads.glob("*.json")) - before)
        (path,) = set(self.downloads.glob("*.json")) - before
        return path

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


def answer_all(browser, keys_for):
    """Answers every pair with the keys that keys_for(brighter side) gives, one per question."""
    for number in range(1, len(CLIPS) + 1):
        browser.wait(lambda: browser.position() == f"Pair {number} of {len(CLIPS)}")
        browser.press(*keys_for(browser.brighter_side()), Keys.ENTER)
    browser.wait(lambda: browser.find("#finish").is_displayed())


def test_answered_by_keyboard_saved_and_aggregated(survey, tmp_path):
    with Browser(survey / "page", tmp_path) as browser:
        assert "3 pairs" in browser.find("#start").text
        browser.find("#label").send_keys("A. R.")
        browser.find("#begin").click()
        # Realism: the brighter one; identity: the same; motion: the darker one.
        answer_all(browser, lambda bright: ("1", "2", "3") if bright == "left" else ("3", "2", "1"))
        assert "All pairs are answered" in browser.find("#finish-text").text
        answers = browser.save()
        assert browser.errors() == []

    saved = downloaded(answers)
    assert saved["rater"]["label"] == "A. R."
    assert re.fullmatch("[0-9a-f]{32}", saved["rater"]["id"])
    result = run("aggregate", answers, "--key", survey / "key.json", "--output", tmp_path / "result")
    assert result.returncode == 0, result.stderr
    assert "1 rater, 3 of 3 comparisons answered" in result.stdout
    rows = json.loads((tmp_path / "result" / "preferences.json").read_text())["preferences"]
    votes = {row["question"]: (row["first_votes"], row["same_votes"], row["second_votes"]) for row in rows}
    assert [row["first"] for row in rows] == ["geometry"] * 3
    assert votes == {"realism": (0, 0, 3), "identity": (0, 3, 0), "motion": (3, 0, 0)}


def test_answered_by_mouse_with_a_break_and_a_correction(survey, tmp_path):
    def click(question, value):
        browser.find(f'fieldset[data-question="{question}"] input[value="{value}"]').find_element(By.XPATH, "..").click()

    def click_all(value):
        for question in ("realism", "identity", "motion"):
            assert not browser.find("#next").is_enabled()
            click(question, value)
        browser.find("#next").click()

    with Browser(survey / "page", tmp_path) as browser:
        browser.find("#begin").click()
        browser.press(Keys.ENTER)  # nothing is answered yet, so this must not move on
        assert browser.position() == "Pair 1 of 3"
        click_all("left")
        sides = [browser.find(f"#{side}").get_attribute("src") for side in ("left", "right")]
        browser.open(survey / "page")
        assert browser.position() == "Pair 2 of 3"
        assert [browser.find(f"#{side}").get_attribute("src") for side in ("left", "right")] == sides
        assert browser.find("#answered").text == "1 answered"
        browser.press(Keys.BACKSPACE)
        assert browser.position() == "Pair 1 of 3"
        click("realism", "same")
        browser.find("#next").click()
        click_all("right")
        click_all("right")
        answers = downloaded(browser.save())["answers"]
        browser.find("#review").click()
        assert browser.position() == "Pair 1 of 3"

    assert [answer["choices"]["realism"] for answer in answers] == ["same", "right", "right"]
    assert [answer["choices"]["motion"] for answer in answers] == ["left", "right", "right"]


def test_raters_see_their_own_order(survey, tmp_path):
    """Twelve raters all see the same order and sides with a chance of (1/48)^11."""
    seen = set()
    files = []
    with Browser(survey / "page", tmp_path) as browser:
        for _ in range(12):
            browser.driver.execute_script("localStorage.clear()")
            browser.open(survey / "page")
            browser.find("#begin").click()
            for _ in CLIPS:
                browser.press("1", "1", "1", Keys.ENTER)
            files.append(browser.save())
            answers = downloaded(files[-1])["answers"]
            seen.add(tuple((answer["comparison"], answer["left"]) for answer in answers))
    assert len(seen) > 1
    result = run("aggregate", *files, files[0], "--key", survey / "key.json", "--output", tmp_path / "result")
    assert result.returncode == 0, result.stderr
    assert "12 raters, 36 of 36 comparisons answered" in result.stdout
    assert "bootstrap over raters" in result.stdout
    assert "is left out: it repeats" in result.stderr


def test_nothing_on_the_page_tells_whose_video_it_is(survey):
    page = (survey / "page" / "index.html").read_text()
    names = [path.name for path in (survey / "page" / "media").iterdir()]
    assert len(names) == len(CLIPS) * (len(SYSTEMS) + 2)
    for word in (*SYSTEMS, *CLIPS):
        assert not any(word in name for name in names)
    for word in (*SYSTEMS, "http:", "https:"):
        assert word not in page


def test_refusals_are_sentences(survey, media, tmp_path):
    again = run("make", "--result", f"a={media / 'neural'}", "--result", f"b={media / 'geometry'}", "--output", survey)
    assert again.returncode == 6 and "not empty" in again.stderr
    single = run("make", "--result", f"a={media / 'neural'}", "--output", tmp_path / "x")
    assert single.returncode == 2 and "two or more" in single.stderr
    unnamed = run("make", "--result", media / "neural", "--output", tmp_path / "x")
    assert unnamed.returncode == 2 and "NAME=FOLDER" in unnamed.stderr
    foreign = run("aggregate", survey / "key.json", "--key", survey / "key.json", "--output", tmp_path / "x")
    assert foreign.returncode == 3 and "not a file of the format" in foreign.stderr
