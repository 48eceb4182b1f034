import { after, type Clock, type Timer } from '@prism/core';
import type { CallId, CallIds, Offer, PrismErrorInfo, SessionAccess } from '@prism/protocol';
import type { AnsweredOffer, Peer, PeerFactory, PeerListener } from './ports/peer.ts';
import type { SessionAdmission } from './ports/session-admission.ts';
import type { CallRequest } from './session-request.ts';

/** A call that is answered and waits for its client. */
export interface PreparedCall {
  readonly ids: CallIds;
  readonly offer: Offer;
  readonly request: CallRequest;
}

export interface PreparedCallsParts {
  readonly clock: Clock;
  readonly peers: Pick<PeerFactory, 'accept'>;
  readonly admission: Pick<SessionAdmission, 'opened' | 'closed'>;
  /** How long a client may take to come. */
  readonly timeoutMs: number;
  /** Opens the session of a call whose client has come; its peer tells what is answered, or goes if nothing is. */
  readonly begin: (call: PreparedCall, peer: Peer) => PeerListener | undefined;
}

interface Held {
  readonly call: PreparedCall;
  readonly timer: Timer;
  peer: Peer | undefined;
}

/**
 * Calls that were answered ahead of time: each has its peer and its place, and neither session nor upstream. It begins
 * when the first check of its client comes (RFC 8445, section 7.3), which only who has the answer can make.
 */
export class PreparedCalls {
  readonly #parts: PreparedCallsParts;
  readonly #held = new Map<CallId, Held>();

  constructor(parts: PreparedCallsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Whether one of that id waits that was made with this access. */
  has(callId: CallId, { tokenId }: SessionAccess): boolean {
    const call = this.#held.get(callId)?.call;
    return (
      call !== undefined && (tokenId ?? call.request.access.tokenId) === call.request.access.tokenId
    );
  }

  /** Answers the offer and waits. That the caller may have a session has been asked. */
  async prepare(call: PreparedCall): Promise<AnsweredOffer> {
    const { clock, peers, admission, timeoutMs } = this.#parts;
    const { callId } = call.ids;
    const timer = clock.setTimer(after(clock.nowMs(), timeoutMs), () => this.end(callId));
    const held: Held = { call, timer, peer: undefined };
    this.#held.set(callId, held);
    admission.opened(call.request);
    let heard: PeerListener | undefined;
    const { dataChannelId, clientAddress } = call.request;
    const accepted = await peers.accept(
      call.offer,
      listenerOf(
        () => heard,
        () => this.end(callId),
      ),
      {
        dataChannelId,
        clientAddress,
        reached: () => {
          heard = this.#begin(callId);
        },
      },
    );
    if (!accepted.isAccepted) {
      this.end(callId);
      return { isAnswered: false, error: accepted.error };
    }
    if (!this.#held.has(callId)) {
      accepted.peer.close();
      return { isAnswered: false, error: GONE };
    }
    held.peer = accepted.peer;
    return { isAnswered: true, answerSdp: accepted.answerSdp };
  }

  /** Lets a call go whose client has not come. Idempotent. */
  end(callId: CallId): void {
    this.#take(callId)?.peer?.close();
  }

  endAll(): void {
    for (const callId of this.#held.keys()) this.end(callId);
  }

  #begin(callId: CallId): PeerListener | undefined {
    const held = this.#take(callId);
    if (held?.peer === undefined) return undefined;
    const listener = this.#parts.begin(held.call, held.peer);
    if (listener === undefined) held.peer.close();
    return listener;
  }

  /** Gives its place back, which the session takes anew. */
  #take(callId: CallId): Held | undefined {
    const held = this.#held.get(callId);
    if (held === undefined) return undefined;
    this.#held.delete(callId);
    held.timer.cancel();
    this.#parts.admission.closed(held.call.request);
    return held;
  }
}

const GONE: PrismErrorInfo = {
  code: 'server_draining',
  message: 'The call was ended while its offer was being answered.',
};

/** What is told goes to the session's listener; before there is one, only the end means anything. */
function listenerOf(heard: () => PeerListener | undefined, ended: () => void): PeerListener {
  return {
    connected: () => heard()?.connected(),
    closed: () => (heard() === undefined ? ended() : heard()?.closed()),
    lost: () => (heard() === undefined ? ended() : heard()?.lost()),
    failed: (error) => (heard() === undefined ? ended() : heard()?.failed(error)),
    packet: (bytes) => heard()?.packet(bytes),
    channelOpened: () => heard()?.channelOpened(),
    channelMessage: (text) => heard()?.channelMessage(text),
    channelClosed: () => heard()?.channelClosed(),
  };
}
