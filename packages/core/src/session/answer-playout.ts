import type { KnownServerEvent, PlayoutReport } from '@prism/protocol';
import { samplesToMs } from '../audio/pcm.ts';
import type { ConversationRecord } from '../handover/conversation-record.ts';
import type { Description } from '../machine/machine.ts';
import { generatedMs, PlayoutLedger, playedSamples } from '../playout/playout-ledger.ts';
import type { AudioSource } from '../playout/playout-queue.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import { ConversationTranscript } from './conversation-transcript.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import { Interruption } from './interruption.ts';
import { Listening } from './listening.ts';
import type { Outbox } from './outbox.ts';
import { OutputAudio } from './output-audio.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { OwnDeadlineReason, SessionOptions, SlotStamp } from './session-contract.ts';
import { TranscriptTeller } from './transcript-teller.ts';
import { Truncations } from './truncations.ts';
import type { TurnTaking } from './turn-taking.ts';

/** Parts described: those in play, and a few before them. */
const DESCRIBED_COUNT_MAX = 8;

export interface AnswerPlayoutParts {
  readonly options: Pick<SessionOptions, 'audio' | 'trimsLeadingSilence' | 'pcmBlocks'>;
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly relay: EventRelay;
  readonly responses: ResponseTracker;
  readonly turns: TurnTaking;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
}

/** The answers on their way to the listener: what was generated, sent and heard of them, and how they are cut off. */
export class AnswerPlayout {
  readonly #parts: AnswerPlayoutParts;
  readonly ledger = new PlayoutLedger();
  readonly listening = new Listening();
  readonly output: OutputAudio;
  readonly truncations: Truncations;
  readonly interruption: Interruption;
  /** Undefined where the client plays by itself: then only it knows what was heard. */
  readonly #transcript: ConversationTranscript | undefined;
  #nowMs: MonotonicMs;
  #speechStoppedAtMs: MonotonicMs | undefined;
  /** Whether another process goes on with the conversation, which then isn't over. */
  isContinued = false;

  constructor(parts: AnswerPlayoutParts, nowMs: MonotonicMs) {
    this.#parts = parts;
    this.#nowMs = nowMs;
    const { outbox, events, relay, responses, turns, deadlines } = parts;
    const { ledger, listening } = this;
    const { trimsLeadingSilence, pcmBlocks } = parts.options;
    this.output = new OutputAudio({
      outbox,
      relay,
      ledger,
      listening,
      trimsLeadingSilence,
      pcmBlocks,
      frameLeaves: (pcm, responseId, atMs) => turns.play(pcm, responseId, atMs),
    });
    this.#transcript =
      parts.options.audio === 'media'
        ? new ConversationTranscript({
            teller: new TranscriptTeller({ outbox, relay }),
            ledger,
            deadlines,
          })
        : undefined;
    this.truncations = new Truncations({
      outbox,
      events,
      ledger,
      responses,
      listening,
      deadlines,
      heard: (source, heardMs) => this.#transcript?.cut(source, heardMs, this.#nowMs),
    });
    this.interruption = new Interruption({
      outbox,
      events,
      output: this.output,
      responses,
      ledger,
      truncations: this.truncations,
      heardSpeech: (atMs) => turns.upstreamSpeech(atMs),
    });
  }

