import { ACTIVITY_FRAME_SAMPLES } from '../ports/ears.ts';
import { invalidRequest, type WireError } from '../wire/wire-error.ts';
import type { Hearings } from './hearings.ts';
import type { IdSource } from './id-source.ts';
import { InputBuffer } from './input-buffer.ts';
import type { InputAudioPart } from './item.ts';
import type { ItemDesk } from './item-desk.ts';
import type { Outbox } from './outbox.ts';
import type { SessionState } from './session-state.ts';
import { type SentenceState, TurnDetector, type TurnEvent } from './turn-detector.ts';
import { bytesFromBase64, InputAudioDecoder, msOfSamples, SAMPLES_PER_MS } from './wire-audio.ts';

/** The least audio that can be committed. */
const COMMIT_MS_MIN = 100;

/** The ears are asked to begin at most this far in the past; they keep 15 s. */
const EAR_REACH_MS = 13_000;

/** How much before the onset the ears begin in a session without turn detection. */
const MANUAL_PREFIX_MS = 300;

/** What the system message of an idle turn says to whoever reads the conversation. */
const IDLE_NOTE =
  'The user has not said anything since your last answer. Ask briefly whether they are still there.';

export interface InputAudioOptions {
  readonly outbox: Outbox;
  readonly ids: IdSource;
  readonly session: SessionState;
  readonly hearings: Hearings;
  readonly desk: ItemDesk;
  readonly canHear: boolean;
  /** Called right after `speech_started` was sent. */
  readonly onSpeechStarted: (nowMs: number) => void;
  /** Called when turn detection, not the client, has committed a turn. */
  readonly onTurnCommitted: (nowMs: number) => void;
}

/** A stretch of speech that is going on; its item's id is reserved. */
interface OpenTurn {
  readonly itemId: string;
  readonly startSample: number;
  /** Whether turn detection owns it, or the client will commit it. */
  readonly isDetected: boolean;
}

/** The way in: appended audio, the turns found in it, and what is committed of it. */
export class InputAudio {
  readonly #options: InputAudioOptions;
  readonly #buffer = new InputBuffer();
  readonly #detector = new TurnDetector();
  #decoder: InputAudioDecoder | undefined;
  #turn: OpenTurn | undefined;

  constructor(options: InputAudioOptions) {
    this.#options = options;
    this.#detector.configure(this.#turnDetection);
  }

  get isSpeaking(): boolean {
    return this.#turn?.isDetected === true;
  }

  get hasAudio(): boolean {
    return this.#decoder !== undefined;
  }

  get endSample(): number {
    return this.#buffer.endSample;
  }

  describe(): { readonly bufferedMs: number; readonly droppedMs: number } {
    const { startSample, endSample, droppedSamples } = this.#buffer;
    return {
      bufferedMs: msOfSamples(endSample - startSample),
      droppedMs: msOfSamples(droppedSamples),
    };
  }

  append(base64: string): WireError | undefined {
    const bytes = bytesFromBase64(base64);
    if (bytes === undefined) {
      const message = "Invalid value for 'audio': expected standard base64 with padding.";
      return invalidRequest('invalid_value', message, 'audio');
    }
    this.#decoder ??= new InputAudioDecoder(this.#options.session.object.audio.input.format);
    const pcm = this.#decoder.decode(bytes);
    this.#buffer.append(pcm);
    if (this.#options.canHear && pcm.length > 0) {
      this.#options.outbox.push({ type: 'ear_push', pcm });
    }
    return undefined;
  }

  /** The client's commit. It never starts a response. */
  commit(nowMs: number): WireError | undefined {
    const bufferedMs = msOfSamples(this.#buffer.endSample - this.#buffer.startSample);
    if (bufferedMs < COMMIT_MS_MIN) {
      return invalidRequest(
        'input_audio_buffer_commit_empty',
        `Error committing input audio buffer: buffer too small. Expected at least ${COMMIT_MS_MIN}ms of audio, but buffer only has ${bufferedMs.toFixed(2)}ms of audio.`,
      );
    }
    const turn = this.#turn;
    this.#turn = undefined;
    this.#detector.reset();
    this.#commitRange(
      turn?.itemId ?? this.#options.ids.next('item'),
      { from: this.#buffer.startSample, to: this.#buffer.endSample },
      nowMs,
    );
    return undefined;
  }

  clear(): void {
    this.#forgetTurn();
    this.#buffer.dropBefore(this.#buffer.endSample);
    this.#options.outbox.send({ type: 'input_audio_buffer.cleared' });
  }

  /** The session's turn detection may have changed. */
  reconfigure(): void {
    const turnDetection = this.#turnDetection;
    this.#detector.configure(turnDetection);
    if (this.#turn !== undefined && this.#turn.isDetected !== (turnDetection !== null)) {
      this.#forgetTurn();
    }
  }

  /** Speech probabilities from the ears. Those of audio that is gone are left out. */
  activity(firstSample: number, probabilities: Float32Array, nowMs: number): void {
    probabilities.forEach((probability, index) => {
      const frameSample = firstSample + index * ACTIVITY_FRAME_SAMPLES;
      if (frameSample >= this.#buffer.startSample) {
        const event = this.#detector.frame(frameSample, probability);
        if (event !== undefined) {
          this.#onTurnEvent(event, nowMs);
        }
      }
    });
  }

  /** Whether the user pauses in the turn of this utterance. */
  isPausing(utteranceId: string): boolean {
    return this.#turn?.itemId === utteranceId && this.#detector.isPausing;
  }

  /** What the ears have understood of an utterance so far, for semantic turn detection. */
  setSentence(utteranceId: string, sentence: SentenceState): void {
    if (this.#turn?.itemId === utteranceId) {
      this.#detector.setSentence(sentence);
    }
  }

  /** The server's turn for a user who has said nothing since `fromSample`. */
  commitSilence(fromSample: number): void {
    const { outbox, ids, desk, hearings } = this.#options;
    const to = this.#buffer.endSample;
    const itemId = ids.next('item');
    outbox.send({
      type: 'input_audio_buffer.timeout_triggered',
      audio_start_ms: Math.round(msOfSamples(fromSample)),
      audio_end_ms: Math.round(msOfSamples(to)),
      item_id: itemId,
    });
    desk.append({
      type: 'message',
      id: ids.next('item'),
      role: 'system',
      status: 'completed',
      wasTruncated: false,
      content: [{ type: 'input_text', text: IDLE_NOTE }],
    });
    this.#forgetTurn();
    const part = this.#addUserItem(itemId, { from: fromSample, to });
    hearings.completeSilence(itemId, part);
  }

  get #turnDetection(): SessionState['object']['audio']['input']['turn_detection'] {
    return this.#options.session.object.audio.input.turn_detection;
  }

