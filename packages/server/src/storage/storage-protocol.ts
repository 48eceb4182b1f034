import type { CallId } from '@prism/protocol';
import type { UsageQuery, UsageRecord } from '../runtime/ports/usage-store.ts';

/** What the storage thread is asked, each with a number that its answer repeats. */
export type StorageQuestion =
  | { readonly type: 'add'; readonly records: readonly UsageRecord[] }
  | { readonly type: 'totals'; readonly query: UsageQuery }
  | {
      readonly type: 'spentSince';
      readonly sinceMs: number;
      readonly scope: 'key' | 'user' | 'server';
    }
  | { readonly type: 'forgetBefore'; readonly beforeMs: number }
  | {
      readonly type: 'putHandover';
      readonly callId: CallId;
      readonly sealed: string;
      readonly expiresAtMs: number;
    }
  | { readonly type: 'findHandover'; readonly callId: CallId; readonly wallMs: number }
  | { readonly type: 'takeHandover'; readonly callId: CallId; readonly wallMs: number }
  | { readonly type: 'close' };

export interface StorageRequest {
  readonly id: number;
  readonly question: StorageQuestion;
}

export type StorageReply =
  | { readonly type: 'opened' }
  | { readonly type: 'not_opened'; readonly reason: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string };
