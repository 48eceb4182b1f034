import type { AccountNote, WorkerRoom } from '@prism/core';
import type { CountedRate, RateVerdict } from '../auth/rate-limits.ts';
import type { ServerCapacity } from '../runtime/ports/server-capacity.ts';

/** What a worker is told first: its place among the others, and what all of them have in common. */
export interface SeatFacts {
  /** From 0. */
  readonly index: number;
  readonly workerCount: number;
  /** Private folder with the sockets on which the workers talk to one another. */
  readonly folderPath: string;
  /** The server key that was made because none was set. */
  readonly generatedApiKey: string | undefined;
  /** What client secrets are encrypted with where the settings name no key. */
  readonly tokenKeyText: string;
}

/** What a worker tells of itself, several times a second. */
export interface WorkerStatus
  extends WorkerRoom,
    Pick<ServerCapacity, 'isDraining' | 'load' | 'parts' | 'reasons'> {
  readonly liveCount: number;
  /** Sessions that it takes at most. */
  readonly placeMax: number;
  readonly notReadyBecause: readonly string[];
  readonly warnings: readonly string[];
}

/** What a worker says of its server once it is ready, for the banner. */
export interface ReadyFacts {
  readonly version: string;
  readonly url: string;
  readonly upstream: string;
  readonly selfSignedCertificatePath: string | undefined;
}

/** What one worker lets the others know, so that what is limited is limited once. */
export type SharedNote =
  /** How many sessions a key, user or address has in this worker. */
  | {
      readonly type: 'places';
      readonly counter: string;
      readonly subject: string;
      readonly count: number;
    }
  /** What a session spends and holds of budgets. */
  | { readonly type: 'account'; readonly account: AccountNote };

export type ToWorker =
  | { readonly type: 'seat'; readonly seat: SeatFacts }
  /** Comes with the socket. */
  | { readonly type: 'connection' }
  | { readonly type: 'status'; readonly from: number; readonly status: WorkerStatus | undefined }
  | { readonly type: 'note'; readonly from: number; readonly note: SharedNote }
  | { readonly type: 'rate'; readonly id: number; readonly verdict: RateVerdict }
  | { readonly type: 'reload_keys' }
  | { readonly type: 'drain' };

export type ToSupervisor =
  | { readonly type: 'ready'; readonly facts: ReadyFacts }
  /** Without a status it is about to end, and takes no more connections. */
  | { readonly type: 'status'; readonly status: WorkerStatus | undefined }
  | { readonly type: 'note'; readonly note: SharedNote }
  | {
      readonly type: 'rate';
      readonly id: number;
      readonly action: 'count' | 'look';
      readonly rate: CountedRate;
      readonly subject: string;
    };
