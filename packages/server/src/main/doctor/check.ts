import type { DoctorEnvironment } from './environment.ts';

/** What came of a check. `skipped` is neither good nor bad: it was not tried, and why is said. */
export type CheckState = 'ok' | 'warn' | 'fail' | 'skipped';

/** Names of checks in the JSON report. They stay; a check that goes takes its name with it. */
export type CheckId =
  | 'node'
  | 'settings'
  | 'descriptors'
  | 'clock'
  | 'http-port'
  | 'media-udp'
  | 'media-tcp'
  | 'addresses'
  | 'public-ip'
  | 'tls'
  | 'secure-context'
  | 'origins'
  | 'server-keys'
  | 'turn'
  | 'outside-address'
  | 'upstream'
  | 'upstream-address'
  | 'upstream-connection'
  | 'upstream-session'
  | 'engine'
  | 'health'
  | 'readiness'
  | 'version'
  | 'cors'
  | 'websocket'
  | 'call-udp'
  | 'call-tcp';

/** What a check found. */
export interface Finding {
  readonly state: CheckState;
  /** What was seen, one line. */
  readonly seen: string;
  /** What to do, one sentence; there is one with every `warn` and `fail`. */
  readonly advice?: string;
  /** What was measured, by name with its unit. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** One thing that is looked at. It changes nothing and keeps nothing open. */
export interface Check {
  readonly id: CheckId;
  /** For people. Also the heading of its section in docs/guides/doctor.md. */
  readonly name: string;
  /** Which one of several, like the URL of a relay. */
  readonly subject?: string;
  /** Checks without which this one says nothing: it is skipped unless they were `ok` or `warn`. */
  readonly needs?: readonly CheckId[];
  /** Time it may take; then it has failed. */
  readonly limitMs: number;
  run(environment: DoctorEnvironment, signal: AbortSignal): Promise<Finding>;
}

type Figures = Readonly<Record<string, number>>;

export function ok(seen: string, figures?: Figures): Finding {
  return { state: 'ok', seen, ...(figures === undefined ? {} : { figures }) };
}

export function warn(seen: string, advice: string, figures?: Figures): Finding {
  return { state: 'warn', seen, advice, ...(figures === undefined ? {} : { figures }) };
}

export function fail(seen: string, advice: string, figures?: Figures): Finding {
  return { state: 'fail', seen, advice, ...(figures === undefined ? {} : { figures }) };
}

export function skipped(seen: string): Finding {
  return { state: 'skipped', seen };
}

/** A measured time for people. */
export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** Figures are kept to a tenth. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