  #onTurnEvent(event: TurnEvent, nowMs: number): void {
    if (event.type === 'started') {
      this.#startTurn(event.onsetSample, nowMs);
    } else if (this.#turn?.isDetected === true) {
      this.#stopTurn(this.#turn, event.endSample, nowMs);
    }
  }

  #startTurn(onsetSample: number, nowMs: number): void {
    const turnDetection = this.#turnDetection;
    const prefixMs =
      turnDetection?.type === 'server_vad' ? turnDetection.prefix_padding_ms : MANUAL_PREFIX_MS;
    const startSample = Math.max(this.#buffer.startSample, onsetSample - prefixMs * SAMPLES_PER_MS);
    if (this.#turn !== undefined) {
      // Without turn detection, the first speech has opened the one utterance that the client will commit.
      return;
    }
    const itemId = this.#options.ids.next('item');
    this.#turn = { itemId, startSample, isDetected: turnDetection !== null };
    if (this.#buffer.endSample - startSample <= EAR_REACH_MS * SAMPLES_PER_MS) {
      this.#options.hearings.begin(itemId, startSample);
    }
    if (turnDetection !== null) {
      this.#options.outbox.send({
        type: 'input_audio_buffer.speech_started',
        audio_start_ms: Math.round(msOfSamples(startSample)),
        item_id: itemId,
      });
      this.#options.onSpeechStarted(nowMs);
    }
  }

  #stopTurn(turn: OpenTurn, endSample: number, nowMs: number): void {
    this.#turn = undefined;
    this.#options.outbox.send({
      type: 'input_audio_buffer.speech_stopped',
      audio_end_ms: Math.round(msOfSamples(endSample)),
      item_id: turn.itemId,
    });
    this.#commitRange(turn.itemId, { from: turn.startSample, to: endSample }, nowMs);
    this.#options.onTurnCommitted(nowMs);
  }

  #forgetTurn(): void {
    if (this.#turn !== undefined) {
      this.#options.hearings.cancel(this.#turn.itemId);
      this.#turn = undefined;
    }
    this.#detector.reset();
  }

  #commitRange(
    itemId: string,
    range: { readonly from: number; readonly to: number },
    nowMs: number,
  ): void {
    const { hearings } = this.#options;
    const part = this.#addUserItem(itemId, range);
    const reach = this.#buffer.endSample - EAR_REACH_MS * SAMPLES_PER_MS;
    if (!hearings.isOpen(itemId) && range.from < reach) {
      // The ears have already forgotten the beginning: they hear the recording instead.
      const pcm = part.pcm ?? new Int16Array(0);
      hearings.hearClip({ itemId, contentIndex: 0, part, pcm, isTold: true, nowMs });
    } else {
      hearings.end({ itemId, part, fromSample: range.from, toSample: range.to, nowMs });
    }
  }

  /** Takes a range out of the buffer and makes the user's item of it. */
  #addUserItem(
    itemId: string,
    range: { readonly from: number; readonly to: number },
  ): InputAudioPart {
    const { outbox, desk } = this.#options;
    const pcm = this.#buffer.slice(range.from, range.to);
    this.#buffer.dropBefore(range.to);
    const part: InputAudioPart = {
      type: 'input_audio',
      hearing: { state: 'pending' },
      transcript: null,
      durationMs: msOfSamples(pcm.length),
      pcm,
    };
    outbox.send({
      type: 'input_audio_buffer.committed',
      previous_item_id: desk.items.last?.id ?? null,
      item_id: itemId,
    });
    desk.append({
      type: 'message',
      id: itemId,
      role: 'user',
      status: 'completed',
      wasTruncated: false,
      content: [part],
    });
    return part;
  }
}
