import {
  type AudioCodec,
  assertNever,
  type Clock,
  type IdSource,
  Mailbox,
  Session,
  type SessionDeadlineReason,
  type SessionEffect,
  type SessionInput,
  type SessionOptions,
  type Timer,
} from '@prism/core';
import {
  CLIENT_EVENT_BYTES_MAX,
  type CloseReason,
  type ControllerId,
  controllerIdFromCount,
  decodeClientEvent,
} from '@prism/protocol';
import { AudioAttachment } from './audio-attachment.ts';
import type { MediaTick } from './media-tick.ts';
import type { Peer, PeerListener } from './ports/peer.ts';
import type { SessionObserver } from './ports/session-observer.ts';
import type { Upstream, UpstreamDialer } from './ports/upstream.ts';

export interface SessionRunnerParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly ids: IdSource;
  readonly dialer: UpstreamDialer;
  readonly codec: AudioCodec;
  readonly observer: SessionObserver;
  /** Random start values for the outgoing RTP stream. */
  readonly randomUint32: () => number;
}

/**
 * Binds one session machine to its peer, its upstream, the media tick and the clock. The only caller of the machine.
 *
 * A throw from the machine or from performing an effect is a bug: it ends this session and no other.
 */
export class SessionRunner {
  readonly #parts: SessionRunnerParts;
  readonly #session: Session;
  readonly #mailbox: Mailbox<SessionInput, SessionEffect, SessionDeadlineReason>;
  readonly #controllerId: ControllerId = controllerIdFromCount(1);
  readonly #onClosed: (reason: CloseReason) => void;
  #upstream: Upstream | undefined;
  #peer: Peer | undefined;
  #audio: AudioAttachment | undefined;
  #timer: { readonly timer: Timer; readonly atMs: number } | undefined;
  #slot = 0;
  #messagesUnsent = 0;
  #isClosed = false;

  constructor(
    options: SessionOptions,
    parts: SessionRunnerParts,
    onClosed: (reason: CloseReason) => void,
  ) {
    this.#parts = parts;
    this.#onClosed = onClosed;
    this.#session = new Session(options, parts.ids, parts.clock.nowMs());
    this.#mailbox = new Mailbox(
      this.#session,
      (effect) => this.#perform(effect),
      () => parts.clock.nowMs(),
    );
  }

  /** What the peer tells this session. */
  readonly peerListener: PeerListener = {
    connected: () => this.post({ type: 'media.connected' }),
    closed: () => this.post({ type: 'media.lost' }),
    rtp: (bytes) => this.#guard(() => this.#audio?.rtp(bytes)),
    channelOpened: () => this.post({ type: 'controller.opened', controllerId: this.#controllerId }),
    channelMessage: (text) => this.#clientMessage(text),
    channelClosed: () => this.post({ type: 'controller.closed', controllerId: this.#controllerId }),
  };

  /** Attaches the accepted peer. Called once, before the peer can have connected. */
  attach(peer: Peer): void {
    if (this.#isClosed) {
      peer.close();
      return;
    }
    this.#peer = peer;
    this.#audio = new AudioAttachment({
      codec: this.#parts.codec,
      receivedPayloadType: peer.audio.payloadType,
      sender: {
        payloadType: peer.audio.payloadType,
        ssrc: peer.audio.ssrc,
        sequenceNumber: this.#parts.randomUint32() & 0x7fff,
        timestamp: this.#parts.randomUint32(),
      },
      receive: (pcm) => this.post({ type: 'media.audio', pcm }),
      sendRtp: (bytes) => peer.sendRtp(bytes),
    });
  }

  /** Starts the conversation: from here on the upstream is dialled. */
  begin(): void {
    this.post({ type: 'open' });
  }

  post(input: SessionInput): void {
    this.#guard(() => {
      if (this.#isClosed) return;
      if (!this.#mailbox.post(input)) throw new Error('The mailbox of the session is full.');
      this.#follow();
    });
  }

  close(reason: CloseReason): void {
    this.post({ type: 'close', reason });
  }

  describe(): object {
    return {
      ...this.#session.describe(),
      messagesUnsent: this.#messagesUnsent,
      upstreamBufferedBytes: this.#upstream?.bufferedBytes,
      audio: this.#audio?.counters(),
      peer: this.#peer?.describe(),
    };
  }

  #clientMessage(text: string): void {
    const controllerId = this.#controllerId;
    if (text.length > CLIENT_EVENT_BYTES_MAX) {
      const error = {
        code: 'event_too_large',
        message: `The event has ${text.length} characters.`,
      } as const;
      this.post({ type: 'controller.refused', controllerId, error, clientEventId: undefined });
      return;
    }
    const decoded = decodeClientEvent(text);
    if (decoded.isValid)
      this.post({ type: 'controller.event', controllerId, event: decoded.event, text });
    else this.post({ type: 'controller.refused', controllerId, ...decoded });
  }

  /** After an input: the tick and the timer follow what the session wants now. */
  #follow(): void {
    if (this.#isClosed) return;
    if (this.#session.wantsSlots) this.#parts.tick.add(this.#onSlot);
    else this.#parts.tick.remove(this.#onSlot);
    const next = this.#session.deadline();
    if (next?.atMs === this.#timer?.atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (next === undefined) return;
    const timer = this.#parts.clock.setTimer(next.atMs, () => {
      this.#timer = undefined;
      this.post({ type: 'deadline' });
    });
    this.#timer = { timer, atMs: next.atMs };
  }

  readonly #onSlot = (slot: number): void => {
    this.#slot = slot;
    this.post({ type: 'media.slot' });
  };

  #perform(effect: SessionEffect): void {
    switch (effect.type) {
      case 'media.frame':
        this.#audio?.sendFrame(effect.pcm, this.#slot);
        return;
      case 'upstream.append':
        this.#upstream?.append(effect.pcm);
        return;
      case 'upstream.send':
        this.#upstream?.send(effect.text);
        return;
      case 'controller.send':
        if (this.#peer?.sendText(effect.text) !== true) this.#messagesUnsent += 1;
        return;
      case 'upstream.dial':
        this.#upstream = this.#dial();
        return;
      case 'upstream.close':
        this.#upstream?.close();
        return;
      case 'media.close':
        this.#releaseMedia();
        return;
      case 'report':
        this.#parts.observer.fact(effect.fact);
        return;
      case 'closed':
        this.#finish(effect.reason);
        return;
      default:
        assertNever(effect, 'session effect');
    }
  }

  #dial(): Upstream {
    return this.#parts.dialer.dial({
      ready: () => this.post({ type: 'upstream.ready' }),
      event: (decoded, text) => this.post({ type: 'upstream.event', decoded, text }),
      audio: (source, pcm) => this.post({ type: 'upstream.audio', source, pcm }),
      failed: (reason, error) => this.post({ type: 'upstream.failed', reason, error }),
    });
  }

  #releaseMedia(): void {
    this.#parts.tick.remove(this.#onSlot);
    this.#audio?.close();
    this.#peer?.close();
  }

  #finish(reason: CloseReason): void {
    if (this.#isClosed) return;
    const lastWords = this.describe();
    this.#isClosed = true;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#upstream?.close();
    this.#releaseMedia();
    this.#parts.observer.closed(reason, lastWords);
    this.#upstream = undefined;
    this.#peer = undefined;
    this.#audio = undefined;
    this.#onClosed(reason);
  }

  /** Runs `action`; a throw ends this session as a bug in Prism. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#parts.observer.fault(error);
      this.#finish('internal_error');
    }
  }
}
