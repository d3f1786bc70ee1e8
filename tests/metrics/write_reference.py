"""Writes pictures, points and rotations, and what scikit-image, SciPy and NumPy say about them.

write_reference.py FOLDER
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.transform import SimilarityTransform

RANDOM = np.random.default_rng(11)
OUTER_EYE_CORNERS = {68: (36, 45), 468: (33, 263)}
# Outer and inner corner of the subject's left eye, of the right eye, base of the nose.
ALIGNMENT_POINTS = {68: (45, 42, 36, 39, 33), 468: (263, 362, 33, 133, 2)}
# dlib's get_face_chip_details() for five points, with padding 0.25 and 150 pixels.
CHIP_POINTS = np.array([
    (0.8595674595992, 0.2134981538014), (0.6460604764104, 0.2289674387677), (0.1205750620789, 0.2137274526848),
    (0.3340850613712, 0.2290642403242), (0.4901123135679, 0.6277975316475)])
CHIP_POINTS = (0.25 + CHIP_POINTS) / 1.5 * 150


def smooth_picture(height, width):
    coarse = RANDOM.integers(0, 256, (6, 6, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def disturbed(picture, kind):
    if kind == "noise":
        return np.clip(picture + RANDOM.normal(0, 12, picture.shape), 0, 255).astype(np.uint8)
    if kind == "blur":
        return cv2.GaussianBlur(picture, (9, 9), 2)
    if kind == "shift":
        return np.roll(picture, 3, axis=1)
    return 255 - picture


def picture_case(folder, name, size, kind):
    reference = disturbed(smooth_picture(*size), "noise")
    picture = disturbed(reference, kind)
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    mask = ((x - size[1] / 3) ** 2 + (y - size[0] / 4) ** 2 < (min(size) / 2.5) ** 2).astype(np.uint8) * 255
    for suffix, image in (("a", picture), ("b", reference), ("mask", mask)):
        cv2.imwrite(str(folder / f"{name}_{suffix}.png"), image)
    ssim, ssim_map = structural_similarity(
        picture, reference, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2,
        data_range=255, full=True)
    inside = mask > 0
    return {
        "name": name,
        "psnr": peak_signal_noise_ratio(reference, picture, data_range=255),
        "masked_psnr": peak_signal_noise_ratio(reference[inside], picture[inside], data_range=255),
        "ssim": ssim,
        "masked_ssim": ssim_map[inside].mean(),
    }


def warping_case(folder):
    height, width = 40, 52
    previous, frame = smooth_picture(height, width), smooth_picture(height, width)
    flow = RANDOM.normal(0, 6, (height, width, 2)).astype(np.float32)
    mask = (RANDOM.random((height, width)) < 0.7).astype(np.uint8)
    y, x = np.mgrid[0:height, 0:width]
    at_x, at_y = x + flow[..., 0], y + flow[..., 1]
    counted = (mask > 0) & (at_x >= 0) & (at_x <= width - 1) & (at_y >= 0) & (at_y <= height - 1)
    warped = np.stack([map_coordinates(previous[..., c].astype(float), (at_y, at_x), order=1) for c in range(3)], -1)
    cv2.imwrite(str(folder / "previous.png"), previous)
    cv2.imwrite(str(folder / "frame.png"), frame)
    cv2.imwrite(str(folder / "flow_mask.png"), mask)
    (folder / "flow.f32").write_bytes(flow.tobytes())
    return float(np.abs(warped - frame)[counted].mean())


def interocular(points):
    right, left = OUTER_EYE_CORNERS[len(points)]
    return np.linalg.norm(points[right] - points[left])


def second_difference(track, t):
    difference = track[t + 1] - 2 * track[t] + track[t - 1]
    return np.linalg.norm(difference, axis=1).mean() / interocular(track[t])


def landmark_case(count):
    base = RANDOM.uniform(50, 200, (count, 2))
    result, driver = (base + RANDOM.normal(0, spread, (7, count, 2)).cumsum(0) for spread in (2, 1))
    result_jitter = [second_difference(result, t) for t in range(1, 6)]
    driver_jitter = [second_difference(driver, t) for t in range(1, 6)]
    return {
        "result": result.tolist(),
        "driver": driver.tolist(),
        "nme": np.linalg.norm(result[3] - driver[3], axis=1).mean() / interocular(driver[3]),
        "jitter": np.mean(result_jitter),
        "jitter_ratio": np.mean(result_jitter) / np.mean(driver_jitter),
    }


def alignment_case(count):
    """Landmarks near a turned, scaled and shifted chip, and the similarity that undoes it."""
    turn = SimilarityTransform(scale=0.8, rotation=0.35, translation=(60, 30))
    points = RANDOM.uniform(20, 200, (count, 2))
    points[list(ALIGNMENT_POINTS[count])] = turn(CHIP_POINTS) + RANDOM.normal(0, 3, (5, 2))
    aligned_from_image = SimilarityTransform()
    aligned_from_image.estimate(points[list(ALIGNMENT_POINTS[count])], CHIP_POINTS)
    return {"points": points.tolist(), "image_from_aligned": np.linalg.inv(aligned_from_image.params).tolist()}


def rotation_case(angles, reference):
    """Both are (yaw, pitch, roll) in degrees."""
    def quaternion(yaw, pitch, roll):
        return Rotation.from_euler("YXZ", (yaw, -pitch, -roll), degrees=True).as_quat().tolist()

    difference = (np.subtract(angles, reference) + 180) % 360 - 180
    return {"a": quaternion(*angles), "b": quaternion(*reference), "rmse": np.sqrt(np.mean(difference**2))}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    embeddings = RANDOM.normal(0, 1, (2, 128)).astype(np.float32)
    reference = {
        "pictures": [
            picture_case(folder, "noise", (64, 48), "noise"),
            picture_case(folder, "blur", (37, 53), "blur"),
            picture_case(folder, "shift", (90, 90), "shift"),
            picture_case(folder, "inverted", (11, 40), "inverted"),
        ],
        "warping_error": warping_case(folder),
        "landmarks": [landmark_case(68), landmark_case(468)],
        "alignments": [alignment_case(68), alignment_case(468)],
        "rotations": [
            rotation_case((10, -5, 3), (12, -8, 1)),
            rotation_case((-35, 20, 178), (-30, 15, -179)),
            rotation_case((0, 0, 0), (0, 0, 0)),
        ],
        "embeddings": embeddings.tolist(),
        "cosine": float(embeddings[0] @ embeddings[1] / np.prod(np.linalg.norm(embeddings, axis=1))),
    }
    (folder / "reference.json").write_text(json.dumps(reference, default=float))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
