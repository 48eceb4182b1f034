import type {
  AudioCodecs,
  Clock,
  MediaStats,
  MonotonicMs,
  SessionInput,
  SlotStamp,
} from '@prism/core';
import type { Offer } from '@prism/protocol';
import { AudioAttachment } from './audio/audio-attachment.ts';
import type { MediaTick } from './media-tick.ts';
import type { ControllerListener, ControllerSink, SessionEnd } from './ports/controller.ts';
import type { AnsweredOffer, Peer, PeerDescription, PeerListener } from './ports/peer.ts';
import { Successor } from './successor.ts';

export interface ClientPeerParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly codecs: AudioCodecs;
  /** Random start values for the outgoing RTP stream. */
  readonly randomUint32: () => number;
  readonly post: (input: SessionInput) => void;
  /** Whether the client comes from another process, where it had a peer. */
  readonly isReturn: boolean;
  /** Runs what may throw; a throw is a bug and ends the session. */
  readonly guard: (action: () => void) => void;
  /** Something threw: that is a bug and ends the session. */
  readonly fault: (error: unknown) => void;
  /** Lets the peer's channel in as the client's controller. */
  readonly join: (sink: ControllerSink, resumption: Resumption) => ControllerListener;
  /** Told what the peer was whose place another one takes. */
  readonly replaced: (last: object) => void;
}

/** What a client knows that comes in. */
export interface Resumption {
  /** The last event that it had before its connection broke. */
  readonly lastEventId?: string | undefined;
  /** It goes on with its session, whether it has had an event or not. */
  readonly isResuming?: boolean | undefined;
}

/** A client that comes back on a new peer. */
export interface Return extends Resumption {
  readonly isChannelComing: boolean;
}

/**
 * The peer that a session's client is on: its audio, its channel, and the change to another peer. What a peer tells
 * counts from `attach` until the next one is attached.
 */
