"""Face models of others, in their true formats, become face models of this program."""

import json
import os
import pathlib
import pickle
import struct
import subprocess

import numpy as np
import pytest
from published_models import REFERENCE, ROOT, SFM_EXPRESSIONS, Stranger, write_basel, write_flame, write_surrey

import conform  # noqa: E402
import face_model  # noqa: E402
import ict_facekit as ict  # noqa: E402
import restricted_pickle  # noqa: E402
from morphable import ModelFileError, both_ways, read_landmark_mapping  # noqa: E402

SCRIPT = ROOT / "scripts" / "export" / "face_model.py"
h5py = pytest.importorskip("h5py")


def export(*arguments):
    return subprocess.run(["/usr/bin/python3", SCRIPT, *map(str, arguments)], capture_output=True, text=True)


def exported(output, *arguments):
    result = export(*arguments, "--output", output)
    assert result.returncode == 0, result.stderr
    return face_model.load(output)


def dense_points(model):
    corners = model.mean[model.triangles[model.landmarks468_triangle]]
    return (model.landmarks468_barycentric[..., None] * corners).sum(axis=1)


def check(model, stranger, landmarks_known):
    """The model is that of the stranger, in the frame of the reference."""
    count = len(stranger.kept)
    assert np.abs(model.mean[:count] - REFERENCE.mean[stranger.kept]).max() < 0.01
    assert (model.landmarks68[landmarks_known] == stranger.landmarks[landmarks_known]).all()
    off = np.linalg.norm(model.mean[model.landmarks68] - REFERENCE.mean[REFERENCE.landmarks68], axis=1)
    assert off.max() < 0.3, "a missing landmark is found within 3 mm"
    assert np.linalg.norm(dense_points(model) - dense_points(REFERENCE), axis=1).max() < 0.3
    assert np.abs(model.identity[:6, :count] - stranger.identity).max() < 0.01
    assert (model.region[:count] == stranger.region).mean() > 0.99
    assert np.abs(model.head_weight[:count] - stranger.head_weight).max() < 0.1
    assert np.abs(model.neutral_coordinates[:count] - REFERENCE.neutral_coordinates[stranger.kept]).max() < 0.02
    assert (model.mirror[model.mirror] == np.arange(len(model.mean))).all()
    for eye in (ict.EYEBALL_RIGHT, ict.EYEBALL_LEFT):
        ball, own = REFERENCE.mean[REFERENCE.region == eye], model.mean[model.region == eye]
        assert np.linalg.norm(ball.mean(axis=0) - own.mean(axis=0)) < 0.2
    corners = model.mean[model.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    front = np.linalg.norm(corners.mean(axis=1) - model.mean[model.landmarks68[30]], axis=1) < 2
    assert (normal[front, 2] > 0).mean() > 0.6, "the rest are the inside of the nostrils"


@pytest.mark.parametrize("kind", ["bfm2017", "bfm2019"])
def test_basel(tmp_path, kind):
    stranger = Stranger()
    stranger.triangles = stranger.triangles[:, ::-1]
    write_basel(tmp_path / "model.h5", stranger)
    model = exported(tmp_path / "out", "--from", kind, "--input", tmp_path / "model.h5", "--expression-modes", 2)
    check(model, stranger, [8, 30, 36, 45, 48, 54, 62])
    assert model.expression_names == ["expression0+", "expression0-", "expression1+", "expression1-"]
    assert np.abs(model.expression[0, : len(stranger.kept)] - stranger.shape("jawOpen")).max() < 0.02
    assert (model.expression[1] == -model.expression[0]).all()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["name"] == kind.replace("bfm", "basel-") and "Basel" in manifest["licence"]


@pytest.mark.parametrize("with_eyeballs", [True, False])
def test_flame(tmp_path, with_eyeballs):
    stranger = Stranger(with_eyeballs=with_eyeballs)
    write_flame(tmp_path / "model.pkl", tmp_path / "embedding.pkl", stranger)
    arguments = ("--from", "flame", "--input", tmp_path / "model.pkl", "--expression-modes", 2)
    model = exported(tmp_path / "out", *arguments, "--landmarks", tmp_path / "embedding.pkl")
    check(model, stranger, range(17, 68))
    assert model.expression_names[-3:] == ["jawOpen", "jawLeft", "jawRight"]
    jaw = model.expression[model.expression_names.index("jawOpen")]
    assert jaw[model.landmarks68[8], 1] < -1 and np.abs(jaw[model.landmarks68[30]]).max() < 0.1
    left = model.expression[model.expression_names.index("jawLeft")]
    assert left[model.landmarks68[8], 0] > 0.3
    table = pickle.loads((tmp_path / "embedding.pkl").read_bytes())
    np.save(tmp_path / "embedding.npy", np.array({"static_lmk_faces_idx": table["lmk_face_idx"], "static_lmk_bary_coords": table["lmk_b_coords"]}, dtype=object))
    again = exported(tmp_path / "again", *arguments, "--landmarks", tmp_path / "embedding.npy")
    assert (again.mean == model.mean).all()


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_surrey(tmp_path, version):
    stranger = Stranger(with_neck=False)
    write_surrey(tmp_path / "sfm.bin", tmp_path / "shapes.bin", tmp_path / "ibug.txt", stranger, version)
    model = exported(tmp_path / "out", "--from", "sfm", "--input", tmp_path / "sfm.bin", "--blendshapes", tmp_path / "shapes.bin", "--landmarks", tmp_path / "ibug.txt")
    check(model, stranger, [n for n in range(17, 68) if n not in (60, 64)])
    assert model.expression_names == list(SFM_EXPRESSIONS)
    assert np.abs(model.expression[5, : len(stranger.kept)] - stranger.shape("jawOpen")).max() < 0.01


def test_ict_at_full_size(tmp_path):
    source = pathlib.Path(os.environ.get("REENACT_ICT_FACEKIT", "/nowhere"))
    if not source.is_dir():
        pytest.skip("REENACT_ICT_FACEKIT names no folder of ICT-FaceKit Light")
    model = exported(tmp_path / "out", "--from", "ict", "--input", source)
    assert len(model.mean) == 24591 and model.expression_names == REFERENCE.expression_names
    landmarks = model.mean[model.landmarks68] - REFERENCE.mean[REFERENCE.landmarks68]
    assert np.linalg.norm(landmarks, axis=1).max() < 0.15, "the model that ships closes the lips"
    assert np.linalg.norm(dense_points(model) - dense_points(REFERENCE), axis=1).max() < 0.3
    assert set(np.unique(model.region)) == set(range(8))


class Attack:
    def __reduce__(self):
        return os.system, ("touch attacked",)


def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path):
    for value in (Attack(), {"v_template": Attack()}, {"f": np.array([Attack()], dtype=object)}):
        path = tmp_path / "model.pkl"
        path.write_bytes(pickle.dumps(value, protocol=2))
        result = export("--from", "flame", "--input", path, "--output", tmp_path / "out")
        assert result.returncode == 1 and "posix.system, which is no array" in result.stderr
        assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists() and not pathlib.Path("attacked").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x80\x02", b"cnumpy\nload\n(S'x'\ntR.", b"cchumpy.ch\nCh\n(S'x'\ntR", b"cbuiltins\neval\n(S'1'\ntR.",
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000\nI1000000\ntS'b'\ntR.",
        b"ccopy_reg\n_reconstructor\n(cnumpy\nndarray\nc__builtin__\nobject\nNtR.",
        b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (), }" + b" " * 58 + b"\ncos\nsystem\n(S'x'\ntR.",
        b"\x93NUMPY\x07\x00",
    ],
)  # fmt: skip
def test_damaged_and_hostile_pickles_end_with_a_sentence(tmp_path, data):
    path = tmp_path / "model.pkl"
    path.write_bytes(data)
    with pytest.raises(ModelFileError):
        restricted_pickle.load(path)


def test_sparse_matrices_are_checked():
    import scipy.sparse

    matrix = scipy.sparse.random(7, 5, 0.4, format="csc", random_state=1)
    holder = restricted_pickle.loads(pickle.dumps(matrix, protocol=2), "test")
    assert np.abs(restricted_pickle.as_array(holder, "test", "m") - matrix.toarray()).max() == 0
    holder.indices = holder.indices + 100
    with pytest.raises(ModelFileError, match="damaged sparse"):
        restricted_pickle.as_array(holder, "test", "m")


def test_archives_that_are_cut_off_or_lie_about_sizes_are_refused(tmp_path):
    stranger = Stranger(with_neck=False)
    write_surrey(tmp_path / "sfm.bin", tmp_path / "shapes.bin", tmp_path / "ibug.txt", stranger)
    whole = (tmp_path / "sfm.bin").read_bytes()
    arguments = ("--from", "sfm", "--input", tmp_path / "bad.bin", "--landmarks", tmp_path / "ibug.txt", "--blendshapes", tmp_path / "shapes.bin", "--output", tmp_path / "out")
    for data in (b"", whole[:3], whole[:100], whole[:-9000], struct.pack("<I", 9) + whole[4:],
                 whole[:4] + struct.pack("<ii", 2**31 - 1, 2**31 - 1) + whole[12:], whole[:4] + struct.pack("<ii", -1, 1) + whole[12:]):  # fmt: skip
        (tmp_path / "bad.bin").write_bytes(data)
        result = export(*arguments)
        assert result.returncode == 1 and "bad.bin" in result.stderr and result.stderr.count("\n") == 1, result.stderr


def test_what_does_not_fit_is_said(tmp_path):
    stranger = Stranger()
    write_basel(tmp_path / "model.h5", stranger)
    write_surrey(tmp_path / "sfm.bin", tmp_path / "shapes.bin", tmp_path / "ibug.txt", stranger)
    (tmp_path / "shuffled.txt").write_text("\n".join(f"{i + 1} = {stranger.landmarks[(7 * i + 3) % 68]}" for i in range(68)))
    (tmp_path / "outside.txt").write_text("31 = 9999999\n")
    (tmp_path / "none.txt").write_text("nothing\n")
    sfm = ("--from", "sfm", "--input", tmp_path / "sfm.bin")
    for sentence, arguments in (
        ("there is no file", ("--from", "bfm2019", "--input", tmp_path / "none.h5")),
        ("cannot be read as HDF5", ("--from", "bfm2019", "--input", tmp_path / "sfm.bin")),
        ("does not hold ICT-FaceKit", ("--from", "ict", "--input", tmp_path)),
        ("name their file with --blendshapes", (*sfm, "--landmarks", tmp_path / "ibug.txt")),
        ("name its mapping", (*sfm, "--blendshapes", tmp_path / "shapes.bin")),
        ("do not lie as those of a face", (*sfm, "--blendshapes", tmp_path / "shapes.bin", "--landmarks", tmp_path / "shuffled.txt")),
        ("lies outside", (*sfm, "--blendshapes", tmp_path / "shapes.bin", "--landmarks", tmp_path / "outside.txt")),
        ("maps no landmark", (*sfm, "--blendshapes", tmp_path / "shapes.bin", "--landmarks", tmp_path / "none.txt")),
    ):
        result = export(*arguments, "--output", tmp_path / "out")
        assert result.returncode == 1 and sentence in result.stderr, result.stderr
        assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_mappings_of_eos_are_read(tmp_path):
    path = tmp_path / "map.txt"
    path.write_text('[landmark_mappings]\n9 = 33 # chin\n"18" = "225"\n\t 31   114 ; nose-tip (3)\n   ; 61 not defined\nright = [ 1, 2 ]\n')
    assert read_landmark_mapping(path) == {8: 33, 17: 225, 30: 114}


def test_a_similarity_is_found_and_a_warp_goes_through_its_points():
    rng = np.random.default_rng(2)
    points = rng.normal(size=(20, 3)) * 5
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    scale, rotation, shift = conform.similarity(points, 1.7 * points @ turn.T + [1, 2, 3])
    assert abs(scale - 1.7) < 1e-9 and np.abs(rotation - turn).max() < 1e-9 and np.abs(shift - [1, 2, 3]).max() < 1e-9
    bent = points + 0.3 * np.sin(points)
    warp = conform.Warp(points, bent)
    assert np.abs(warp(points) - bent).max() < 0.1


def test_signed_modes_become_two():
    shapes, names = both_ways(np.ones((2, 4, 3)))
    assert names == ["expression0+", "expression0-", "expression1+", "expression1-"]
    assert shapes[0, 0, 0] == 2.5 and shapes[3, 0, 0] == -2.5
