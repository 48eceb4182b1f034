/** The part of the WebAssembly JavaScript interface (W3C) that the codec uses; Node has it, its types don't. */
declare namespace WebAssembly {
  type Exports = Record<string, unknown>;
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(descriptor: { readonly initial: number });
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(
      module: Module,
      imports: Record<string, Record<string, (...args: number[]) => unknown>>,
    );
    readonly exports: Exports;
  }
}
