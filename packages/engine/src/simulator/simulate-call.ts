import type { ConversationDescription } from '../conversation/conversation.ts';
import type { Clock } from '../door/clock.ts';
import type { WireSocket } from '../door/wire-socket.ts';
import { CodedAudio } from './coded-audio.ts';
import { SimulatedSession } from './simulated-session.ts';
import { planSimulation } from './simulation-plan.ts';
import {
  readSimulatorScript,
  type SimulatorScript,
  type SimulatorScriptInput,
} from './simulator-script.ts';

/** How a session is simulated without a socket. */
export interface SimulateCallOptions {
  /** A script in YAML or JSON, or as an object; everything has a default. */
  readonly script?: string | SimulatorScriptInput;
  /** 0 by default. Its seed follows from the script's seed and this. */
  readonly sessionIndex?: number;
  readonly type?: 'realtime' | 'transcription';
  readonly model?: string;
  readonly clock: Clock;
  /** Shared between calls where there are many. */
  readonly audio?: CodedAudio;
  readonly onText: (text: string) => void;
  readonly onBinary?: (bytes: Uint8Array) => void;
  /** The server has closed; code 1006 for a connection that it dropped. */
  readonly onClosed?: (code: number, reason: string) => void;
}

/** A session in process. Faults of the handshake don't apply: there is none. */
export interface SimulatedCall {
  /** Sends one client event, as JSON text or as an object. */
  send(event: string | Readonly<Record<string, unknown>>): void;
  describe(): ConversationDescription;
  /** The client hangs up. Idempotent. */
  end(): void;
}

/** A script that can't be read. The message says what is wrong. */
export class SimulatorScriptError extends Error {
  override readonly name = 'SimulatorScriptError';
}

/** Reads a script; throws {@link SimulatorScriptError} if it has a mistake. */
export function scriptOf(source: unknown): SimulatorScript {
  const read = readSimulatorScript(source);
  if (!read.ok) {
    throw new SimulatorScriptError(read.problem);
  }
  return read.script;
}

/**
 * Opens a simulated session in process, on the caller's clock: the same script, index, clock and client give the same
 * traffic, byte by byte. Throws {@link SimulatorScriptError} if the script has a mistake; a bug in the engine is
 * thrown too.
 */
export function simulateCall(options: SimulateCallOptions): SimulatedCall {
  const script = scriptOf(options.script ?? {});
  let isClosed = false;
  const closed = (code: number, reason: string): void => {
    if (!isClosed) {
      isClosed = true;
      options.onClosed?.(code, reason);
      session.end();
    }
  };
  const wire: WireSocket = {
    unreadBytes: 0,
    send: (text) => options.onText(text),
    sendBinary: (bytes) => options.onBinary?.(bytes),
    close: closed,
    terminate: () => closed(1006, ''),
    stall: () => undefined,
  };
  let bug: unknown;
  const session = new SimulatedSession({
    plan: planSimulation(script, options.sessionIndex ?? 0),
    type: options.type ?? 'realtime',
    model: options.model ?? 'prism-simulator',
    bound: undefined,
    wire,
    clock: options.clock,
    audio: options.audio ?? new CodedAudio(),
    onFault: () => undefined,
    onBroken: (error) => {
      bug = error;
    },
    onSlowReader: () => undefined,
    onEnd: () => undefined,
  });
  const check = (): void => {
    if (bug !== undefined) {
      throw bug instanceof Error ? bug : new Error('the engine has a bug', { cause: bug });
    }
  };
  session.take({ type: 'open' });
  check();
  return {
    send: (event) => {
      const text = typeof event === 'string' ? event : JSON.stringify(event);
      session.take({ type: 'client_message', text });
      check();
    },
    describe: () => session.describe(),
    end: () => {
      isClosed = true;
      session.end();
    },
  };
}
