/**
 * Just enough of WASI (snapshot preview 1) to run one command-line program in memory: arguments in, one output file
 * and its standard output out. The program reaches no file system, no clock, no environment and no randomness.
 */

/** What the program gets and how much it may write. */
export interface MemoryWasiOptions {
  /** Name of the one file that may be written, in the directory `/o`. */
  readonly outputName: string;
  /** Writing more than this fails with EFBIG. */
  readonly maxOutputBytes: number;
  /** Standard output and error beyond this are counted as written and forgotten. */
  readonly maxConsoleBytes: number;
}

/** A WebAssembly memory, whose buffer is replaced whenever it grows. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

/** The program left by `proc_exit`. */
export class WasiExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`the program exited with code ${code}`);
    this.name = 'WasiExit';
    this.code = code;
  }
}

const ERRNO = {
  success: 0,
  badf: 8,
  fbig: 22,
  inval: 28,
  noent: 44,
  nospc: 51,
  spipe: 70,
} as const;
const FILE_TYPE = { character: 2, directory: 3, regular: 4 } as const;
const OPEN_TRUNCATE = 8;
const DIRECTORY_NAME = '/o';
const DIRECTORY_FD = 3;
const FIRST_FILE_FD = 4;
/** flite opens one file at a time. */
const MAX_OPEN_FILES = 8;

const encoder = new TextEncoder();

/** An append-and-patch byte buffer that grows to a limit. */
class GrowingBytes {
  bytes = new Uint8Array(1 << 16);
  sizeBytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns False, and nothing written, if the limit would be passed. */
  write(offset: number, source: Uint8Array): boolean {
    const end = offset + source.length;
    if (end > this.#maxBytes) return false;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(end, this.bytes.length * 2)));
      grown.set(this.bytes.subarray(0, this.sizeBytes));
      this.bytes = grown;
    }
    this.bytes.set(source, offset);
    this.sizeBytes = Math.max(this.sizeBytes, end);
    return true;
  }
}

type IoVectors = [vectors: number, vectorCount: number, resultPointer: number];
type SeekTarget = [offset: bigint, whence: number, resultPointer: number];
type OpenRequest = [
  directoryFd: number,
  lookupFlags: number,
  pathPointer: number,
  pathSizeBytes: number,
  openFlags: number,
  rights: bigint,
  inheritedRights: bigint,
  fdFlags: number,
  resultPointer: number,
];

/** One run's world: its imports, and what it wrote. */
export class MemoryWasi {
  readonly #options: MemoryWasiOptions;
  #args: readonly Uint8Array[] = [];
  readonly #file: GrowingBytes;
  readonly #console: GrowingBytes;
  readonly #positions = new Map<number, number>();
  #nextFd = FIRST_FILE_FD;
  #memory: LinearMemory | undefined;

  constructor(options: MemoryWasiOptions) {
    this.#options = options;
    this.#file = new GrowingBytes(options.maxOutputBytes);
    this.#console = new GrowingBytes(options.maxConsoleBytes);
  }

  /**
   * Must be called before the instance's first call.
   *
   * @param memory - The instance's.
   * @param args - The program's arguments; the first is its name.
   */
  attach(memory: LinearMemory, args: readonly string[]): void {
    this.#memory = memory;
    // An argument can't hold a zero byte.
    this.#args = args.map((arg) => encoder.encode(`${arg.replaceAll('\0', ' ')}\0`));
  }

  /** The output file as written so far. */
  get output(): Uint8Array {
    return this.#file.bytes.subarray(0, this.#file.sizeBytes);
  }

  /** Standard output and error, in the order of writing. */
  get consoleText(): string {
    return new TextDecoder().decode(this.#console.bytes.subarray(0, this.#console.sizeBytes));
  }

  /** The import object's `wasi_snapshot_preview1`. */
  get imports(): Readonly<Record<string, (...args: never[]) => number>> {
    return {
      args_sizes_get: (countPointer: number, sizePointer: number) => {
        this.#setUint32(countPointer, this.#args.length);
        this.#setUint32(
          sizePointer,
          this.#args.reduce((sum, arg) => sum + arg.length, 0),
        );
        return ERRNO.success;
      },
      args_get: (pointersPointer: number, bufferPointer: number) => {
        let position = bufferPointer >>> 0;
        for (const [index, arg] of this.#args.entries()) {
          this.#setUint32(pointersPointer + index * 4, position);
          this.#bytes(position, arg.length).set(arg);
          position += arg.length;
        }
        return ERRNO.success;
      },
      clock_time_get: (_id: number, _precision: bigint, resultPointer: number) => {
        this.#view().setBigUint64(resultPointer >>> 0, 0n, true);
        return ERRNO.success;
      },
      fd_close: (fd: number) => {
        if (fd >= FIRST_FILE_FD) return this.#positions.delete(fd) ? ERRNO.success : ERRNO.badf;
        return fd >= 0 ? ERRNO.success : ERRNO.badf;
      },
      fd_fdstat_get: (fd: number, resultPointer: number) => this.#describe(fd, resultPointer >>> 0),
      fd_fdstat_set_flags: () => ERRNO.success,
      fd_prestat_get: (fd: number, resultPointer: number) => {
        if (fd !== DIRECTORY_FD) return ERRNO.badf;
        this.#setUint32(resultPointer, 0);
        this.#setUint32(resultPointer + 4, DIRECTORY_NAME.length);
        return ERRNO.success;
      },
      fd_prestat_dir_name: (fd: number, pathPointer: number, sizeBytes: number) => {
        if (fd !== DIRECTORY_FD) return ERRNO.badf;
        if (sizeBytes < DIRECTORY_NAME.length) return ERRNO.inval;
        this.#bytes(pathPointer, DIRECTORY_NAME.length).set(encoder.encode(DIRECTORY_NAME));
        return ERRNO.success;
      },
      fd_read: (fd: number, ...io: IoVectors) => this.#read(fd, io),
      fd_seek: (fd: number, ...to: SeekTarget) => this.#seek(fd, to),
      fd_write: (fd: number, ...io: IoVectors) => this.#write(fd, io),
      path_open: (...request: OpenRequest) => this.#open(request),
      proc_exit: (code: number) => {
        throw new WasiExit(code);
      },
    };
  }

