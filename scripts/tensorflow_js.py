"""Evaluates graphs with TensorFlow.js itself, which npm installs into .cache/."""

import subprocess
from pathlib import Path

import numpy as np

TENSORFLOW_JS = [f"@tensorflow/tfjs-{part}@4.22.0" for part in ("core", "converter", "backend-cpu")]


def install_tensorflow_js(folder):
    if not (folder / "node_modules" / "@tensorflow" / "tfjs-backend-cpu").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        subprocess.run(command + TENSORFLOW_JS, check=True, stdout=subprocess.DEVNULL)


def evaluate_original(modules, graph, output_nodes, inputs, scratch):
    """Outputs of a graph for `inputs` [N,3,height,width], each [N, values].

    `modules` is the folder given to install_tensorflow_js(), `scratch` one for files that are not needed afterwards.
    """
    nhwc = np.ascontiguousarray(inputs.transpose(0, 2, 3, 1))
    (scratch / "input").write_bytes(nhwc.tobytes())
    shape = ",".join(map(str, nhwc.shape))
    script = Path(__file__).with_name("evaluate_graph.mjs")
    command = ["node", script, modules, graph, scratch / "input", scratch / "output", shape]
    subprocess.run([str(word) for word in command] + output_nodes, check=True)
    return [
        np.frombuffer((scratch / f"output.{index}").read_bytes(), np.float32).reshape(len(inputs), -1)
        for index in range(len(output_nodes))
    ]
