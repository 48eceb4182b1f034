import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryWasi, WasiExit } from './memory-wasi.ts';

const ERRNO_BADF = 8;
const ERRNO_FBIG = 22;
const ERRNO_INVAL = 28;
const ERRNO_NOENT = 44;
const ERRNO_SPIPE = 70;

/** A fake program's memory, with the shim's calls by name. */
class Program {
  readonly wasi: MemoryWasi;
  readonly #buffer = new ArrayBuffer(65_536);
  readonly view = new DataView(this.#buffer);

  constructor(args: readonly string[] = ['flite'], maxOutputBytes = 1_000) {
    this.wasi = new MemoryWasi({ outputName: 'o.wav', maxOutputBytes, maxConsoleBytes: 10 });
    this.wasi.attach({ buffer: this.#buffer }, args);
  }

  call(name: string, ...args: readonly (number | bigint)[]): number {
    const imported: ((...args: never[]) => number) | undefined = this.wasi.imports[name];
    assert.ok(imported, name);
    const result: unknown = Reflect.apply(imported, undefined, args);
    return Number(result);
  }

  text(pointer: number, sizeBytes: number): string {
    return new TextDecoder().decode(new Uint8Array(this.#buffer, pointer, sizeBytes));
  }

  put(pointer: number, text: string): number {
    const bytes = new TextEncoder().encode(text);
    new Uint8Array(this.#buffer).set(bytes, pointer);
    return bytes.length;
  }

  open(name = 'o.wav', flags = 0): { readonly errno: number; readonly fd: number } {
    const sizeBytes = this.put(100, name);
    const errno = this.call('path_open', 3, 0, 100, sizeBytes, flags, 0n, 0n, 0, 200);
    return { errno, fd: this.view.getUint32(200, true) };
  }

  write(fd: number, text: string): number {
    const sizeBytes = this.put(1_000, text);
    const half = Math.floor(sizeBytes / 2);
    this.view.setUint32(300, 1_000, true);
    this.view.setUint32(304, half, true);
    this.view.setUint32(308, 1_000 + half, true);
    this.view.setUint32(312, sizeBytes - half, true);
    return this.call('fd_write', fd, 300, 2, 400);
  }
}

test('[VOX5] the program gets its arguments, zero-terminated, and none of them can hold a zero', () => {
  const program = new Program(['flite', '-t', 'a\0b']);
  program.call('args_sizes_get', 0, 4);
  assert.equal(program.view.getUint32(0, true), 3);
  const sizeBytes = program.view.getUint32(4, true);
  program.call('args_get', 16, 64);
  assert.equal(program.text(64, sizeBytes), 'flite\0-t\0a b\0');
  assert.equal(program.view.getUint32(24, true), 64 + 'flite\0-t\0'.length);
});

test('[VOX5] only the one output file can be opened', () => {
  const program = new Program();
  assert.equal(program.open('../etc/passwd').errno, ERRNO_NOENT);
  assert.equal(program.open('').errno, ERRNO_NOENT);
  assert.equal(program.open().errno, 0);
});

test('[VOX5] a written header can be patched, read back and truncated', () => {
  const program = new Program();
  const { fd } = program.open();
  assert.equal(program.write(fd, 'RIFF....data'), 0);
  assert.equal(program.view.getUint32(400, true), 12);
  assert.equal(program.call('fd_seek', fd, 4n, 0, 400), 0);
  assert.equal(program.write(fd, 'SIZE'), 0);
  assert.equal(new TextDecoder().decode(program.wasi.output), 'RIFFSIZEdata');
  assert.equal(program.call('fd_seek', fd, -4n, 2, 400), 0);
  assert.equal(program.view.getBigUint64(400, true), 8n);
  program.view.setUint32(300, 2_000, true);
  program.view.setUint32(304, 100, true);
  assert.equal(program.call('fd_read', fd, 300, 1, 400), 0);
  assert.equal(program.text(2_000, program.view.getUint32(400, true)), 'data');
  program.open('o.wav', 8);
  assert.equal(program.wasi.output.length, 0);
});

test('[VOX5] a file that grows beyond the limit is refused, and keeps what it had', () => {
  const program = new Program(['flite'], 16);
  const { fd } = program.open();
  assert.equal(program.write(fd, '0123456789'), 0);
  assert.equal(program.write(fd, '0123456789'), ERRNO_FBIG);
  assert.ok(program.wasi.output.length <= 16);
});

test('[VOX5] console output beyond the limit is swallowed without an error', () => {
  const program = new Program();
  assert.equal(program.write(1, '12345678'), 0);
  assert.equal(program.write(2, 'abcdefgh'), 0);
  assert.equal(program.view.getUint32(400, true), 8);
  assert.ok(program.wasi.consoleText.length <= 10);
});

test('[VOX5] unknown descriptors and impossible seeks are refused', () => {
  const program = new Program();
  const { fd } = program.open();
  assert.equal(program.call('fd_seek', 1, 0n, 0, 400), ERRNO_SPIPE);
  assert.equal(program.call('fd_seek', 99, 0n, 0, 400), ERRNO_BADF);
  assert.equal(program.call('fd_seek', fd, -1n, 0, 400), ERRNO_INVAL);
  assert.equal(program.call('fd_seek', fd, 0n, 3, 400), ERRNO_INVAL);
  assert.equal(program.write(99, 'x'), ERRNO_BADF);
  assert.equal(program.call('fd_close', fd), 0);
  assert.equal(program.call('fd_close', fd), ERRNO_BADF);
  assert.equal(program.write(fd, 'x'), ERRNO_BADF);
  assert.equal(program.call('fd_prestat_get', 4, 0), ERRNO_BADF);
  assert.equal(program.call('fd_fdstat_get', 99, 0), ERRNO_BADF);
});

test('[VOX5] leaving the program carries its exit code, and its clock stands still', () => {
  const program = new Program();
  assert.throws(
    () => program.call('proc_exit', 3),
    (error) => error instanceof WasiExit && error.code === 3,
  );
  program.view.setBigUint64(400, 7n, true);
  assert.equal(program.call('clock_time_get', 0, 1n, 400), 0);
  assert.equal(program.view.getBigUint64(400, true), 0n);
});
