import type { ClientEventOf, ErrorObject, PlayoutReport } from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { HeardItem } from '../playout/heard-estimate.ts';
import {
  generatedMs,
  isUnfinished,
  type LedgerEntry,
  type PlayoutLedger,
  playedSamples,
  type TruncatedBy,
} from '../playout/playout-ledger.ts';
import type { AudioSource } from '../playout/playout-queue.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { EventMaker } from './event-maker.ts';
import type { Listening } from './listening.ts';
import type { Outbox } from './outbox.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { OwnDeadlineReason } from './session-contract.ts';

/** A `conversation.item.truncate` of a controller. */
export type ClientTruncate = ClientEventOf<'conversation.item.truncate'>;

/** How much longer than a round trip a client may take to say where it fell silent. */
const SILENCED_WAIT_MS = 150;
/** Truncates of Prism's own whose refusal would be understood; a cut makes one for each item that waited. */
const SENT_COUNT_MAX = 64;
/** How OpenAI's upstream names the length of an item that is shorter than where it should be cut. */
const TRUE_LENGTH = /\bof (\d+)\s?ms is already shorter\b/;

export interface TruncationsParts {
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly ledger: PlayoutLedger;
  readonly responses: ResponseTracker;
  readonly listening: Listening;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
  /** Is told of each part that was cut, when it is known how much of it was heard. */
  readonly heard: (source: AudioSource, heardMs: number) => void;
}

/** A part that was cut, and where. */
export interface CutPart {
  readonly source: AudioSource;
  /** What was heard of it, in whole ms of the audio as generated. */
  readonly heardMs: number;
  readonly generatedMs: number;
  /** Whether some of it has been sent, so that the client may have thrown it away. */
  readonly isInFlight: boolean;
}

/**
 * Tells the upstream what was heard of each item that was cut.
 *
 * At once where what was sent is heard. Where the client throws its buffer away, when it has said where it fell silent:
 * at most a round trip and {@link SILENCED_WAIT_MS} later, and before the upstream answers anything else.
 */
export class Truncations {
  readonly #parts: TruncationsParts;
  #held: CutPart[] = [];
  /** What was in flight at the last cut: a report that comes late may still shorten it. */
  #inFlight: readonly CutPart[] = [];
  readonly #sent = new Map<string, CutPart>();
  #corrections = 0;

  constructor(parts: TruncationsParts) {
    this.#parts = parts;
  }

  /** Truncates that were sent again because the upstream named another length. */
  get corrections(): number {
    return this.#corrections;
  }

  /** Truncates that wait for the client to say where it fell silent. */
  get heldCount(): number {
    return this.#held.length;
  }

