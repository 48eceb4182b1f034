import { SCTP_DATA_FLAG, type SctpData } from '@prism/protocol';

/** What a held fragment counts besides its payload, so that many small ones are bounded too. */
const FRAGMENT_OVERHEAD_BYTES = 128;

/** What the fragments of a message have in common. */
interface MessageHead {
  readonly streamId: number;
  /** As on the wire; undefined of an unordered one. */
  readonly ssn: number | undefined;
  readonly payloadProtocol: number;
}

/** A message that is whole. */
export interface WholeMessage extends MessageHead {
  readonly bytes: Uint8Array;
}

/** Fragments with TSNs in a row that belong to one message. */
interface FragmentRun {
  startTsn: number;
  endTsn: number;
  sizeBytes: number;
  hasBegin: boolean;
  hasEnd: boolean;
  readonly head: MessageHead;
}

/** Puts fragments together, in whatever order they come: those of one message have TSNs in a row (RFC 9260, 6.9). */
export class FragmentRuns {
  readonly #messageBytesMax: number;
  readonly #payloads = new Map<number, Uint8Array>();
  readonly #byStart = new Map<number, FragmentRun>();
  readonly #byEnd = new Map<number, FragmentRun>();
  #heldBytes = 0;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Size of what is held, with an overhead for each fragment. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Takes a new fragment with its unwrapped TSN. Answers the message that it completes, `held`, or what is wrong with it.
   * `cumulativeTsn`: nothing up to there will come any more but this one.
   */
  add(
    tsn: number,
    data: SctpData,
    cumulativeTsn: number,
  ): WholeMessage | 'held' | 'message_too_large' | 'protocol_violation' {
    const hasBegin = (data.flags & SCTP_DATA_FLAG.begin) !== 0;
    const hasEnd = (data.flags & SCTP_DATA_FLAG.end) !== 0;
    if (data.payload.length > this.#messageBytesMax) return 'message_too_large';
    const head = headOf(data);
    if (hasBegin && hasEnd) return { ...head, bytes: data.payload };
    const before = hasBegin ? undefined : this.#byEnd.get(tsn - 1);
    const behind = hasEnd ? undefined : this.#byStart.get(tsn + 1);
    if (!hasBegin && before === undefined && tsn - 1 <= cumulativeTsn) {
      // What it continues has been given up: so is this, and what continues it.
      if (behind !== undefined && !behind.hasBegin) this.#drop(behind);
      return 'held';
    }
    let run: FragmentRun = {
      startTsn: tsn,
      endTsn: tsn,
      sizeBytes: data.payload.length,
      hasBegin,
      hasEnd,
      head,
    };
    this.#payloads.set(tsn, data.payload.slice());
    this.#heldBytes += data.payload.length + FRAGMENT_OVERHEAD_BYTES;
    if (before !== undefined && !before.hasEnd) {
      if (!isSameMessage(before.head, head)) return 'protocol_violation';
      run = this.#joined(before, run);
    }
    if (behind !== undefined && !behind.hasBegin) {
      if (!isSameMessage(behind.head, head)) return 'protocol_violation';
      run = this.#joined(run, behind);
    }
    if (run.sizeBytes > this.#messageBytesMax) return 'message_too_large';
    if (run.hasBegin && run.hasEnd) return this.#complete(run);
    this.#byStart.set(run.startTsn, run);
    this.#byEnd.set(run.endTsn, run);
    return 'held';
  }

  /** Nothing up to `toTsn` will be completed any more; up to `fromTsn` nothing was missing. */
  skip(fromTsn: number, toTsn: number): void {
    for (const run of this.#runsIn(fromTsn, toTsn)) {
      if (run.startTsn <= toTsn || (!run.hasBegin && run.startTsn === toTsn + 1)) this.#drop(run);
    }
  }

  /** Runs that `skip` may concern: by one look at each TSN or at all of them, whichever are fewer. */
  *#runsIn(fromTsn: number, toTsn: number): Iterable<FragmentRun> {
    if (toTsn - fromTsn > this.#byStart.size) {
      yield* this.#byStart.values();
      return;
    }
    // What began before, and waits for what is skipped now.
    const begun = this.#byEnd.get(fromTsn);
    if (begun !== undefined) yield begun;
    for (let tsn = fromTsn + 1; tsn <= toTsn + 1; tsn += 1) {
      const run = this.#byStart.get(tsn);
      if (run !== undefined) yield run;
    }
  }

  /** Both as one; neither is held as such any longer. */
  #joined(first: FragmentRun, second: FragmentRun): FragmentRun {
    this.#forget(first);
    this.#forget(second);
    return {
      startTsn: first.startTsn,
      endTsn: second.endTsn,
      sizeBytes: first.sizeBytes + second.sizeBytes,
      hasBegin: first.hasBegin,
      hasEnd: second.hasEnd,
      head: first.head,
    };
  }

  #complete(run: FragmentRun): WholeMessage {
    const bytes = new Uint8Array(run.sizeBytes);
    let at = 0;
    for (let tsn = run.startTsn; tsn <= run.endTsn; tsn += 1) {
      const payload = this.#payloads.get(tsn);
      if (payload === undefined) continue;
      bytes.set(payload, at);
      at += payload.length;
    }
    this.#drop(run);
    return { ...run.head, bytes };
  }

  #drop(run: FragmentRun): void {
    this.#forget(run);
    for (let tsn = run.startTsn; tsn <= run.endTsn; tsn += 1) this.#payloads.delete(tsn);
    this.#heldBytes -= run.sizeBytes + (run.endTsn - run.startTsn + 1) * FRAGMENT_OVERHEAD_BYTES;
  }

  #forget(run: FragmentRun): void {
    if (this.#byStart.get(run.startTsn) === run) this.#byStart.delete(run.startTsn);
    if (this.#byEnd.get(run.endTsn) === run) this.#byEnd.delete(run.endTsn);
  }
}

function headOf({ flags, streamId, ssn, payloadProtocol }: SctpData): MessageHead {
  const isUnordered = (flags & SCTP_DATA_FLAG.unordered) !== 0;
  return { streamId, payloadProtocol, ssn: isUnordered ? undefined : ssn };
}

function isSameMessage(one: MessageHead, other: MessageHead): boolean {
  return one.streamId === other.streamId && one.ssn === other.ssn;
}
