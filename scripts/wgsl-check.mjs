// Compiles all kernels with Dawn, Chrome's WebGPU (npm package `webgpu`): an independent WGSL front end.
//
//   node scripts/wgsl-check.mjs PACKAGE KERNELS
//
// PACKAGE is the folder of `webgpu`, KERNELS the one that tests/numerics/translate.rs writes. Prints one line per kernel
// that does not compile, and how many do. Exit codes: 0 all compile, 1 some do not, 3 Dawn is unavailable here.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [home, folder] = process.argv.slice(2);

// The null backend compiles but runs nothing, so it needs no driver.
async function open() {
  try {
    const { create, globals } = await import(pathToFileURL(path.join(home, 'index.js')));
    Object.assign(globalThis, globals);
    globalThis.dawn = create(['backend=null']); // must outlive its devices
    const adapter = await globalThis.dawn.requestAdapter();
    return await adapter.requestDevice({ requiredFeatures: ['subgroups'] });
  } catch (error) {
    console.error(`wgsl-check: Dawn does not start: ${error.message}`);
    process.exit(3);
  }
}

const device = await open();

// Returns Dawn's errors for a text.
async function complaints(text) {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code: text });
  const { messages } = await module.getCompilationInfo();
  const scope = await device.popErrorScope();
  const errors = messages.filter((message) => message.type === 'error');
  return scope && !errors.length ? [{ lineNum: 0, linePos: 0, message: scope.message }] : errors;
}

const read = (file) => fs.readFileSync(path.join(folder, file), 'utf8');
const index = JSON.parse(read('kernels.json'));
let failed = 0;
for (const { file, kernel, from } of index.kernels) {
  const text = read(file);
  const errors = await complaints(text);
  failed += errors.length > 0;
  for (const { lineNum, linePos, message } of errors.slice(0, 3)) {
    const line = text.split('\n')[lineNum - 1]?.trim() ?? '';
    console.log(`${path.join(folder, file)}:${lineNum}:${linePos}: ${message}: ${line} (${kernel} of ${from})`);
  }
}
for (const { name, reason } of index.extensions) {
  const users = index.kernels.filter((entry) => entry.extensions.includes(name)).length;
  console.log(`beyond the standard, in ${users} texts: ${name}: ${reason}`);
}
const planted = await complaints(read(index.planted.after) + index.planted.text);
if (!planted.length) {
  console.log(`${index.planted.text.trim()}: Dawn takes what the standard forbids, so this check would see nothing`);
}
const count = index.kernels.length;
console.log(`wgsl-check: ${count - failed} of ${count} texts compile, which ${index.dispatched} kernels have; ` +
  `the planted fault is ${planted.length ? `refused: ${planted[0].message}` : 'taken'}`);
process.exit(failed || !planted.length || !count ? 1 : 0);
