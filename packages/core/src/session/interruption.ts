import type { KnownServerEvent, SessionObject } from '@prism/protocol';
import { samplesToMs } from '../audio/pcm.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { EventMaker } from './event-maker.ts';
import type { Outbox } from './outbox.ts';
import type { OutputAudio } from './output-audio.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { InterruptionTrigger } from './session-contract.ts';

export interface InterruptionParts {
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly output: OutputAudio;
  readonly responses: ResponseTracker;
  /** Is told that the upstream heard speech while speech interrupts; cuts when it is to be cut. */
  readonly heardSpeech: (nowMs: MonotonicMs) => void;
}

/**
 * Cuts an answer off, in one step: the queue empties, the listener is told, each item that was not sent in full is
 * truncated upstream at what was played, generation is cancelled where the upstream doesn't do so itself, and later
 * audio of those responses is dropped.
 */
export class Interruption {
  readonly #parts: InterruptionParts;
  #isOnSpeech = true;
  #count = 0;

  constructor(parts: InterruptionParts) {
    this.#parts = parts;
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

  cut(trigger: InterruptionTrigger): void {
    const { outbox, events, output, responses } = this.#parts;
    // On speech the upstream cancels by itself; a second cancel would only race with its own.
    if (trigger === 'client_clear' || trigger === 'local_speech') {
      for (const responseId of responses.cancellable()) {
        outbox.push({ type: 'upstream.send', text: events.cancel(responseId) });
        responses.cancelRequested(responseId);
      }
    }
    for (const responseId of responses.active()) responses.silence(responseId);
    const wasPlaying = output.playingResponseId !== undefined;
    const { droppedSamples, items } = output.cut();
    for (const { source, playedSamples } of items) {
      responses.silence(source.responseId);
      outbox.push({
        type: 'upstream.send',
        text: events.truncate({
          itemId: source.itemId,
          contentIndex: source.contentIndex,
          audioEndMs: samplesToMs(playedSamples),
        }),
      });
    }
    if (!wasPlaying && items.length === 0) return;
    this.#count += 1;
    outbox.report({
      type: 'answer.interrupted',
      trigger,
      droppedMs: samplesToMs(droppedSamples),
      truncatedItems: items.length,
    });
  }
}

/** Interruption is on unless the session says otherwise; without turn detection the upstream hears no speech. */
export function interruptsOnSpeech(session: SessionObject): boolean {
  const detection = session.audio?.input?.turn_detection;
  if (detection === undefined) return true;
  return detection !== null && detection.interrupt_response !== false;
}
