import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { SRTP_PROFILES, type SrtpMasterKey, type SrtpProfile } from '@prism/protocol';

const SCRIPT_PATH = new URL('../../src/harness/libsrtp.py', import.meta.url).pathname;

/** The Python that Debian's modules are for, whatever else is on the path. */
const PYTHON_PATH = '/usr/bin/python3';

export interface LibsrtpRequest {
  readonly profile: SrtpProfile;
  readonly keys: SrtpMasterKey;
  readonly protect: readonly Uint8Array[];
  readonly open: readonly Uint8Array[];
}

/** Packets in hex; what libsrtp refuses is told in brackets. */
export interface LibsrtpAnswer {
  readonly protect: readonly string[];
  readonly open: readonly string[];
}

/** RTP and RTCP packets protected and opened by libsrtp, one after the other, in a process of its own. */
export async function askLibsrtp(request: LibsrtpRequest): Promise<LibsrtpAnswer> {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const child = spawn(PYTHON_PATH, [SCRIPT_PATH]);
  child.stdin.end(
    JSON.stringify({
      profile: SRTP_PROFILES[request.profile].id,
      key: hex(request.keys.key) + hex(request.keys.salt),
      protect: request.protect.map(hex),
      open: request.open.map(hex),
    }),
  );
  const [told, complaint] = await Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  if (complaint.length > 0) throw new Error(complaint.toString());
  return JSON.parse(told.toString()) as LibsrtpAnswer;
}
