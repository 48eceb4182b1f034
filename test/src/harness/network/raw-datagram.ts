import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const SCRIPT_PATH = new URL('../../../src/harness/network/raw-datagram.py', import.meta.url)
  .pathname;
/** The Python that Debian's modules are for, whatever else is on the path. */
const PYTHON_PATH = '/usr/bin/python3';
const execute = promisify(execFile);

/** Why no raw datagrams can be sent here; undefined if they can. */
export function problemWithRawDatagrams(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'raw sockets need root';
}

/** One datagram to a port of 127.0.0.1 from the port 0, which no socket of Node's can have. */
export async function sendFromPortZero(port: number, bytes: Uint8Array): Promise<void> {
  await execute(PYTHON_PATH, [SCRIPT_PATH, `${port}`, Buffer.from(bytes).toString('hex')]);
}
