/** How a call's media and events travel: WebRTC over UDP, TCP or TURN, or a media WebSocket. */
export type LinkKind = 'webrtc' | 'websocket';

/** Which of them a page lets a session use; `auto` races them and changes between them. */
export type TransportChoice = 'auto' | LinkKind;

/** Why a link failed. */
export type LinkFailure =
  /** The network lets it not through, or no more. */
  | 'network'
  /** The server refused it; asking again doesn't help. */
  | 'refused'
  /** The call isn't there any more. */
  | 'call_gone'
  /** The server ended the call. */
  | 'closed'
  /** The server goes down for good, or to be started again: calls go on elsewhere. */
  | 'draining';

/** What happens to a connection. Links are named by the number that they were opened with. */
export type ConnectionInput =
  | { readonly type: 'start' }
  /** The server knows the call; its media may still be on the way. */
  | { readonly type: 'answered'; readonly link: number; readonly callId: string }
  /** Media and events flow. */
  | { readonly type: 'opened'; readonly link: number; readonly callId: string }
  /** The browser says that the way is lost for the moment, or found again. */
  | { readonly type: 'shaken'; readonly link: number }
  | { readonly type: 'steady'; readonly link: number }
  | { readonly type: 'failed'; readonly link: number; readonly failure: LinkFailure }
  /** Something came from the server on the link in use. */
  | { readonly type: 'heard' }
  /** The page is told that it has another network. */
  | { readonly type: 'network_changed' }
  /** The server has said that it goes: the call may have to be looked for elsewhere. */
  | { readonly type: 'draining' }
  /** The call has left the server. */
  | { readonly type: 'moved' }
  | { readonly type: 'deadline' };

export type ConnectionAction =
  | {
      readonly type: 'open';
      readonly link: number;
      readonly kind: LinkKind;
      /** The call that it goes on with; a new one if undefined. */
      readonly callId: string | undefined;
      /** Whether the way there is stays until this one is open. */
      readonly isSuccessor: boolean;
    }
  /** From now on events and sound go over it. */
  | { readonly type: 'use'; readonly link: number; readonly kind: LinkKind }
  | {
      readonly type: 'close';
      readonly link: number;
      /** Whether the call is no longer there. */
      readonly isOver?: boolean;
    }
  | { readonly type: 'ping' }
  /** The call is carried, for the first time, again, or by another link than before. */
  | { readonly type: 'live' }
  | { readonly type: 'unstable' }
  /** Nothing more is tried. */
  | { readonly type: 'end'; readonly failure: LinkFailure };

export interface ConnectionTimes {
  /**
   * How long WebRTC has, from the server's answer, before the WebSocket is tried beside it: so much, and as many times
   * what the answer took, which was a round trip or two, but no more than the last.
   */
  readonly raceMs: { readonly base: number; readonly perAnswer: number; readonly max: number };
  readonly pingIntervalMs: number;
  /** Silence of the server after which the way is lost, with pings unanswered. */
  readonly silenceMs: number;
  /** How long a ping is unanswered at least when the way is lost. */
  readonly unansweredMs: number;
  /** A wake-up that comes later says that the page slept, as pages in the background do, and nothing of the server. */
  readonly lateMs: number;
  /** Waits between tries to come back, the last again and again. */
  readonly retryDelaysMs: readonly number[];
  /**
   * Waits between tries to reach the server that comes after one that went, the last again and again: short for as long
   * as a restart mostly takes. Chromium holds sockets up that follow many failed ones, from some sixteen on for seconds.
   */
  readonly movedRetryDelaysMs: readonly number[];
  /** How long coming back is tried: the server's grace for a lost client. */
  readonly graceMs: number;
  /** Waits between tries of WebRTC while on the WebSocket, the last again and again. */
  readonly upgradeDelaysMs: readonly number[];
  /** How long such a try may take. */
  readonly upgradeTimeoutMs: number;
}

