import type { Clock, MonotonicMs, WallMs } from '@prism/core';
import { loadSettings } from '../../../config/load-settings.ts';
import type { Settings } from '../../../config/settings.ts';
import type { Check, Finding } from '../check.ts';
import type { Attempt, DoctorEnvironment, HttpAnswer } from '../environment.ts';

/** When it is on these clocks. */
export const WALL_MS = Date.UTC(2026, 10, 24);

/** A clock whose timers fire at once, with time moved on to them and `lateMs` more. */
export function steppingClock({ wallMs = WALL_MS, lateMs = 0, stepMs = 0 } = {}): Clock {
  let nowMs = 0;
  return {
    nowMs: () => nowMs as MonotonicMs,
    // Each step of monotonic time is one of the wall's, and a bit more if it is set meanwhile.
    wallMs: () => (wallMs + nowMs + (nowMs > 0 ? stepMs : 0)) as WallMs,
    setTimer: (atMs, fire) => {
      queueMicrotask(() => {
        nowMs = atMs + lateMs;
        fire();
      });
      return { cancel: () => undefined };
    },
  };
}

export function answered<Value>(value: Value): Attempt<Value> {
  return { isOk: true, value };
}

export function refused(code: string): { readonly isOk: false; readonly code: string } {
  return { isOk: false, code };
}

export function httpAnswer(answer: Partial<HttpAnswer>): Attempt<HttpAnswer> {
  return answered({ status: 200, headers: {}, body: '', tookMs: 4, ...answer });
}

/** A machine where all is well, but for what a test says otherwise. */
export function fakeEnvironment(differences: Partial<DoctorEnvironment> = {}): DoctorEnvironment {
  return {
    clock: steppingClock(),
    prismVersion: '0.1.0',
    nodeVersion: '20.20.2',
    readInterfaces: () => ({ eth0: [{ address: '93.184.215.14', internal: false }] }),
    isContainer: () => false,
    descriptorCountMax: () => 20_000,
    developmentTlsFolder: '/cache/prism/tls',
    readCertificate: () => refused('/none'),
    tryHttpPort: async () => answered(undefined),
    tryMediaUdp: async () => answered({ receiveBufferBytes: 8_388_608 }),
    tryMediaTcp: async () => answered(undefined),
    lookup: async () => answered(['192.0.2.10']),
    connect: async () => answered({ connectMs: 12, tlsMs: 25 }),
    request: async () => refused('ECONNREFUSED'),
    dialUpstream: async () => ({ acceptedMs: 80, sessionMs: 120, model: 'gpt-realtime' }),
    tryEngine: async () => ({ isOk: true, startMs: 900, sessionMs: 40 }),
    askRelay: async () => refused('silent'),
    call: async () => ({ status: 0, message: 'ECONNREFUSED' }),
    ...differences,
  };
}

/** What a check finds on a machine that is well but for these differences. */
export function find(check: Check, differences: Partial<DoctorEnvironment> = {}): Promise<Finding> {
  return check.run(fakeEnvironment(differences), new AbortController().signal);
}

export function settingsOf(env: Readonly<Record<string, string>> = {}): Settings {
  return loadSettings({ filePath: undefined, env, flags: {} }).settings;
}
