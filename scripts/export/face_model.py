#!/usr/bin/python3
"""Makes a face model of this program of one that others publish; reenact --face-model DIRECTORY uses it.

    scripts/export/face_model.py --from ict --input FOLDER --output DIRECTORY
    scripts/export/face_model.py --from bfm2019 --input model2019_bfm.h5 --output DIRECTORY
    scripts/export/face_model.py --from flame --input generic_model.pkl --landmarks flame_static_embedding.pkl --output DIRECTORY
    scripts/export/face_model.py --from sfm --input sfm_shape_3448.bin --blendshapes expression_blendshapes_3448.bin \
        --landmarks ibug_to_sfm.txt --output DIRECTORY

Expressions keep their names; a signed mode without one becomes two, expression0+ and expression0-. Files are read
without running anything that they hold.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "face_model"))

import basel  # noqa: E402
import face_model  # noqa: E402
import flame  # noqa: E402
import ict_facekit  # noqa: E402
import surrey  # noqa: E402
from conform import conform  # noqa: E402
from morphable import ModelFileError, Morphable  # noqa: E402

KINDS = ("ict", "bfm2017", "bfm2019", "flame", "sfm")


def load_ict(directory, identity_modes):
    try:
        source = ict_facekit.load(directory)
    except (OSError, ValueError, KeyError) as error:
        raise ModelFileError(f"{directory} does not hold ICT-FaceKit Light: {error}") from None
    return Morphable(
        name="ict-facekit",
        mean=source.neutral,
        cm_per_unit=1.0,
        identity=source.identity[:identity_modes],
        expression=source.expression,
        expression_names=source.expression_names,
        triangles=source.triangles,
        landmarks=dict(enumerate(source.landmarks68.tolist())),
        source="ICT-FaceKit Light, copyright (c) 2020 USC Institute for Creative Technologies",
        licence="MIT",
        region=source.region,
    )


def load(arguments):
    modes = (arguments.identity_modes, arguments.expression_modes)
    if arguments.kind == "ict":
        return load_ict(arguments.input, arguments.identity_modes)
    if arguments.kind == "flame":
        return flame.load(arguments.input, arguments.landmarks, *modes)
    if arguments.kind == "sfm":
        return surrey.load(arguments.input, arguments.landmarks, *modes, arguments.blendshapes)
    return basel.load(arguments.input, arguments.landmarks, *modes, arguments.kind.removeprefix("bfm"))


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="kind", choices=KINDS, required=True, help="whose model it is")
    parser.add_argument("--input", type=pathlib.Path, required=True, help="its file, of ict the folder")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder to write the model to")
    parser.add_argument("--landmarks", type=pathlib.Path, help="68 landmarks as vertices (.txt) or as an embedding (.pkl, .npy)")
    parser.add_argument("--blendshapes", type=pathlib.Path, help="expressions that go with a Surrey model")
    parser.add_argument("--identity-modes", type=positive, default=80)
    parser.add_argument("--expression-modes", type=positive, default=25, help="of a model whose expressions have no names")
    parser.add_argument("--reference", type=pathlib.Path, default=ROOT / "models" / "face_model", help="the model that ships")
    arguments = parser.parse_args()
    try:
        for path in (arguments.landmarks, arguments.blendshapes):
            if path is not None and not path.is_file():
                raise ModelFileError(f"there is no file {path}")
        source = load(arguments)
        tensors = conform(source, face_model.load(arguments.reference))
    except ModelFileError as error:
        raise SystemExit(f"face_model.py: {error}") from None
    manifest = {
        "licence": source.licence,
        "source_data": source.source,
        "vertices": len(tensors["mean"]),
        "triangles": len(tensors["triangles"]),
        "identity_modes": len(tensors["identity"]),
        "expressions": len(source.expression_names),
        "landmarks_from_source": len(source.landmarks),
    }
    face_model.save(arguments.output, source.name, tensors, source.expression_names, manifest)
    print(f"{arguments.output}: {manifest['vertices']} vertices, {manifest['expressions']} expressions")


if __name__ == "__main__":
    main()