const CONNECTION_TIMES: ConnectionTimes = {
  raceMs: { base: 400, perAnswer: 3, max: 2_000 },
  pingIntervalMs: 700,
  silenceMs: 1_500,
  unansweredMs: 1_400,
  lateMs: 1_100,
  retryDelaysMs: [0, 300, 700, 1_500, 3_000],
  movedRetryDelaysMs: [0, 250, 250, 250, 250, 250, 250, 250, 250, 500, 500, 1_000],
  graceMs: 30_000,
  upgradeDelaysMs: [5_000, 15_000, 30_000, 60_000],
  upgradeTimeoutMs: 10_000,
};

interface Link {
  readonly number: number;
  readonly kind: LinkKind;
  readonly isSuccessor: boolean;
}

/**
 * Which links a session has, when it opens another and which it uses: a machine without a clock or a browser.
 *
 * WebRTC goes first, and a media WebSocket for the same call is tried beside it if it takes long; what opens first is
 * used. A link that is lost, or silent, is followed by a WebSocket, which gets through nearly everywhere, at once; on
 * a WebSocket WebRTC is tried again now and then.
 */
export class ConnectionPlan {
  readonly #choice: TransportChoice;
  readonly #first: LinkKind;
  readonly #times: ConnectionTimes;
  readonly #links = new Map<number, Link>();
  readonly #deadlines = new Map<'race' | 'ping' | 'retry' | 'grace' | 'upgrade', number>();
  #actions: ConnectionAction[] = [];
  #linkCount = 0;
  #used: Link | undefined;
  #callId: string | undefined;
  #state: 'connecting' | 'live' | 'unstable' | 'ended' = 'connecting';
  #startedAtMs = 0;
  #heardAtMs = 0;
  /** When the first ping left that nothing came after. */
  #askedAtMs: number | undefined;
  #retryCount = 0;
  #isServerLeaving = false;
  #upgradeCount = 0;

  /**
   * @param begin - What is known to work here, from an earlier session, and the call that is gone on with; a new one if
   *   undefined.
   */
  constructor(
    choice: TransportChoice,
    begin: { readonly first?: LinkKind; readonly callId?: string | undefined } = {},
    times: ConnectionTimes = CONNECTION_TIMES,
  ) {
    const { first = 'webrtc', callId } = begin;
    this.#callId = callId;
    this.#choice = choice;
    this.#first = choice === 'auto' ? first : choice;
    this.#times = times;
  }

  /** The call, once the server has named it. */
  get callId(): string | undefined {
    return this.#callId;
  }

