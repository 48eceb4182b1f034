import type { MonotonicMs } from '@prism/core';
import type { PeerListener } from '../runtime/ports/peer.ts';
import type { SendOutcome } from '../runtime/ports/controller.ts';
export type SctpEffect = { readonly type: 'packet'; readonly bytes: Uint8Array };
export type SctpInput = { readonly type: string; readonly bytes?: Uint8Array };
export class EventChannel {
  deadlineMs: MonotonicMs | undefined;
  rttMs: number | undefined;
  constructor(_: { sctpPort: number; messageBytesMax: number; isDtlsClient: boolean; randomUint32: () => number; dataChannelId: number | undefined; listener: PeerListener }) {}
  sending(_: string): SendOutcome | SctpInput { return 'unsent'; }
  handle(_: SctpInput, __: MonotonicMs): readonly SctpEffect[] { return []; }
}
