import type { KnownServerEvent, SessionObject } from '@prism/protocol';
import { samplesToMs } from '../audio/pcm.ts';
import type { PlayoutLedger } from '../playout/playout-ledger.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { EventMaker } from './event-maker.ts';
import type { InterruptionTrigger } from './interruption-trigger.ts';
import type { Outbox } from './outbox.ts';
import type { OutputAudio } from './output-audio.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { ClientTruncate, Truncations } from './truncations.ts';

export interface InterruptionParts {
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly output: OutputAudio;
  readonly responses: ResponseTracker;
  readonly ledger: PlayoutLedger;
  readonly truncations: Truncations;
  /** Is told that the upstream heard speech while speech interrupts; cuts when it is to be cut. */
  readonly heardSpeech: (nowMs: MonotonicMs) => void;
}

/**
 * Cuts an answer off, in one step, whoever triggers it: generation is cancelled where the upstream doesn't do so
 * itself, later audio of those responses is dropped, the queue empties, the listener is told, and each item that was
 * not heard to its end is truncated upstream at what was heard.
 */
export class Interruption {
  readonly #parts: InterruptionParts;
  #isOnSpeech = true;
  #count = 0;

  constructor(parts: InterruptionParts) {
    this.#parts = parts;
  }

  /** Whether speech interrupts. */
  get isOnSpeech(): boolean {
    return this.#isOnSpeech;
  }

  get count(): number {
    return this.#count;
  }

  /** Follows the session's turn detection, and whether the upstream hears speech while interruption is on. */
  observe(event: KnownServerEvent, nowMs: MonotonicMs): void {
    if (event.type === 'session.created' || event.type === 'session.updated') {
      this.#isOnSpeech = interruptsOnSpeech(event.session);
    } else if (event.type === 'input_audio_buffer.speech_started' && this.#isOnSpeech) {
      this.#parts.heardSpeech(nowMs);
    }
  }

  /** @param asked - The client's own truncate, if that is the trigger. */
  cut(trigger: InterruptionTrigger, nowMs: MonotonicMs, asked?: ClientTruncate): void {
    const { outbox, output, truncations } = this.#parts;
    this.#stopGenerating(trigger);
    const wasPlaying = output.playingResponseId !== undefined;
    const droppedSamples = output.cut();
    const cuts = truncations.cut(nowMs, { isTold: wasPlaying, asked });
    for (const { source } of cuts) this.#parts.responses.silence(source.responseId);
    const truncatedItems = cuts.filter(({ generatedMs }) => generatedMs > 0).length;
    if (!wasPlaying && truncatedItems === 0) return;
    this.#count += 1;
    outbox.report({
      type: 'answer.interrupted',
      trigger,
      droppedMs: samplesToMs(droppedSamples),
      truncatedItems,
    });
  }

  /** Nothing that is being generated will be heard, so that none of it goes on. */
  #stopGenerating(trigger: InterruptionTrigger): void {
    const { outbox, events, responses, ledger } = this.#parts;
    for (const responseId of responses.stoppable(ledger.responseIds)) {
      responses.silence(responseId);
      // On speech the upstream cancels its own answer; a second cancel would only race with that.
      const isLeftToUpstream = trigger === 'speech_started' && !responses.isOutOfBand(responseId);
      if (isLeftToUpstream || responses.isCancelRequested(responseId)) continue;
      outbox.push({ type: 'upstream.send', text: events.cancel(responseId) });
      responses.cancelRequested(responseId);
    }
  }
}

/** Interruption is on unless the session says otherwise; without turn detection the upstream hears no speech. */
export function interruptsOnSpeech(session: SessionObject): boolean {
  const detection = session.audio?.input?.turn_detection;
  if (detection === undefined) return true;
  return detection !== null && detection.interrupt_response !== false;
}
