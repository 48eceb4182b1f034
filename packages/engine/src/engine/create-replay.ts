import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { randomIdSource } from '../conversation/id-source.ts';
import { KeyRing } from '../door/access.ts';
import { ClientSecrets } from '../door/client-secrets.ts';
import type { Clock } from '../door/clock.ts';
import { RealtimeDoor } from '../door/realtime-door.ts';
import { ReplayRunner } from '../recording/replay-runner.ts';
import { readTape, type Tape } from '../recording/tape.ts';
import { invalidRequest } from '../wire/wire-error.ts';
import { systemClock } from './system-clock.ts';

/** A tape that can't be replayed. The message names the file, the line and what is wrong. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
}

export interface ReplayOptions {
  /** The tape's file. */
  readonly tapePath: string;
  /** `127.0.0.1` by default. */
  readonly host?: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** 1, the default, keeps the recorded delays; 2 halves them; `Infinity` answers at once. */
  readonly paceRatio?: number;
  readonly sessionCountMax?: number;
  readonly clock?: Clock;
}

/** A server that says what a recorded one said. */
export interface Replay {
  /** The base URL as official clients take it, `http://127.0.0.1:…/v1`. */
  readonly url: string;
  readonly port: number;
  /** Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_SESSION_COUNT_MAX = 64;

/** Serves a tape over WebSocket, the same to every client. Throws {@link TapeError} if it is none. */
export async function createReplay(options: ReplayOptions): Promise<Replay> {
  const tape = loadTape(options.tapePath);
  const clock = options.clock ?? systemClock;
  const ids = randomIdSource(randomBytes);
  const secrets = new ClientSecrets(() => `ek_${randomBytes(24).toString('hex')}`);
  const host = options.host ?? '127.0.0.1';
  const door = new RealtimeDoor({
    host,
    port: options.port ?? 0,
    sessionCountMax: options.sessionCountMax ?? DEFAULT_SESSION_COUNT_MAX,
    allowedOrigins: [],
    keys: new KeyRing({ apiKeys: [], secrets, wallMs: () => clock.wallMs() }),
    secrets: {
      mint: () => ({
        ok: false,
        error: invalidRequest('unsupported', 'A replayed tape mints no keys.'),
      }),
    },
    openSession: ({ socket }) =>
      new ReplayRunner({ tape, socket, clock, paceRatio: options.paceRatio ?? 1 }),
    newEventId: () => ids.next('event'),
  });
  const { port } = await door.listen();
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/v1`,
    port,
    close: () => {
      closing ??= door.close();
      return closing;
    },
  };
}

function loadTape(path: string): Tape {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TapeError(`The tape can't be read: ${reason}`, { cause });
  }
  const read = readTape(text);
  if (read.ok) return read.tape;
  throw new TapeError(`${path} is not a tape: line ${read.line}: ${read.message}`);
}
