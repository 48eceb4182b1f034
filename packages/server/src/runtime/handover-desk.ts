import { boundedRecord, type Clock, type ConversationRecord } from '@prism/core';
import type { CallId, CallIds, SessionAccess } from '@prism/protocol';
import type { HandoverStore, TextSeal } from './ports/handover-store.ts';
import type { SessionRequest } from './session-request.ts';

/** How long a conversation waits for its client: much longer than a restart takes, much less than a secret lives. */
const HANDOVER_LIFE_MS = 120_000;
/** Characters of one conversation as JSON, before it is sealed. Beyond them its oldest parts are left out. */
const HANDOVER_CHARS_MAX = 512 * 1024;

/** A call as another process goes on with it. */
export interface HandedCall {
  readonly sessionId: CallIds['sessionId'];
  readonly request: SessionRequest;
  readonly isClientFiltered: boolean;
  readonly record: ConversationRecord;
}

export interface HandoverDeskParts {
  readonly clock: Clock;
  readonly store: HandoverStore;
  readonly seal: TextSeal;
  /** Told of what could not be kept or read. */
  readonly failed: (error: unknown) => void;
}

/** Where conversations are left by a process that ends, and fetched by the one that their client comes back to. */
export class HandoverDesk {
  readonly #parts: HandoverDeskParts;

  constructor(parts: HandoverDeskParts) {
    this.#parts = parts;
  }

  /** @returns Whether another process can fetch it now. */
  async keep(callId: CallId, call: HandedCall): Promise<boolean> {
    const { store, seal, clock, failed } = this.#parts;
    try {
      const record = boundedRecord(call.record, HANDOVER_CHARS_MAX);
      const sealed = await seal.seal(JSON.stringify({ ...call, record, callId }));
      await store.putHandover(callId, sealed, clock.wallMs() + HANDOVER_LIFE_MS);
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  }

  /** What is kept of a call for who asks; it stays until it is taken. */
  async find(callId: CallId, { tokenId }: SessionAccess): Promise<HandedCall | undefined> {
    const { store, seal, clock, failed } = this.#parts;
    try {
      const sealed = await store.findHandover(callId, clock.wallMs());
      const text = sealed === undefined ? undefined : await seal.open(sealed);
      if (text === undefined) return undefined;
      // Only a process with these keys can have written it.
      const call = JSON.parse(text) as HandedCall & { readonly callId: CallId };
      if (call.callId !== callId || call.record.version !== 1) return undefined;
      const isAllowed = tokenId === undefined || call.request.access.tokenId === tokenId;
      return isAllowed ? call : undefined;
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  /** @returns Whether it is this process that goes on with it. */
  async take(callId: CallId): Promise<boolean> {
    const { store, clock, failed } = this.#parts;
    try {
      return await store.takeHandover(callId, clock.wallMs());
    } catch (error) {
      failed(error);
      return false;
    }
  }
}
