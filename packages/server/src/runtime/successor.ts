import { after, type Clock, type Timer } from '@prism/core';
import { readTakeOver, type TakeOver } from '@prism/protocol';
import type { Peer, PeerListener } from './ports/peer.ts';

/** Messages that come before the connection is told of; a further one is lost with its sender's haste. */
const EARLY_MESSAGE_COUNT_MAX = 64;

export interface SuccessorParts {
  readonly clock: Clock;
  /** How long it may take to connect. */
  readonly connectTimeoutMs: number;
  /** By itself when it is connected, or when its client asks for that on it. */
  readonly moment: 'when_connected' | 'when_asked';
  /** What it tells once it has taken over. */
  readonly listener: PeerListener;
  /** Puts it in the place of the peer there is; with what its client asked. */
  readonly takeOver: (peer: Peer, asked: TakeOver | undefined) => void;
}

/**
 * A further peer of a client whose peer may still work: it takes over when it is connected, or when the client chooses
 * it, so that the change costs the client nothing, and goes without a word if that never comes.
 */
export class Successor {
  readonly #parts: SuccessorParts;
  readonly #timer: Timer;
  #peer: Peer | undefined;
  /** The stack may tell of the channel before it tells of the connection. */
  #isChannelOpen = false;
  #earlyMessages: string[] = [];
  #state: 'connecting' | 'in_charge' | 'given_up' = 'connecting';
  /** What the peer that is being accepted tells. */
  readonly listener: PeerListener;

  constructor(parts: SuccessorParts) {
    this.#parts = parts;
    const { clock, connectTimeoutMs, listener } = parts;
    const giveUp = (): void => this.giveUp();
    this.#timer = clock.setTimer(after(clock.nowMs(), connectTimeoutMs), giveUp);
    this.listener = {
      connected: () => this.#connected(),
      closed: () => (this.#state === 'in_charge' ? listener.closed() : giveUp()),
      lost: () => (this.#state === 'in_charge' ? listener.lost() : giveUp()),
      failed: (error) => (this.#state === 'in_charge' ? listener.failed(error) : giveUp()),
      packet: (bytes) => {
        if (this.#state === 'in_charge') listener.packet(bytes);
      },
      channelOpened: () => {
        this.#isChannelOpen = true;
        if (this.#state === 'in_charge') listener.channelOpened();
      },
      channelMessage: (text) => {
        if (this.#state === 'in_charge') listener.channelMessage(text);
        else if (parts.moment === 'when_asked') this.#askedBy(text);
        else if (this.#earlyMessages.length < EARLY_MESSAGE_COUNT_MAX)
          this.#earlyMessages.push(text);
      },
      channelClosed: () => {
        this.#isChannelOpen = false;
        if (this.#state === 'in_charge') listener.channelClosed();
      },
    };
  }

  /** The peer, once it is accepted: before it can have connected. */
  accepted(peer: Peer): void {
    if (this.#state === 'given_up') peer.close();
    else this.#peer = peer;
  }

  /** Lets the peer go if it hasn't taken over. Idempotent. */
  giveUp(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'given_up';
    this.#timer.cancel();
    this.#peer?.close();
    this.#peer = undefined;
  }

  #connected(): void {
    const { listener, moment } = this.#parts;
    if (this.#state === 'in_charge') listener.connected();
    else if (moment === 'when_connected') this.#takeOver(undefined);
  }

  /** Anything else on a way that nobody has chosen is for nobody. */
  #askedBy(text: string): void {
    const asked = readTakeOver(text);
    if (asked !== undefined) this.#takeOver(asked);
  }

  #takeOver(asked: TakeOver | undefined): void {
    if (this.#state !== 'connecting' || this.#peer === undefined) return;
    const { listener, takeOver } = this.#parts;
    this.#state = 'in_charge';
    this.#timer.cancel();
    takeOver(this.#peer, asked);
    listener.connected();
    if (!this.#isChannelOpen) return;
    listener.channelOpened();
    for (const text of this.#earlyMessages.splice(0)) listener.channelMessage(text);
  }
}
