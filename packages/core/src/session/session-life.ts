import { CLOSE_REASONS, type CloseReason, type PrismErrorInfo } from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import { type LifecycleState, nextLifecycleState } from './lifecycle.ts';
import type { Outbox } from './outbox.ts';
import type { OwnDeadlineReason, SessionOptions, UpstreamClose } from './session-contract.ts';

/** How long a client that can be told has to read the last events before its media is closed. */
const LINGER_MS = 1_000;

/** Ends for which the client needs no telling: it has gone, or has asked for them. */
const CLIENT_ENDS: ReadonlySet<CloseReason> = new Set([
  'media_lost',
  'media_never_connected',
  'client_closed',
  'client_hangup',
]);

/** How the upstream failed the session. */
export interface UpstreamFailure {
  readonly reason: CloseReason;
  readonly error: PrismErrorInfo;
  /** The error's message without the upstream's own words; the message if absent. */
  readonly summary?: string | undefined;
  /** How it closed its socket, if it did. */
  readonly close?: UpstreamClose | undefined;
}

export interface SessionLifeParts {
  readonly options: Pick<
    SessionOptions,
    'audio' | 'mediaConnectTimeoutMs' | 'upstreamConnectTimeoutMs'
  >;
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly relay: EventRelay;
  readonly playout: AnswerPlayout;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
  /** The end is decided: nothing that runs for the conversation is wanted any more. */
  readonly ended: (nowMs: MonotonicMs) => void;
}

/**
 * From opening to closed: decides whether a session ends at once or when its client has been told.
 *
 * The first reason wins. The upstream goes at once, the client when it has been told.
 */
export class SessionLife {
  readonly #parts: SessionLifeParts;
  #state: LifecycleState = 'opening';
  #closeReason: CloseReason | undefined;
  #upstreamClose: UpstreamClose | undefined;

  constructor(parts: SessionLifeParts) {
    this.#parts = parts;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /** Upstream and media are both there. */
  partsReady(): void {
    this.#state = nextLifecycleState(this.#state, 'parts_ready');
  }

  /** A client that comes while the session lingers gets the time to read why it ended. */
  controllerOpened(nowMs: MonotonicMs): void {
    if (this.#state === 'lingering')
      this.#parts.deadlines.set('closing.linger', after(nowMs, LINGER_MS));
  }

  upstreamFailed({ reason, error, summary, close }: UpstreamFailure, nowMs: MonotonicMs): void {
    if (this.#state === 'lingering') return;
    this.#upstreamClose = close;
    const { outbox, relay } = this.#parts;
    const { code, message } = error;
    const isQuoting = summary !== undefined && summary !== message;
    outbox.report({
      type: 'upstream.failed',
      code,
      message: summary ?? message,
      ...(isQuoting ? { pii: { message } } : {}),
    });
    relay.failure(error);
    this.end(reason, nowMs);
  }

  connectTimedOut(nowMs: MonotonicMs): void {
    const message = `The upstream did not answer within ${this.#parts.options.upstreamConnectTimeoutMs} ms.`;
    const code = 'upstream_unreachable';
    this.upstreamFailed({ reason: code, error: { code, message } }, nowMs);
  }

  /** Somebody outside the session ends it: the client by REST, the server by draining. */
  closeAsked(reason: CloseReason, nowMs: MonotonicMs): void {
    if (reason === 'server_draining' && this.#state !== 'lingering') {
      const message = 'This call ends with the server.';
      const { relay, events } = this.#parts;
      const text = events.error({ code: 'server_draining', message }, undefined);
      relay.tell({ event: { type: 'error' }, text, to: 'everybody' });
    }
    this.end(reason, nowMs);
  }

  end(reason: CloseReason, nowMs: MonotonicMs): void {
    if (this.#state === 'lingering') {
      // Nobody is left to be told.
      if (CLIENT_ENDS.has(reason)) this.lingerOver();
      return;
    }
    const { outbox, playout, deadlines, relay, options, ended } = this.#parts;
    this.#closeReason = reason;
    this.#state = nextLifecycleState(this.#state, 'end');
    outbox.report({ type: 'closing', reason });
    playout.end(nowMs);
    ended(nowMs);
    outbox.push({ type: 'upstream.close' });
    if (CLIENT_ENDS.has(reason)) return this.lingerOver();
    deadlines.clear('upstream.connect');
    // What is sent on a socket comes before its close; a data channel needs time.
    const isTold = options.audio === 'socket' || !relay.hasController;
    if (isTold && !relay.isAwaitingController) return this.lingerOver();
    // A channel that is still to come gets the time that media has to connect, unless the server itself must go.
    const isChannelAwaited = relay.isAwaitingController && reason !== 'server_draining';
    const waitMs = isChannelAwaited ? options.mediaConnectTimeoutMs : LINGER_MS;
    deadlines.set('closing.linger', after(nowMs, waitMs));
  }

  /** All are told, or nobody is left to be: nothing happens any more. */
  lingerOver(): void {
    this.#state = nextLifecycleState(this.#state, 'linger_over');
    const { outbox, deadlines, relay } = this.#parts;
    const reason = this.#closeReason ?? 'internal_error';
    const close = this.#upstreamClose;
    // An upstream's words may quote what a client may not see.
    const shownClose =
      close === undefined || relay.isClientOpen
        ? close
        : { code: close.code, reason: CLOSE_REASONS[reason] };
    deadlines.clearAll();
    outbox.push({ type: 'media.close' });
    outbox.push({ type: 'closed', reason, upstreamClose: shownClose });
  }
}
