"""The Surrey Face Model (Huber et al., "A Multiresolution 3D Morphable Face Model", 2016): eos' binary files.

They are archives of the library cereal, little-endian and without names: the members of eos' classes in their order.
"""

import struct

import numpy as np
from morphable import ModelFileError, Morphable, both_ways, read_landmark_mapping

VERSIONS = range(1, 5)  # of eos::morphablemodel::MorphableModel
MAX_BYTES = 1 << 30


class _Archive:
    """Reads a cereal binary archive from front to back; every size is checked against what is left."""

    def __init__(self, path):
        if not path.is_file():
            raise ModelFileError(f"there is no file {path}")
        if path.stat().st_size > MAX_BYTES:
            raise ModelFileError(f"{path} has more than {MAX_BYTES >> 20} MiB, which no such file has")
        self.path, self.data, self.position = path, path.read_bytes(), 0

    def damaged(self):
        return ModelFileError(f"{self.path} is not a file of eos, or is damaged at byte {self.position}")

    def take(self, size):
        if size < 0 or size > len(self.data) - self.position:
            raise self.damaged()
        self.position += size
        return self.data[self.position - size : self.position]

    def number(self, kind):
        return struct.unpack("<" + kind, self.take(struct.calcsize(kind)))[0]

    def matrix(self):
        rows, columns = self.number("i"), self.number("i")
        if rows < 0 or columns < 0:
            raise self.damaged()
        values = np.frombuffer(self.take(4 * rows * columns), "<f4")
        return values.reshape(columns, rows).T.astype(np.float64)

    def triangles(self):
        count = self.number("Q")
        return np.frombuffer(self.take(12 * count), "<i4").reshape(-1, 3).astype(np.int64)

    def pca(self):
        """Mean (V, 3), modes (K, V, 3) per standard deviation, triangles."""
        mean, basis, variance = self.matrix(), self.matrix(), self.matrix()
        triangles = self.triangles()
        if mean.size % 3 or basis.shape != (mean.size, variance.size) or (variance < 0).any():
            raise self.damaged()
        modes = (basis * np.sqrt(variance.ravel())).T.reshape(variance.size, mean.size // 3, 3)
        return mean.reshape(-1, 3), modes, triangles

    def blendshapes(self):
        """Names and shapes (E, V, 3)."""
        count = self.number("Q")
        if count > len(self.data):
            raise self.damaged()
        names, shapes = [], []
        for _ in range(count):
            names.append(self.take(self.number("Q")).decode("utf-8", "replace"))
            shapes.append(self.matrix().ravel())
            if shapes[-1].size % 3 or shapes[-1].size != shapes[0].size:
                raise self.damaged()
        return names, np.array(shapes).reshape(len(shapes), shapes[0].size // 3 if shapes else 0, 3)


def load(path, landmarks, identity_modes, expression_modes, blendshapes=None):
    """`blendshapes` is the file of expressions that goes with a model that has none of its own."""
    archive = _Archive(path)
    version = archive.number("I")
    if version not in VERSIONS:
        raise ModelFileError(f"{path} is not a model of eos of a version that is known")
    mean, identity, triangles = archive.pca()
    archive.pca()  # colour
    names, expression = [], None
    if version >= 2 and archive.number("B") == 0:  # cereal writes first whether an optional is empty
        if archive.number("i") == 0:
            expression_mean, modes, _ = archive.pca()
            if expression_mean.shape != mean.shape:
                raise archive.damaged()
            mean = mean + expression_mean
            expression, names = both_ways(modes[:expression_modes])
        else:
            names, expression = archive.blendshapes()
    if blendshapes is not None:
        names, expression = _Archive(blendshapes).blendshapes()
    if expression is None or len(expression) == 0:
        raise ModelFileError(f"{path} has no expressions; name their file with --blendshapes")
    if expression.shape[1:] != mean.shape:
        raise ModelFileError(f"{blendshapes or path} has expressions of another mesh")
    if landmarks is None:
        raise ModelFileError("eos' file tells no landmarks; name its mapping (ibug_to_sfm.txt) with --landmarks")
    return Morphable(
        name="surrey",
        mean=mean,
        cm_per_unit=0.1,
        identity=identity[:identity_modes],
        expression=expression,
        expression_names=names,
        triangles=triangles,
        landmarks=read_landmark_mapping(landmarks),
        source="Surrey Face Model, University of Surrey",
        licence="that of the Surrey Face Model: not commercial",
    )