  /**
   * Closes everything that was not heard to its end, and tells the upstream, now or when it is known what was heard.
   * Who isn't told that the output was cleared plays out what he has.
   * What a client asked is told as its own event, where it asked or where it was heard, whichever comes first.
   */
  cut(
    nowMs: MonotonicMs,
    { isTold, asked }: { readonly isTold: boolean; readonly asked: ClientTruncate | undefined },
  ): readonly CutPart[] {
    this.flush();
    const { ledger, listening, deadlines } = this.#parts;
    const heard = isTold ? listening.atCut(nowMs) : [];
    const cuts = ledger.entries.flatMap((entry) => cutOf(entry, heard));
    for (const cut of cuts) {
      ledger.close(cut.source);
      if (cut.generatedMs === 0) this.#parts.heard(cut.source, 0);
      else if (asked !== undefined && isOf(cut, asked)) this.#sendAsked(cut, asked);
      else if (isTold && listening.goesSilent && cut.isInFlight) this.#held.push(cut);
      else this.#send(cut);
    }
    if (this.#held.length > 0)
      deadlines.set('truncate.hold', after(nowMs, listening.assumedRttMs + SILENCED_WAIT_MS));
    if (isTold) this.#inFlight = cuts.filter(({ isInFlight }) => isInFlight);
    return cuts;
  }

  /** A report came: a client that fell silent has told where. */
  reported(report: PlayoutReport): void {
    const { listening, ledger } = this.#parts;
    if (report.reason !== 'silenced' || !listening.isOfStream(report)) return;
    const heard = listening.upTo(report);
    const told = (cut: CutPart): CutPart => {
      const item = itemOf(heard, cut.source);
      return item === undefined ? cut : { ...cut, heardMs: wholeMs(item.heardMs, cut.generatedMs) };
    };
    this.#held = this.#held.map(told);
    this.flush();
    for (const cut of this.#inFlight.map(told)) {
      const entry = ledger.entry(cut.source);
      if (entry?.isDeleted === false && cut.heardMs < (entry.truncatedMs ?? 0)) this.#send(cut);
    }
    this.#inFlight = [];
  }

  /** Nothing is waited for any longer: what is estimated is told. */
  flush(): void {
    this.#parts.deadlines.clear('truncate.hold');
    for (const cut of this.#held.splice(0)) this.#send(cut);
  }

  /** Audio came of a response that was cut off. Of an item that nobody has heard of yet, nothing is kept. */
  late(source: AudioSource): void {
    const entry = this.#parts.ledger.entry(source);
    const isSettled = entry?.truncatedMs !== undefined || entry?.isDeleted === true;
    if (isSettled || (entry?.generatedSamples ?? 0) > 0) return;
    this.#send({ source, heardMs: 0, generatedMs: 0, isInFlight: false });
  }

  /** The item leaves the conversation. */
  deleted(itemId: string): void {
    this.#held = this.#held.filter(({ source }) => source.itemId !== itemId);
    this.#parts.ledger.deleted(itemId);
  }

  /** Answers a client's truncate of a part that waits to be truncated, with what is estimated. False if it doesn't. */
  sendHeld(asked: ClientTruncate): boolean {
    const held = this.#held.find((cut) => isOf(cut, asked));
    if (held === undefined) return false;
    this.#held = this.#held.filter((cut) => cut !== held);
    this.#sendAsked(held, asked);
    return true;
  }

  /** A part ends here, upstream and for whoever reads what was heard. */
  truncated(source: AudioSource, audioEndMs: number, by: TruncatedBy): void {
    const { ledger, heard, outbox } = this.#parts;
    ledger.truncated(source, audioEndMs, by);
    heard(source, audioEndMs);
    const { responseId, itemId } = source;
    outbox.report({ type: 'answer.truncated', responseId, itemId, audioEndMs });
  }

  /** The upstream refused an event of Prism's own: a truncate that was too long is sent once more. */
  refused(eventId: string, error: ErrorObject): void {
    const cut = this.#sent.get(eventId);
    this.#sent.delete(eventId);
    const lengthMs = Number(TRUE_LENGTH.exec(error.message)?.[1]);
    // A length that was named once is the truth, or the upstream contradicts itself.
    if (cut === undefined || !(lengthMs < cut.heardMs)) return;
    this.#corrections += 1;
    this.#send({ ...cut, heardMs: lengthMs });
  }

  /** The session is over: nobody is told any more but those here. */
  end(nowMs: MonotonicMs): void {
    const { ledger, listening, heard } = this.#parts;
    const atEnd = listening.atCut(nowMs);
    const cuts = [
      ...this.#held.splice(0),
      ...ledger.entries.flatMap((entry) => cutOf(entry, atEnd)),
    ];
    for (const { source, heardMs } of cuts) {
      ledger.close(source);
      heard(source, heardMs);
    }
  }

  #send(cut: CutPart): void {
    const { outbox, events, responses } = this.#parts;
    const { source, heardMs } = cut;
    this.truncated(source, heardMs, 'prism');
    if (responses.isOutOfBand(source.responseId)) return;
    const { itemId, contentIndex } = source;
    const { eventId, text } = events.truncate({ itemId, contentIndex, audioEndMs: heardMs });
    this.#sent.set(eventId, cut);
    if (this.#sent.size > SENT_COUNT_MAX) {
      const oldest = this.#sent.keys().next();
      if (oldest.done !== true) this.#sent.delete(oldest.value);
    }
    outbox.push({ type: 'upstream.send', text });
  }

  #sendAsked({ source, heardMs }: CutPart, asked: ClientTruncate): void {
    const audioEndMs = Math.min(heardMs, asked.audio_end_ms);
    this.truncated(source, audioEndMs, 'controller');
    const text = JSON.stringify({ ...asked, audio_end_ms: audioEndMs });
    this.#parts.outbox.push({ type: 'upstream.send', text });
  }
}

/** What a cut leaves of a part: none if it was heard to its end, or is settled already. */
function cutOf(entry: LedgerEntry, heard: readonly HeardItem[]): readonly CutPart[] {
  if (entry.isClosed) return [];
  const { source, generatedSamples } = entry;
  // What the timeline has forgotten was heard long ago; what it never had is nothing, or silence that was left out.
  const sentMs = playedSamples(entry) / SAMPLES_PER_MS;
  const heardMs = Math.min(sentMs, itemOf(heard, source)?.heardMs ?? sentMs);
  if (!isUnfinished(entry) && heardMs * SAMPLES_PER_MS >= generatedSamples) return [];
  const lengthMs = generatedMs(entry);
  const isInFlight = entry.sentSamples > 0;
  return [{ source, heardMs: wholeMs(heardMs, lengthMs), generatedMs: lengthMs, isInFlight }];
}

function wholeMs(heardMs: number, generatedMsMax: number): number {
  return Math.min(Math.floor(heardMs), generatedMsMax);
}

function itemOf(heard: readonly HeardItem[], source: AudioSource): HeardItem | undefined {
  return heard.find(
    (item) =>
      item.source.itemId === source.itemId && item.source.contentIndex === source.contentIndex,
  );
}

function isOf({ source }: CutPart, asked: ClientTruncate): boolean {
  return source.itemId === asked.item_id && source.contentIndex === asked.content_index;
}
