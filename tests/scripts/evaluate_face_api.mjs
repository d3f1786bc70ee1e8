// Evaluates the face recognition network of face-api with face-api itself, on raw files.
//
// node evaluate_face_api.mjs PACKAGE INPUT OUTPUT N,H,W,C
//   PACKAGE  the unpacked npm package @vladmandic/face-api
//   INPUT    float32 pictures in NHWC order, RGB in 0..255
// Writes the N embeddings to OUTPUT as float32.
import fs from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const [packageFolder, inputFile, outputFile, shapeText] = process.argv.slice(2);
const toArrayBuffer = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);

// The bundle is made for browsers: hide Node from it, then give it the few things it asks a browser for.
Object.defineProperty(process, 'versions', {value: {}});
const {env, tf, FaceRecognitionNet} = await import(pathToFileURL(path.join(packageFolder, 'dist/face-api.esm.js')));
class NoMedia {}
env.setEnv({Canvas: NoMedia, Image: NoMedia, ImageData: NoMedia, Video: NoMedia});
tf.env().setPlatform('node-without-browser', {now: () => performance.now(), isTypedArray: ArrayBuffer.isView});
await tf.setBackend('cpu');

const model = path.join(packageFolder, 'model');
const description = fs.readFileSync(path.join(model, 'face_recognition_model-weights_manifest.json'), 'utf8');
const weights = fs.readFileSync(path.join(model, 'face_recognition_model.bin'));
const network = new FaceRecognitionNet();
network.loadFromWeightMap(
    tf.io.decodeWeights(toArrayBuffer(weights), JSON.parse(description).flatMap((group) => group.weights)));

const values = new Float32Array(toArrayBuffer(fs.readFileSync(inputFile)));
const pictures = tf.unstack(tf.tensor4d(values, shapeText.split(',').map(Number)));
const embeddings = await network.forward(pictures);
fs.writeFileSync(outputFile, Buffer.from((await embeddings.data()).buffer));