  #view(): DataView {
    if (this.#memory === undefined) throw new Error('no memory is attached');
    return new DataView(this.#memory.buffer);
  }

  #bytes(pointer: number, sizeBytes: number): Uint8Array {
    if (this.#memory === undefined) throw new Error('no memory is attached');
    return new Uint8Array(this.#memory.buffer, pointer >>> 0, sizeBytes >>> 0);
  }

  #setUint32(pointer: number, value: number): void {
    this.#view().setUint32(pointer >>> 0, value, true);
  }

  /** fdstat: type, flags, base and inheriting rights (all granted: there is nothing to reach). */
  #describe(fd: number, pointer: number): number {
    if (fd < 0 || (fd >= FIRST_FILE_FD && !this.#positions.has(fd))) return ERRNO.badf;
    const view = this.#view();
    const type =
      fd < DIRECTORY_FD
        ? FILE_TYPE.character
        : fd === DIRECTORY_FD
          ? FILE_TYPE.directory
          : FILE_TYPE.regular;
    view.setUint8(pointer, type);
    view.setUint8(pointer + 1, 0);
    view.setUint16(pointer + 2, 0, true);
    view.setUint32(pointer + 4, 0, true);
    view.setBigUint64(pointer + 8, 0xffff_ffff_ffff_ffffn, true);
    view.setBigUint64(pointer + 16, 0xffff_ffff_ffff_ffffn, true);
    return ERRNO.success;
  }

  #open(request: OpenRequest): number {
    const [, , pathPointer, pathSizeBytes, openFlags, , , , resultPointer] = request;
    const path = this.#bytes(pathPointer, pathSizeBytes);
    if (new TextDecoder().decode(path) !== this.#options.outputName) return ERRNO.noent;
    if (this.#positions.size >= MAX_OPEN_FILES) return ERRNO.nospc;
    if (openFlags & OPEN_TRUNCATE) this.#file.sizeBytes = 0;
    const fd = this.#nextFd++;
    this.#positions.set(fd, 0);
    this.#setUint32(resultPointer, fd);
    return ERRNO.success;
  }

  #seek(fd: number, [offset, whence, resultPointer]: SeekTarget): number {
    if (fd >= 0 && fd < DIRECTORY_FD) return ERRNO.spipe;
    const position = this.#positions.get(fd);
    if (position === undefined) return ERRNO.badf;
    const base = whence === 0 ? 0 : whence === 1 ? position : this.#file.sizeBytes;
    const target = base + Number(offset);
    if (whence < 0 || whence > 2 || target < 0) return ERRNO.inval;
    this.#positions.set(fd, target);
    this.#view().setBigUint64(resultPointer >>> 0, BigInt(target), true);
    return ERRNO.success;
  }

  #read(fd: number, io: IoVectors): number {
    const position = this.#positions.get(fd);
    // Standard input is at its end.
    if (position === undefined && fd !== 0) return ERRNO.badf;
    let offset = position ?? 0;
    let readBytes = 0;
    if (position !== undefined) {
      for (const target of this.#vectors(io)) {
        const source = this.output.subarray(offset, offset + target.length);
        target.set(source);
        offset += source.length;
        readBytes += source.length;
      }
      this.#positions.set(fd, offset);
    }
    this.#setUint32(io[2], readBytes);
    return ERRNO.success;
  }

  #write(fd: number, io: IoVectors): number {
    const position = this.#positions.get(fd);
    if (position === undefined && fd !== 1 && fd !== 2) return ERRNO.badf;
    let writtenBytes = 0;
    for (const source of this.#vectors(io)) {
      if (position === undefined) {
        // What doesn't fit is forgotten: the program must not fail because it talks a lot.
        this.#console.write(this.#console.sizeBytes, source);
      } else if (!this.#file.write(position + writtenBytes, source)) {
        return ERRNO.fbig;
      }
      writtenBytes += source.length;
    }
    if (position !== undefined) this.#positions.set(fd, position + writtenBytes);
    this.#setUint32(io[2], writtenBytes);
    return ERRNO.success;
  }

  *#vectors([vectors, vectorCount]: IoVectors): Generator<Uint8Array> {
    for (let i = 0; i < vectorCount; i++) {
      const view = this.#view();
      const entry = (vectors >>> 0) + i * 8;
      yield this.#bytes(view.getUint32(entry, true), view.getUint32(entry + 4, true));
    }
  }
}
