import cv2
import pytest
from program import MEDIA, PHOTO, ffmpeg, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory, request):
    """A folder for what the tests of one file make."""
    return tmp_path_factory.mktemp(request.module.__name__)


@pytest.fixture(scope="module")
def photo(folder):
    """240 pixels wide."""
    path = folder / "photo.png"
    pixels = cv2.imread(str(PHOTO))
    cv2.imwrite(str(path), cv2.resize(pixels, (240, 240 * pixels.shape[0] // pixels.shape[1]), interpolation=cv2.INTER_AREA))
    return path


@pytest.fixture(scope="module")
def driver(folder):
    """Three frames of 240×180 pixels with sound."""
    path = folder / "driver.mp4"
    ffmpeg("-i", MEDIA / "cap13_edit2.mp4", "-f", "lavfi", "-i", "sine=duration=1", "-map", "0:v", "-map", "1:a",
           "-frames:v", 3, "-vf", "scale=240:180", "-c:v", "libx264", "-c:a", "aac", "-shortest", path)  # fmt: skip
    return path


@pytest.fixture(scope="module")
def motion(folder, driver):
    """How the driver moves."""
    path = folder / "motion.jsonl"
    assert run("-d", driver, "--save-motion", path).returncode == 0
    return path
