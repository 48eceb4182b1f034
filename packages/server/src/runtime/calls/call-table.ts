import type { Clock, SessionInput } from '@prism/core';
import { type CallId, type CloseReason, parseCallId, type SessionAccess } from '@prism/protocol';
import type { SessionFacts } from '../ports/session-store.ts';
import type { SessionRunner } from '../session-runner.ts';
import type { SessionMoment } from '../sessions/session-document.ts';

export interface LiveCall {
  readonly runner: SessionRunner;
  readonly access: SessionAccess;
  readonly facts: SessionFacts;
}

/** Why a session is over, and what it had counted by then. */
export interface CallEnd {
  readonly reason: CloseReason;
  readonly counters: object;
}

/** The live calls of a process. Whoever adds one has asked whether there is a place. */
export class CallTable {
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #calls = new Map<CallId, LiveCall>();
  #onGone: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'wallMs'>) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#calls.size;
  }

  add(callId: CallId, call: LiveCall): void {
    this.#calls.set(callId, call);
  }

  remove(callId: CallId): void {
    this.#calls.delete(callId);
    this.#onGone?.();
  }

  /** A client secret controls the calls that were made with it; every other key controls all of them. */
  find(callId: CallId, { tokenId }: SessionAccess): SessionRunner | undefined {
    const call = this.#calls.get(callId);
    return tokenId === undefined || call?.access.tokenId === tokenId ? call?.runner : undefined;
  }

  moments(): readonly SessionMoment[] {
    return [...this.#calls.values()].map((call) => this.momentOf(call));
  }

  moment(id: string): SessionMoment | undefined {
    const callId = parseCallId(id);
    const call = callId === undefined ? undefined : this.#calls.get(callId);
    return call && this.momentOf(call);
  }

  momentOf({ facts, runner }: Pick<LiveCall, 'facts' | 'runner'>, end?: CallEnd): SessionMoment {
    return {
      facts,
      timeline: runner.timeline,
      counters: end?.counters ?? runner.describe(),
      atMs: this.#clock.wallMs(),
      reason: end?.reason,
    };
  }

  /** Tells all of them. */
  post(input: SessionInput): void {
    for (const { runner } of this.#calls.values()) runner.post(input);
  }

  /** Resolves when the last is gone; `gone` is told whenever one has gone. One waits at a time. */
  async untilEmpty(gone: () => void): Promise<void> {
    while (this.#calls.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onGone = resolve;
      });
      gone();
    }
  }
}