export class ClientPeer {
  readonly #parts: ClientPeerParts;
  #peer: Peer | undefined;
  #listener: PeerListener | undefined;
  #audio: AudioAttachment | undefined;
  #channel: ControllerListener | undefined;
  /** What a client that comes back knows, until its channel is open. */
  #resumption: Resumption = {};
  #successor: Successor | undefined;
  /** What is posted for each piece of audio: one for all, since it is handled before the next one comes. */
  readonly #audioInput: { readonly type: 'media.audio'; pcm: Int16Array } = {
    type: 'media.audio',
    pcm: new Int16Array(0),
  };
  #isClosed = false;

  constructor(parts: ClientPeerParts) {
    this.#parts = parts;
  }

  /** Whether the client's audio is RTP, on a peer that it has or had. */
  get isThere(): boolean {
    return this.#peer !== undefined || this.#parts.isReturn;
  }

  /** What a peer that is being accepted will tell. */
  newListener(): PeerListener {
    const { post, fault, clock } = this.#parts;
    const whileAttached =
      (action: () => void): (() => void) =>
      () => {
        if (this.#listener === listener) action();
      };
    const listener: PeerListener = {
      connected: whileAttached(() => post({ type: 'media.connected' })),
      closed: whileAttached(() => post({ type: 'media.closed' })),
      lost: whileAttached(() => post({ type: 'media.lost' })),
      failed: (error) => {
        if (this.#listener === listener) fault(error);
      },
      packet: (bytes) => {
        if (this.#listener !== listener) return;
        // Not by `guard`: a closure for each packet is garbage.
        try {
          this.#audio?.packet(bytes, clock.nowMs());
        } catch (error) {
          fault(error);
        }
      },
      channelOpened: whileAttached(() => this.#openChannel()),
      channelMessage: (text) => {
        if (this.#listener === listener) this.#channel?.message(text);
      },
      channelClosed: whileAttached(() => this.#closeChannel()),
    };
    return listener;
  }

  /**
   * Attaches the accepted peer. Called before the peer can have connected.
   *
   * @param resumption - What the client knows, if it was in a call before.
   */
  attach(peer: Peer, listener: PeerListener, resumption: Resumption = {}): void {
    if (this.#isClosed) {
      peer.close();
      return;
    }
    this.#peer = peer;
    this.#listener = listener;
    this.#resumption = resumption;
    this.#openAudio(peer);
  }

  /** Puts a new peer of the same client in the place of the one before, which is closed. */
  replace(peer: Peer, listener: PeerListener, { isChannelComing, ...resumption }: Return): void {
    this.#closeChannel();
    this.stopAudio();
    this.#parts.replaced(this.describe());
    this.#peer?.close();
    this.attach(peer, listener, resumption);
    this.#parts.post({ type: 'media.replaced', isChannelComing });
  }

  /** A peer that is to take over later; one that was to before it is given up. */
  newSuccessor(
    way: Return,
    moment: 'when_connected' | 'when_asked',
    connectTimeoutMs: number,
  ): Successor {
    this.#successor?.giveUp();
    const listener = this.newListener();
    this.#successor = new Successor({
      clock: this.#parts.clock,
      connectTimeoutMs,
      moment,
      listener,
      takeOver: (peer, asked) => {
        const resumption = { lastEventId: asked?.last_event_id, isResuming: true };
        this.replace(peer, listener, asked === undefined ? way : { ...way, ...resumption });
      },
    });
    return this.#successor;
  }

  /** Answers an ICE restart of the peer there is; undefined if the offer asks for a new one. */
  restart(offer: Offer): AnsweredOffer | undefined {
    return this.#peer?.restart(offer);
  }

  /** The outgoing stream in a media slot; undefined where it has no clock that a client could tell of. */
  stampOf(slot: number): SlotStamp | undefined {
    return this.#audio?.stampOf(slot);
  }

  /** Encodes one slot of PCM and sends it in the media slot `slot`. */
  sendFrame(pcm: Int16Array, slot: number, nowMs: MonotonicMs): void {
    this.#audio?.sendFrame(pcm, slot, nowMs);
  }

  describe(): {
    readonly media: MediaStats | undefined;
    readonly peer: PeerDescription | undefined;
  } {
    return { media: this.mediaStats(), peer: this.#peer?.describe() };
  }

  /** Its audio as counted so far; undefined while there is none. */
  mediaStats(): MediaStats | undefined {
    const stats = this.#audio?.stats();
    if (stats === undefined) return undefined;
    const { missedSlots, latenessMsMax } = this.#parts.tick.counters();
    return { ...stats, tick: { missedSlots, latenessMsMax } };
  }

  /** Says goodbye to the audio and frees its codecs; the channel lives on. Idempotent. */
  stopAudio(): void {
    this.#audio?.close(this.#parts.clock.nowMs());
  }

  /** The session is over; a socket tells how. Idempotent. */
  close(end: SessionEnd): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.stopAudio();
    this.#successor?.giveUp();
    this.#peer?.close(end);
    this.#peer = undefined;
    this.#listener = undefined;
    this.#audio = undefined;
  }

  /** The peer's data channel, which ends with the peer. */
  readonly #channelSink: ControllerSink = {
    send: (text) => this.#peer?.sendText(text) ?? 'unsent',
    relay: () => 'unsent',
    end: () => undefined,
  };

  #openChannel(): void {
    const rttMs = this.#peer?.describe().rttMs;
    if (rttMs !== undefined) this.#audio?.channelRtt(rttMs);
    const resumption = this.#resumption;
    this.#resumption = {};
    this.#channel = this.#parts.join(this.#channelSink, resumption);
  }

  #closeChannel(): void {
    this.#channel?.closed();
    this.#channel = undefined;
  }

  #openAudio(peer: Peer): void {
    const { clock, tick, codecs, randomUint32, post, guard } = this.#parts;
    this.#audio = new AudioAttachment({
      codecs,
      audio: peer.audio,
      setTimer: (atMs, fire) => clock.setTimer(atMs, () => guard(() => fire(clock.nowMs()))),
      wallOffsetMs: clock.wallMs() - clock.nowMs(),
      tick,
      start: { sequenceNumber: randomUint32() & 0x7fff, timestamp: randomUint32() },
      receive: (pcm) => {
        this.#audioInput.pcm = pcm;
        post(this.#audioInput);
      },
      send: (bytes) => peer.sendPacket(bytes),
    });
  }
}
