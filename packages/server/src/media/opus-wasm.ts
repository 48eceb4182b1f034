import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** libopus' own functions, as the WebAssembly module exports them. Pointers are byte offsets into its memory. */
interface OpusExports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(sizeBytes: number): number;
  free(pointer: number): void;
  opus_decoder_get_size(channelCount: number): number;
  opus_decoder_init(state: number, rateHz: number, channelCount: number): number;
  opus_decode(
    state: number,
    data: number,
    dataBytes: number,
    pcm: number,
    frameSamples: number,
    isFec: number,
  ): number;
  opus_encoder_get_size(channelCount: number): number;
  opus_encoder_init(
    state: number,
    rateHz: number,
    channelCount: number,
    application: number,
  ): number;
  opus_encode(
    state: number,
    pcm: number,
    frameSamples: number,
    data: number,
    dataBytesMax: number,
  ): number;
  opus_encoder_ctl_set(state: number, request: number, value: number): number;
}

/**
 * One instance of libopus in WebAssembly, shared by all codecs of the process.
 *
 * libopus runs without threads or IO, so that the imports the module declares are never needed: they throw.
 */
export class OpusWasm {
  readonly exports: OpusExports;
  #memory = new Uint8Array(0);

  constructor(exports: OpusExports) {
    this.exports = exports;
  }

  /** Loads the module that ships inside `@evan/opus`: SIMD where the engine has it. Throws if neither loads. */
  static load(): OpusWasm {
    const require = createRequire(import.meta.url);
    const unavailable = (): never => {
      throw new Error('libopus called a function that needs an operating system.');
    };
    const imports = {
      env: { emscripten_notify_memory_growth: () => undefined },
      wasi_snapshot_preview1: {
        proc_exit: unavailable,
        fd_close: unavailable,
        fd_write: unavailable,
        fd_seek: unavailable,
      },
    };
    const bytes = readFileSync(require.resolve('@evan/opus/wasm/simd.wasm'));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
    const exports = instance.exports;
    if (!isOpusExports(exports)) throw new Error("@evan/opus' module doesn't export libopus.");
    exports._initialize();
    return new OpusWasm(exports);
  }

  /** Reserves `sizeBytes`; throws when the memory is full. */
  allocate(sizeBytes: number): number {
    const pointer = this.exports.malloc(sizeBytes);
    if (pointer === 0) throw new Error(`libopus has no room for ${sizeBytes} bytes.`);
    return pointer;
  }

  /** A view on the module's memory. It is stale after the next allocation, which may grow the memory. */
  bytes(pointer: number, sizeBytes: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, pointer, sizeBytes);
  }

  /** Copies `bytes` into the module's memory, without a view for each call. */
  write(pointer: number, bytes: Uint8Array): void {
    const { buffer } = this.exports.memory;
    if (this.#memory.buffer !== buffer) this.#memory = new Uint8Array(buffer);
    this.#memory.set(bytes, pointer);
  }

  samples(pointer: number, count: number): Int16Array {
    return new Int16Array(this.exports.memory.buffer, pointer, count);
  }
}

function isOpusExports(exports: WebAssembly.Exports): exports is WebAssembly.Exports & OpusExports {
  const names = [
    '_initialize',
    'malloc',
    'free',
    'opus_decode',
    'opus_encode',
    'opus_encoder_ctl_set',
  ];
  return (
    exports['memory'] instanceof WebAssembly.Memory &&
    names.every((name) => typeof exports[name] === 'function')
  );
}
