// Evaluates a TensorFlow.js graph with TensorFlow.js itself, on raw files.
//
// node evaluate_graph.mjs MODULES GRAPH.json INPUT OUTPUT_PREFIX N,H,W,C OUTPUT_NODE...
//   MODULES  folder whose node_modules holds @tensorflow/tfjs-{core,converter,backend-cpu}
//   INPUT    float32 values of the input in NHWC order
// Writes OUTPUT_PREFIX.0, OUTPUT_PREFIX.1, ... : float32 values of each output node.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

const [modules, graphFile, inputFile, outputPrefix, shapeText, ...outputNodes] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'package.json'));
const tf = require('@tensorflow/tfjs-core');
const {loadGraphModel} = require('@tensorflow/tfjs-converter');
require('@tensorflow/tfjs-backend-cpu');

const toArrayBuffer = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);

await tf.setBackend('cpu');
const graph = JSON.parse(fs.readFileSync(graphFile, 'utf8'));
const weightFiles = graph.weightsManifest.flatMap((group) => group.paths);
const model = await loadGraphModel({
  load: async () => ({
    modelTopology: graph.modelTopology,
    format: graph.format,
    weightSpecs: graph.weightsManifest.flatMap((group) => group.weights),
    weightData: toArrayBuffer(
        Buffer.concat(weightFiles.map((name) => fs.readFileSync(path.join(path.dirname(graphFile), name))))),
  }),
});
const values = new Float32Array(toArrayBuffer(fs.readFileSync(inputFile)));
const input = tf.tensor4d(values, shapeText.split(',').map(Number));
const outputs = model.execute(input, outputNodes);
for (const [index, output] of [outputs].flat().entries()) {
  fs.writeFileSync(`${outputPrefix}.${index}`, Buffer.from((await output.data()).buffer));
}
