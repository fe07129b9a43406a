// onnxruntime-node checks `instanceof Float32Array` against the realm that loaded it. Jest gives every test
// file a realm of its own, so the outer realm's typed arrays are handed in.
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    const shared = {
      Float32Array,
      Uint8Array,
      Int32Array,
      BigInt64Array,
      ArrayBuffer,
      Float64Array,
      Uint8ClampedArray,
    };
    Object.assign(this.global, shared);
  }
};
