import { Conversation, type ConversationDescription } from '../conversation/conversation.ts';
import type { Input } from '../conversation/input.ts';
import {
  applySessionUpdate,
  defaultRealtimeSession,
  defaultTranscriptionSession,
  type SessionIdentity,
  type SessionUpdateResult,
} from '../conversation/session-config.ts';
import type { Clock } from '../door/clock.ts';
import { SessionRunner } from '../door/session-runner.ts';
import type { WireSocket } from '../door/wire-socket.ts';
import type { SessionUpdate } from '../wire/session-update.ts';
import { AnswerDesk } from './answer-desk.ts';
import type { CodedAudio } from './coded-audio.ts';
import { countedSessionIds } from './counted-session-ids.ts';
import type { FaultActionType } from './fault-schema.ts';
import { simulatedBrain } from './simulated-brain.ts';
import { SimulatedEars } from './simulated-ears.ts';
import { SimulatedVoice } from './simulated-voice.ts';
import type { SimulationPlan } from './simulation-plan.ts';
import { SocketBehaviour } from './socket-behaviour.ts';

const INSTRUCTIONS = 'You are a simulator: what you hear and say follows from a script.';

export interface SimulatedSessionOptions {
  readonly plan: SimulationPlan;
  readonly type: 'realtime' | 'transcription';
  readonly model: string;
  /** The configuration that an ephemeral key is bound to. */
  readonly bound: SessionUpdate | undefined;
  readonly wire: WireSocket;
  readonly clock: Clock;
  readonly audio: CodedAudio;
  readonly onFault: (type: FaultActionType) => void;
  readonly onBroken: (error: unknown) => void;
  readonly onSlowReader: () => void;
  readonly onEnd: () => void;
}

/** The configuration that a simulated session starts with. */
export function configureSimulated(
  type: 'realtime' | 'transcription',
  identity: SessionIdentity,
  bound: SessionUpdate | undefined,
): SessionUpdateResult {
  const session =
    type === 'realtime'
      ? defaultRealtimeSession(identity, { instructions: INSTRUCTIONS, canSpeak: true })
      : defaultTranscriptionSession(identity);
  const facts = { hasInputAudio: false, hasAssistantAudio: false, canSpeak: true };
  return bound === undefined ? { ok: true, session } : applySessionUpdate(session, bound, facts);
}

/** One simulated session: the engine's conversation and runner with scripted parts around them. */
export class SimulatedSession {
  readonly #conversation: Conversation;
  readonly #runner: SessionRunner;
  readonly #behaviour: SocketBehaviour;

  constructor(options: SimulatedSessionOptions) {
    const { plan, wire, clock, audio } = options;
    const { script } = plan;
    const ids = countedSessionIds(plan.sessionIndex);
    const answers = new AnswerDesk(script, plan.randomFor('answers'));
    const openedAt = { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
    const identity = {
      id: ids.next('sess'),
      model: options.model,
      expiresAtS: Math.floor((openedAt.wallMs + script.session_ms) / 1_000),
    };
    const configured = configureSimulated(options.type, identity, options.bound);
    if (!configured.ok) {
      throw new Error('the configuration of a key was checked when the key was made');
    }
    this.#conversation = new Conversation({
      session: configured.session,
      brain: simulatedBrain(answers),
      ids,
      canHear: true,
      canSpeak: true,
      openedAt,
      utcOffsetMinutes: 0,
      sessionMsMax: script.session_ms,
    });
    this.#behaviour = new SocketBehaviour({
      wire,
      clock,
      faults: plan.faults,
      random: plan.randomFor('behaviour'),
      newEventId: () => ids.next('event'),
      onFault: options.onFault,
    });
    this.#runner = new SessionRunner({
      conversation: this.#conversation,
      ears: new SimulatedEars({
        hearing: script.hearing,
        transcriptionMs: script.timing.transcription_ms,
        random: plan.randomFor('hearing'),
        clock,
      }),
      voice: new SimulatedVoice({ answers, audio, clock }),
      socket: this.#behaviour,
      clock,
      onBroken: options.onBroken,
      onSlowReader: options.onSlowReader,
      onEnd: options.onEnd,
    });
  }

  /** Takes what the door gives. */
  take(input: Input): void {
    switch (input.type) {
      case 'open':
        this.#behaviour.opened();
        this.#runner.take(input);
        return;
      case 'client_message':
        this.#behaviour.receive(input.text, (text) => {
          this.#runner.take({ type: 'client_message', text });
        });
        return;
      default:
        this.#runner.take(input);
    }
  }

  /** The socket is gone. Idempotent. */
  end(): void {
    this.#behaviour.end();
    this.#runner.end();
  }

  describe(): ConversationDescription {
    return this.#conversation.describe();
  }
}
