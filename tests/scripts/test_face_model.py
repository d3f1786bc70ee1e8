"""The face model that ships, and the scripts that make it."""

import pathlib
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "face_model"))

import face_model  # noqa: E402
import ict_facekit as ict  # noqa: E402
import measure  # noqa: E402
import rasterize  # noqa: E402
import simplify  # noqa: E402

FLIP = np.array([-1, 1, 1])


@pytest.fixture(scope="module")
def model():
    return face_model.load(ROOT / "models" / "face_model")


def visible_regions(model, vertices, landmarks, width_cm, pitch_deg=0):
    centre = vertices[model.landmarks68[landmarks]].mean(axis=0)
    view = rasterize.View(centre, width_cm, size=160, pitch_deg=pitch_deg)
    return rasterize.visible_region(view, vertices, model.triangles, model.region)


def test_mirror_is_an_involution_of_the_whole_model(model):
    mirror = model.mirror
    assert (mirror[mirror] == np.arange(len(mirror))).all()
    assert (model.mean[mirror] == model.mean * FLIP).all()
    opposite = [model.expression_names.index(ict.other_side(name)) for name in model.expression_names]
    assert (model.expression[opposite][:, mirror] == model.expression * FLIP).all()
    assert (model.head_weight[mirror] == model.head_weight).all()
    other_eye = {ict.EYEBALL_RIGHT: ict.EYEBALL_LEFT, ict.EYEBALL_LEFT: ict.EYEBALL_RIGHT}
    assert [other_eye.get(r, r) for r in model.region[mirror]] == model.region.tolist()
    triangles = {tuple(sorted(t)) for t in model.triangles.tolist()}
    assert {tuple(sorted(mirror[list(t)])) for t in triangles} == triangles


def test_identity_modes_are_symmetric_or_antisymmetric(model):
    for mode in model.identity:
        mirrored = mode[model.mirror] * FLIP
        assert (mirrored == mode).all() or (mirrored == -mode).all()


def test_triangles_form_a_manifold(model):
    triangles = model.triangles
    directed = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    assert len(np.unique(directed, axis=0)) == len(directed)  # also says that neighbours turn alike
    assert (np.unique(triangles) == np.arange(len(model.mean))).all()
    corners = model.mean[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert area.min() > 1e-5


def test_closed_parts_face_outwards(model):
    for region in (ict.TEETH, ict.EYEBALL_RIGHT, ict.EYEBALL_LEFT):
        a, b, c = np.moveaxis(model.mean[model.triangles[model.region[model.triangles[:, 0]] == region]], 1, 0)
        assert (a * np.cross(b, c)).sum() > 0


def test_head_is_rigid_and_the_rim_of_the_neck_stays(model):
    triangles = model.triangles
    assert (model.head_weight[model.landmarks68] == 1).all()
    assert (model.head_weight[~np.isin(model.region, (ict.FACE, ict.HEAD))] == 1).all()
    edges, count = np.unique(simplify.triangle_edges(triangles), axis=0, return_counts=True)
    rim = np.unique(edges[count == 1])
    rim = rim[model.region[rim] == ict.HEAD]
    assert len(rim) > 10 and (model.head_weight[rim] == 0).all()


def test_eyeballs_are_round_about_the_mean_of_their_vertices(model):
    ball = model.mean[model.region == ict.EYEBALL_RIGHT]
    distance = np.linalg.norm(ball - ball.mean(axis=0), axis=1)
    behind = ball[:, 2] < ball.mean(axis=0)[2]
    assert np.ptp(distance[behind]) < 0.15
    assert distance.max() < 1.25 * distance[behind].mean()  # the cornea bulges


@pytest.mark.parametrize("pitch_deg", [-15, 0, 10])
def test_blink_closes_the_lids(model, pitch_deg):
    eye = range(36, 42)
    open_eye = visible_regions(model, model.mean, eye, 5, pitch_deg)
    closed = visible_regions(model, model.shape(eyeBlink_R=1), eye, 5, pitch_deg)
    assert (open_eye == ict.EYEBALL_RIGHT).sum() > 300
    assert not (closed == ict.EYEBALL_RIGHT).any()


def test_lids_close_on_other_heads_too(model):
    rng = np.random.default_rng(3)
    gaps = []
    for identity in rng.standard_normal((12, len(model.identity))):
        vertices = model.shape(identity, eyeBlink_R=1)
        gaps.append((visible_regions(model, vertices, range(36, 42), 5) == ict.EYEBALL_RIGHT).sum(axis=0).max())
    assert np.mean(np.array(gaps) > 0) < 0.2 and max(gaps) * 5 / 160 < 0.1  # centimetres


def test_lips_are_closed_until_the_jaw_opens(model):
    inside = (ict.MOUTH_SOCKET, ict.GUMS_TONGUE, ict.TEETH)
    mouth = range(48, 60)
    assert not np.isin(visible_regions(model, model.mean, mouth, 8), inside).any()
    assert np.isin(visible_regions(model, model.shape(jawOpen=1), mouth, 8), inside).sum() > 500


def test_neutral_coordinates_are_the_mean_in_its_box(model):
    low, high = model.mean.min(axis=0), model.mean.max(axis=0)
    np.testing.assert_allclose(model.neutral_coordinates, (model.mean - low) / (high - low), atol=1e-6)


def half_sphere(rings=12, meridians=16):
    """Right half (x <= 0) of a unit sphere about the origin with its midline in x = 0, as (points, triangles)."""
    polar = np.linspace(0, np.pi, rings + 1)[1:-1]
    around = np.linspace(np.pi / 2, 3 * np.pi / 2, meridians + 1)
    grid = np.array([[np.sin(p) * np.cos(a), np.cos(p), np.sin(p) * np.sin(a)] for p in polar for a in around])
    grid[np.abs(grid) < 1e-12] = 0
    points = np.concatenate([grid, [[0, 1, 0], [0, -1, 0]]])
    columns = meridians + 1
    triangles = []
    for m in range(meridians):
        for r in range(rings - 2):
            a, b = r * columns + m, r * columns + m + 1
            triangles += [[a, b, a + columns], [b, b + columns, a + columns]]
        last = (rings - 2) * columns + m
        triangles += [[len(points) - 2, m + 1, m], [len(points) - 1, last, last + 1]]
    return points, np.array(triangles)


def test_simplified_half_sphere_stays_round_closed_and_keeps_locked_vertices():
    points, triangles = half_sphere()
    midline = points[:, 0] == 0
    region = np.zeros(len(points), int)
    simplifier = simplify.Simplifier(
        points[None], triangles, region, midline, np.ones(len(points)), locked=[40, 77]
    )
    simple = simplifier.run([80])
    kept = np.unique(simple)
    assert len(kept) == 80 and {40, 77} <= set(kept)
    edges, count = np.unique(simplify.triangle_edges(simple), axis=0, return_counts=True)
    assert count.max() == 2 and midline[edges[count == 1]].all()
    assert not midline[edges[count == 2]].all(axis=1).any()  # so that two mirrored halves fit together
    assert measure.distance_to_surface(points, points, simple).max() < 0.1


def test_distance_to_surface_of_known_points():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    triangles = np.repeat([[0, 1, 2]], 40, axis=0)
    points = np.array([[0.2, 0.2, 0.5], [-3, 0, 4], [2, 0, 0], [1, 1, 0]])
    np.testing.assert_allclose(
        measure.distance_to_surface(points, vertices, triangles), [0.5, 5, 1, np.sqrt(0.5)]
    )