  /** When it wants a `deadline`, on the clock of its inputs; `undefined` if never. */
  get deadlineMs(): number | undefined {
    const times = [...this.#deadlines.values()];
    return times.length === 0 ? undefined : Math.min(...times);
  }

  handle(input: ConnectionInput, nowMs: number): readonly ConnectionAction[] {
    this.#actions = [];
    if (this.#state !== 'ended') this.#take(input, nowMs);
    return this.#actions;
  }

  #take(input: ConnectionInput, nowMs: number): void {
    switch (input.type) {
      case 'start':
        return this.#start(nowMs);
      case 'answered':
        return this.#answered(input.link, input.callId, nowMs);
      case 'opened':
        return this.#opened(input.link, input.callId, nowMs);
      case 'shaken':
        if (input.link === this.#used?.number) this.#lost(nowMs);
        return;
      case 'steady':
        if (input.link === this.#used?.number) this.#found(nowMs);
        return;
      case 'failed':
        return this.#failed(input.link, input.failure, nowMs);
      case 'heard':
        return this.#heard(nowMs);
      case 'network_changed':
        return this.#networkChanged(nowMs);
      case 'draining':
        this.#isServerLeaving = true;
        return;
      case 'moved':
        return this.#moved(nowMs);
      case 'deadline':
        return this.#elapse(nowMs);
    }
  }

  /** The way there is leads nowhere any more. */
  #moved(nowMs: number): void {
    this.#isServerLeaving = true;
    for (const link of [...this.#links.values()]) {
      this.#links.delete(link.number);
      this.#actions.push({ type: 'close', link: link.number, isOver: true });
    }
    this.#used = undefined;
    this.#deadlines.delete('ping');
    this.#lost(nowMs);
  }

  #start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#open(this.#first, { isSuccessor: false });
  }

  /** The server knows the call, which a socket can reach too. */
  #answered(number: number, callId: string, nowMs: number): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    this.#callId = callId;
    const isRace = this.#state === 'connecting' && link.kind === 'webrtc';
    if (!isRace || this.#choice !== 'auto') return;
    const { base, perAnswer, max } = this.#times.raceMs;
    const waitMs = Math.min(max, base + perAnswer * (nowMs - this.#startedAtMs));
    this.#deadlines.set('race', nowMs + waitMs);
  }

  #open(kind: LinkKind, { isSuccessor }: { readonly isSuccessor: boolean }): void {
    this.#linkCount += 1;
    const link = { number: this.#linkCount, kind, isSuccessor };
    this.#links.set(link.number, link);
    const callId = this.#callId;
    this.#actions.push({ type: 'open', link: link.number, kind, callId, isSuccessor });
  }

  #opened(number: number, callId: string, nowMs: number): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    this.#callId = callId;
    this.#isServerLeaving = false;
    for (const other of [...this.#links.values()]) if (other !== link) this.#close(other);
    this.#used = link;
    this.#deadlines.clear();
    this.#actions.push({ type: 'use', link: number, kind: link.kind });
    this.#live(nowMs);
    if (link.kind === 'websocket' && this.#choice === 'auto') this.#upgradeLater(nowMs);
    else this.#upgradeCount = 0;
  }

  #live(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#askedAtMs = undefined;
    this.#retryCount = 0;
    this.#deadlines.set('ping', nowMs + this.#times.pingIntervalMs);
    this.#state = 'live';
    this.#actions.push({ type: 'live' });
  }

  #heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#askedAtMs = undefined;
    if (this.#state === 'unstable') this.#found(nowMs);
  }

  /** The way in use works again by itself: what was opened to replace it isn't needed. */
  #found(nowMs: number): void {
    const used = this.#used;
    if (this.#state !== 'unstable' || used === undefined) return;
    for (const other of [...this.#links.values()]) if (other !== used) this.#close(other);
    this.#deadlines.delete('retry');
    this.#deadlines.delete('grace');
    this.#live(nowMs);
  }

  #lost(nowMs: number): void {
    if (this.#state !== 'live') return;
    this.#state = 'unstable';
    this.#actions.push({ type: 'unstable' });
    this.#deadlines.delete('upgrade');
    this.#deadlines.set('grace', nowMs + this.#times.graceMs);
    this.#retryLater(nowMs);
  }

  #retryLater(nowMs: number): void {
    const { retryDelaysMs, movedRetryDelaysMs } = this.#times;
    const delays = this.#isServerLeaving ? movedRetryDelaysMs : retryDelaysMs;
    const delayMs = delays[Math.min(this.#retryCount, delays.length - 1)] ?? 0;
    this.#retryCount += 1;
    this.#deadlines.set('retry', nowMs + delayMs);
  }

  #failed(number: number, failure: LinkFailure, nowMs: number): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    this.#links.delete(number);
    if (link.isSuccessor && this.#state === 'live') return this.#upgradeLater(nowMs);
    if (failure === 'draining') this.#isServerLeaving = true;
    if (this.#isServerLeaving && this.#state !== 'connecting')
      return this.#failedElsewhere(link, failure, nowMs);
    // The call's end is told on its own way; one beside it that closes is only lost.
    const isBeside = this.#state !== 'connecting' && link !== this.#used;
    const isLost = failure === 'network' || (failure === 'closed' && isBeside);
    if (!isLost) return this.#end(failure);
    if (this.#state === 'connecting') return this.#firstFailed(failure);
    if (link === this.#used) this.#used = undefined;
    if (this.#state === 'live') this.#lost(nowMs);
    else if (!this.#isComingBack) this.#retryLater(nowMs);
  }

  /**
   * The server goes, or has gone: the call is looked for until its next server is there. If that one doesn't know it, a
   * new one begins.
   */
  #failedElsewhere(link: Link, failure: LinkFailure, nowMs: number): void {
    if (failure === 'refused') return this.#end(failure);
    if (link === this.#used) this.#used = undefined;
    if (failure === 'call_gone') this.#callId = undefined;
    if (this.#state === 'live') this.#lost(nowMs);
    else if (!this.#isComingBack) this.#retryLater(nowMs);
  }

  /** The race goes on with whoever is left; a call that the server knows may still be reached by socket. */
  #firstFailed(failure: LinkFailure): void {
    if (this.#links.size > 0) return;
    if (this.#choice === 'auto' && this.#linkCount === 1 && this.#callId !== undefined) {
      this.#deadlines.delete('race');
      return this.#open('websocket', { isSuccessor: false });
    }
    this.#end(failure);
  }

  get #isComingBack(): boolean {
    const isOpening = [...this.#links.values()].some((link) => link !== this.#used);
    return isOpening || this.#deadlines.has('retry');
  }

  #networkChanged(nowMs: number): void {
    if (this.#state === 'unstable' && this.#deadlines.has('retry'))
      this.#deadlines.set('retry', nowMs);
    if (this.#deadlines.has('upgrade')) {
      this.#upgradeCount = 0;
      this.#deadlines.set('upgrade', nowMs);
    }
  }

  #elapse(nowMs: number): void {
    for (const [name, atMs] of [...this.#deadlines]) {
      if (atMs > nowMs || this.#deadlines.get(name) !== atMs) continue;
      this.#deadlines.delete(name);
      if (name === 'race') this.#open('websocket', { isSuccessor: false });
      else if (name === 'ping') this.#ping(nowMs, nowMs - atMs);
      else if (name === 'retry') this.#retry();
      else if (name === 'upgrade') this.#upgrade(nowMs);
      else this.#end('network');
    }
  }

  /** @param lateMs - How much later this comes than it was wanted. */
  #ping(nowMs: number, lateMs: number): void {
    if (this.#state !== 'live') return;
    const { silenceMs, unansweredMs, pingIntervalMs } = this.#times;
    // What came meanwhile may still wait to be told.
    if (lateMs > this.#times.lateMs) this.#askedAtMs = undefined;
    const isUnanswered = this.#askedAtMs !== undefined && nowMs - this.#askedAtMs >= unansweredMs;
    if (isUnanswered && nowMs - this.#heardAtMs >= silenceMs) return this.#lost(nowMs);
    this.#askedAtMs ??= nowMs;
    this.#actions.push({ type: 'ping' });
    this.#deadlines.set('ping', nowMs + pingIntervalMs);
  }

  /** WebRTC can't come back faster than a socket, which is tried unless the page forbids it. */
  #retry(): void {
    this.#open(this.#choice === 'webrtc' ? 'webrtc' : 'websocket', { isSuccessor: false });
  }

  #upgradeLater(nowMs: number): void {
    const delays = this.#times.upgradeDelaysMs;
    const delayMs = delays[Math.min(this.#upgradeCount, delays.length - 1)] ?? 0;
    this.#upgradeCount += 1;
    this.#deadlines.set('upgrade', nowMs + delayMs);
  }

  #upgrade(nowMs: number): void {
    const trying = [...this.#links.values()].find(({ isSuccessor }) => isSuccessor);
    if (trying !== undefined && trying !== this.#used) {
      // It took too long.
      this.#close(trying);
      return this.#upgradeLater(nowMs);
    }
    this.#open('webrtc', { isSuccessor: true });
    this.#deadlines.set('upgrade', nowMs + this.#times.upgradeTimeoutMs);
  }

  #close(link: Link): void {
    this.#links.delete(link.number);
    this.#actions.push({ type: 'close', link: link.number });
  }

  #end(failure: LinkFailure): void {
    this.#state = 'ended';
    this.#deadlines.clear();
    for (const link of [...this.#links.values()]) this.#close(link);
    this.#actions.push({ type: 'end', failure });
  }
}