  /** Audio of an answer has come. */
  receive(source: AudioSource, pcm: Int16Array): void {
    if (!this.#parts.responses.admitsAudio(source.responseId)) return this.truncations.late(source);
    this.#transcript?.generated(source, pcm);
    this.output.push(source, pcm);
  }

  /** Sends one slot's frame, which has this place in the RTP stream. */
  slot(stamp: SlotStamp | undefined, nowMs: MonotonicMs): void {
    this.listening.slot(stamp);
    const startedId = this.output.slot(nowMs);
    this.#transcript?.played(nowMs);
    if (startedId === undefined) return;
    const sinceSpeechStoppedMs =
      this.#speechStoppedAtMs === undefined ? undefined : nowMs - this.#speechStoppedAtMs;
    this.#speechStoppedAtMs = undefined;
    const { outbox } = this.#parts;
    outbox.report({ type: 'answer.started', responseId: startedId, sinceSpeechStoppedMs });
  }

  /** Follows what the upstream tells of its audio; the controllers have been told. */
  observe(event: KnownServerEvent, nowMs: MonotonicMs): void {
    this.#observe(event, nowMs);
    this.#transcript?.observe(event, nowMs);
  }

  /** Who waits for the user's words has waited long enough. */
  elapse(nowMs: MonotonicMs): void {
    this.#transcript?.elapse(nowMs);
  }

  /** The session is over: nothing more is played, and what was heard is told. */
  end(nowMs: MonotonicMs): void {
    this.output.cut();
    this.truncations.end(nowMs);
    if (!this.isContinued) this.#transcript?.close(nowMs);
  }

  /** Whether something that was said isn't known yet as it will be: the user's words, where a cut answer fell silent. */
  get isUnsettled(): boolean {
    return this.truncations.heldCount > 0 || this.#transcript?.awaitsUser === true;
  }

  /** The conversation goes to another process: nothing more is played; undefined where nobody knows what was heard. */
  record(nowMs: MonotonicMs): Pick<ConversationRecord, 'entries' | 'omittedEntries'> | undefined {
    this.output.cut();
    this.truncations.end(nowMs);
    return this.#transcript?.record();
  }

  /** Goes on with a conversation from another process. */
  restore(record: ConversationRecord, nowMs: MonotonicMs): void {
    this.#transcript?.restore(record, nowMs);
  }

  #observe(event: KnownServerEvent, nowMs: MonotonicMs): void {
    switch (event.type) {
      case 'response.content_part.added': {
        const { response_id: responseId, item_id: itemId, content_index: contentIndex } = event;
        const isSpoken = event.part.type.includes('audio');
        if (isSpoken) this.ledger.begun({ responseId, itemId, contentIndex });
        return;
      }
      case 'response.output_audio.done':
        return this.ledger.partGenerated(event.item_id, event.content_index);
      case 'response.done':
        return this.output.complete(event.response.id);
      case 'conversation.item.deleted':
        return this.truncations.deleted(event.item_id);
      case 'input_audio_buffer.speech_stopped':
        this.#speechStoppedAtMs = nowMs;
        return;
      default:
    }
  }

  /** The client has told what it plays. */
  reported(report: PlayoutReport, nowMs: MonotonicMs): void {
    if (this.listening.receive(report, nowMs)) this.truncations.reported(report);
  }

  /** It is so late: told with every input, before the parts take it. */
  clock(nowMs: MonotonicMs): void {
    this.#nowMs = nowMs;
  }

  describe(): Description {
    const { output, listening, truncations, interruption } = this;
    return {
      ...output.describe(),
      answerParts: this.#describeParts(),
      interruptions: interruption.count,
      truncatesHeld: truncations.heldCount,
      truncatesCorrected: truncations.corrections,
      listenerRttMs: listening.rttMs,
      playoutReports: listening.reportsReceived,
      playoutReportsStale: listening.reportsStale,
    };
  }

  /** The newest parts, each with what was heard of it and how far off that may be. */
  #describeParts(): readonly Description[] {
    const heard = this.listening.now(this.#nowMs);
    return this.ledger.entries.slice(-DESCRIBED_COUNT_MAX).map((entry) => {
      const { itemId, contentIndex } = entry.source;
      const item = heard.find(
        ({ source }) => source.itemId === itemId && source.contentIndex === contentIndex,
      );
      const sentMs = samplesToMs(playedSamples(entry));
      return {
        itemId,
        contentIndex,
        generatedMs: generatedMs(entry),
        sentMs,
        heardMs: entry.truncatedMs ?? Math.floor(item?.heardMs ?? sentMs),
        heardErrorMs: Math.ceil(item?.errorMs ?? 0),
        truncatedMs: entry.truncatedMs,
      };
    });
  }
}
