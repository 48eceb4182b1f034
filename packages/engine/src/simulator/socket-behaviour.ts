import type { Clock } from '../door/clock.ts';
import type { SessionSocket } from '../door/session-runner.ts';
import type { WireSocket } from '../door/wire-socket.ts';
import type { ArmedFaults } from './armed-faults.ts';
import { sampleMs } from './distribution.ts';
import type { FaultAction, FaultActionType } from './fault-schema.ts';
import { HeldMessages } from './held-messages.ts';
import { mergePatch } from './merge-patch.ts';
import { MessageStall } from './message-stall.ts';
import type { SeededRandom } from './seeded-random.ts';

/** A half-open connection is dropped after ten minutes: nobody else would ever end it. */
const HALF_OPEN_MS_MAX = 600_000;

export interface SocketBehaviourOptions {
  readonly wire: WireSocket;
  readonly faults: ArmedFaults;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly newEventId: () => string;
  readonly onFault: (type: FaultActionType) => void;
}

/** What becomes of one message. */
interface Fate {
  copyCount: number;
  lateMs: number;
  text: string;
}

/** The type of an event as the engine writes it: the first field. */
function typeOfServerEvent(text: string): string {
  const end = text.indexOf('"', 9);
  return text.startsWith('{"type":"') ? text.slice(9, end) : '';
}

/** The type of a client's event; empty if it has none. */
function typeOfClientEvent(text: string): string {
  try {
    const event: unknown = JSON.parse(text);
    const hasType = typeof event === 'object' && event !== null && 'type' in event;
    return hasType && typeof event.type === 'string' ? event.type : '';
  } catch {
    // The conversation answers what isn't JSON.
    return '';
  }
}

/**
 * How a session's socket behaves: it stands between the session and its client, lets messages pass, and makes the
 * script's faults of them. The session above and the door below know nothing of it.
 */
export class SocketBehaviour implements SessionSocket {
  readonly #options: SocketBehaviourOptions;
  readonly #late: HeldMessages;
  readonly #stall: MessageStall;
  #cancelTimers: (() => void)[] = [];
  /** `hanging`: alive and mute. `gone`: nothing is read either. */
  #state: 'working' | 'hanging' | 'gone' | 'closed' = 'working';

  constructor(options: SocketBehaviourOptions) {
    this.#options = options;
    this.#late = new HeldMessages(options.clock);
    this.#stall = new MessageStall(options.clock, (text) => options.wire.send(text));
  }

  get unreadBytes(): number {
    return this.#options.wire.unreadBytes;
  }

  /** The socket is open: what happens at once, and what is due later. */
  opened(): void {
    const { faults, clock } = this.#options;
    this.#doAll(faults.atConnect());
    for (const { afterMs, actions } of faults.atTimes()) {
      this.#cancelTimers.push(clock.callAt(clock.nowMs() + afterMs, () => this.#doAll(actions)));
    }
  }

  send(text: string): void {
    if (this.#state === 'working') {
      const actions = this.#options.faults.atEvent('sends', typeOfServerEvent(text));
      this.#deliver(text, actions, (final) => this.#stall.send(final));
    }
  }

  /** A client's message; `take` gives it to the session. */
  receive(text: string, take: (text: string) => void): void {
    if (this.#state !== 'working') {
      return;
    }
    const { faults } = this.#options;
    const actions = faults.readsClient ? faults.atEvent('receives', typeOfClientEvent(text)) : [];
    this.#deliver(text, actions, take);
  }

  /** The session closes. A server that hangs or is gone doesn't. */
  close(code: number, reason: string): void {
    if (this.#state === 'working') {
      this.#become('closed');
      this.#options.wire.close(code, reason);
    }
  }

  /** The socket is gone: forgets everything that waits. */
  end(): void {
    this.#become('closed');
    for (const cancel of this.#cancelTimers) {
      cancel();
    }
    this.#cancelTimers = [];
  }

  #deliver(text: string, actions: readonly FaultAction[], deliver: (text: string) => void): void {
    const fate: Fate = { copyCount: 1, lateMs: 0, text };
    for (const action of actions) {
      this.#do(action, fate);
    }
    for (let copy = 0; copy < fate.copyCount && this.#state === 'working'; copy += 1) {
      if (fate.lateMs > 0) {
        const atMs = this.#options.clock.nowMs() + fate.lateMs;
        this.#late.hold(atMs, () => deliver(fate.text));
      } else {
        deliver(fate.text);
      }
    }
  }

  /** Nothing passes any more, nor what was held back. */
  #become(state: 'hanging' | 'gone' | 'closed'): void {
    this.#state = state;
    this.#late.clear();
    this.#stall.clear();
  }

  #doAll(actions: readonly FaultAction[]): void {
    const fate: Fate = { copyCount: 0, lateMs: 0, text: '' };
    for (const action of actions) {
      this.#do(action, fate);
    }
  }

  #do(action: FaultAction, fate: Fate): void {
    if (this.#state !== 'working') {
      return;
    }
    this.#options.onFault(action.type);
    switch (action.type) {
      case 'drop':
        fate.copyCount = 0;
        return;
      case 'duplicate':
        fate.copyCount += action.count;
        return;
      case 'delay':
        fate.lateMs += sampleMs(action.ms, this.#options.random);
        return;
      case 'merge':
        fate.text = JSON.stringify(mergePatch(JSON.parse(fate.text), action.patch));
        return;
      case 'refuse':
      case 'ignore_handshake':
        // They are done by the door, before there is a socket.
        return;
      default:
        this.#disturb(action);
    }
  }

  #disturb(
    action: Exclude<
      FaultAction,
      { type: 'drop' | 'duplicate' | 'delay' | 'merge' | 'refuse' | 'ignore_handshake' }
    >,
  ): void {
    const { wire, clock } = this.#options;
    switch (action.type) {
      case 'close':
        this.close(action.code, action.reason);
        return;
      case 'terminate':
        this.#become('closed');
        wire.terminate();
        return;
      case 'hang':
        this.#become('hanging');
        return;
      case 'half_open':
        this.#become('gone');
        wire.stall();
        this.#cancelTimers.push(
          clock.callAt(clock.nowMs() + HALF_OPEN_MS_MAX, () => wire.terminate()),
        );
        return;
      case 'stall':
        this.#stall.stall(action.ms);
        return;
      case 'error':
        this.#stall.send(this.#errorEvent(action));
        return;
      case 'text':
        this.#stall.send(action.text);
        return;
      case 'binary':
        wire.sendBinary(this.#garbage(action.size_bytes));
        return;
    }
  }

  #errorEvent(action: Extract<FaultAction, { type: 'error' }>): string {
    const { error_type: type, code, message } = action;
    const error = { type, code, message, param: null, event_id: null };
    return JSON.stringify({ type: 'error', event_id: this.#options.newEventId(), error });
  }

  #garbage(sizeBytes: number): Uint8Array {
    const { random } = this.#options;
    return Uint8Array.from({ length: sizeBytes }, () => Math.floor(random.next() * 256));
  }
}
