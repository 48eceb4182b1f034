import { Conversation, type ConversationOptions } from '../conversation/conversation.ts';
import type { Effect } from '../conversation/effect.ts';
import type { Input } from '../conversation/input.ts';
import {
  defaultRealtimeSession,
  defaultTranscriptionSession,
} from '../conversation/session-config.ts';
import type { Hearing } from '../ports/ears.ts';
import type { ServerEvent, ServerEventOf, ServerEventType } from '../wire/server-event.ts';
import { countedIds } from './counted-ids.ts';
import { FakeBrain } from './fake-brain.ts';

const SAMPLES_PER_MS = 24;
const FRAME_MS = 10;

export interface BenchOptions {
  readonly type?: 'realtime' | 'transcription';
  readonly canHear?: boolean;
  readonly canSpeak?: boolean;
  readonly sessionMsMax?: number;
  readonly outputPaceRatio?: number;
}

type EffectOf<Type extends Effect['type']> = Extract<Effect, { readonly type: Type }>;

/** A conversation on a clock that is moved by hand, with everything that it wants done written down. */
export class ConversationBench {
  readonly brain = new FakeBrain();
  readonly conversation: Conversation;
  nowMs = 1_000;
  /** Everything since the beginning. */
  readonly effects: Effect[] = [];
  #takenCount = 0;
  #activitySample = 0;

  constructor(options: BenchOptions = {}) {
    const canHear = options.canHear ?? true;
    const canSpeak = options.canSpeak ?? true;
    const identity = { id: 'sess_bench', model: 'gpt-realtime-2.1', expiresAtS: 3_600 };
    const conversationOptions: ConversationOptions = {
      session:
        options.type === 'transcription'
          ? defaultTranscriptionSession(identity)
          : defaultRealtimeSession(identity, { instructions: 'Be kind.', canSpeak }),
      brain: this.brain,
      ids: countedIds(),
      canHear,
      canSpeak,
      openedAt: { nowMs: this.nowMs, wallMs: 1_800_000_000_000 },
      utcOffsetMinutes: 60,
      sessionMsMax: options.sessionMsMax,
      outputPaceRatio: options.outputPaceRatio,
    };
    this.conversation = new Conversation(conversationOptions);
  }

  /** Gives an input and writes down what follows. */
  give(input: Input): this {
    this.conversation.handle(input, this.nowMs);
    for (let effect = this.conversation.poll(); effect; effect = this.conversation.poll()) {
      this.effects.push(effect);
    }
    return this;
  }

  open(): this {
    return this.give({ type: 'open' });
  }

  /** Sends a client event. */
  send(event: Readonly<Record<string, unknown>>): this {
    return this.give({ type: 'client_message', text: JSON.stringify(event) });
  }

  update(session: Readonly<Record<string, unknown>>): this {
    return this.send({ type: 'session.update', session: { type: 'realtime', ...session } });
  }

  type(text: string): this {
    const content = [{ type: 'input_text', text }];
    const item = { type: 'message', role: 'user', content };
    return this.send({ type: 'conversation.item.create', item });
  }

  respond(response: Readonly<Record<string, unknown>> = {}): this {
    return this.send({ type: 'response.create', response });
  }

  /** Appends silence as PCM; what is said in it is up to {@link activity}. */
  append(durationMs: number): this {
    const audio = Buffer.alloc(durationMs * SAMPLES_PER_MS * 2).toString('base64');
    return this.send({ type: 'input_audio_buffer.append', audio });
  }

  /** Appends audio in which somebody speaks, or nobody does, and lets the ears say so. */
  listen(durationMs: number, probabilityRatio: number): this {
    this.append(durationMs);
    this.nowMs += durationMs;
    const speechProbabilities = new Float32Array(durationMs / FRAME_MS).fill(probabilityRatio);
    const firstSample = this.#activitySample;
    this.#activitySample += durationMs * SAMPLES_PER_MS;
    return this.give({ type: 'ear_activity', firstSample, speechProbabilities });
  }

  /** Somebody speaks for a while, then is silent until the turn is over, and is understood. */
  say(text: string, speechMs = 800): this {
    this.listen(200, 0).listen(speechMs, 1).listen(600, 0);
    return this.understand(text);
  }

  /** The ears have understood the last utterance that ended. */
  understand(text: string, hearing: Partial<Hearing> = {}): this {
    const utteranceId = this.lastEffect('ear_end').utteranceId;
    return this.give({
      type: 'ear_final',
      utteranceId,
      hearing: { text, isAccepted: true, confidenceRatio: 1, speechMs: 800, ...hearing },
    });
  }

  /** The voice says the last text it was given, in one chunk. */
  speak(durationMs = 400): this {
    const { speechId, request } = this.lastEffect('voice_speak');
    return this.chunk(request.text, durationMs).give({ type: 'voice_finished', speechId });
  }

  chunk(text: string, durationMs: number): this {
    const { speechId } = this.lastEffect('voice_speak');
    const pcm = new Int16Array(durationMs * SAMPLES_PER_MS).fill(1_000);
    return this.give({ type: 'voice_chunk', speechId, chunk: { text, pcm } });
  }

  /** Moves the clock, calling at each deadline on the way. */
  wait(durationMs: number): this {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const deadline = this.conversation.deadline();
      if (deadline === undefined || deadline.atMs > endMs) {
        break;
      }
      this.nowMs = Math.max(this.nowMs, deadline.atMs);
      this.give({ type: 'time' });
    }
    this.nowMs = endMs;
    return this;
  }

  /** The events sent since the last call. */
  take(): ServerEvent[] {
    const events = this.effects
      .slice(this.#takenCount)
      .flatMap((effect) => (effect.type === 'send' ? [effect.event] : []));
    this.#takenCount = this.effects.length;
    return events;
  }

  /** The types of the events sent since the last call, runs of the same delta as one. */
  takeTypes(): string[] {
    return this.take()
      .map(({ type }) => type)
      .filter((type, index, types) => !(type.endsWith('.delta') && types[index - 1] === type));
  }

  events(): ServerEvent[] {
    return this.effects.flatMap((effect) => (effect.type === 'send' ? [effect.event] : []));
  }

  eventsOf<Type extends ServerEventType>(type: Type): ServerEventOf<Type>[] {
    const isOfType = (event: ServerEvent): event is ServerEventOf<Type> & ServerEvent =>
      event.type === type;
    return this.events().filter(isOfType);
  }

  last<Type extends ServerEventType>(type: Type): ServerEventOf<Type> {
    const event = this.eventsOf(type).at(-1);
    if (event === undefined) {
      throw new Error(`no ${type} was sent`);
    }
    return event;
  }

  lastEffect<Type extends Effect['type']>(type: Type): EffectOf<Type> {
    const effect = this.effects.findLast((one): one is EffectOf<Type> => one.type === type);
    if (effect === undefined) {
      throw new Error(`no ${type} was wanted`);
    }
    return effect;
  }

  effectsOf<Type extends Effect['type']>(type: Type): EffectOf<Type>[] {
    return this.effects.filter((effect): effect is EffectOf<Type> => effect.type === type);
  }
}
