/** What became of a call's incoming audio. Counts since the call began; samples are at 24 kHz. */
export interface AudioReceiveCounters {
  readonly packetsPlayed: number;
  /** Packets that waited behind a gap, and for how long in all and at most. */
  readonly packetsHeld: number;
  readonly heldMsTotal: number;
  readonly heldMsMax: number;
  /** Missing packets that came after all: out of order, or because they were asked for. */
  readonly packetsReordered: number;
  readonly packetsRecoveredByNack: number;
  /** Missing packets whose sound came in another packet. */
  readonly packetsRecoveredByRed: number;
  readonly packetsRecoveredByFec: number;
  /** Missing packets that were given up. */
  readonly packetsGivenUp: number;
  readonly packetsLate: number;
  readonly packetsDuplicate: number;
  readonly packetsForeign: number;
  readonly packetsMalformed: number;
  /** Times that a gap was given up early because too much waited behind it. */
  readonly holdOverflows: number;
  readonly nacksSent: number;
  readonly concealedSamples: number;
  readonly silenceSamples: number;
  /** Of these, what was played while a pause lasted, and what of it stayed in the timeline though it was too much. */
  readonly silenceAheadSamples: number;
  readonly silenceExcessSamples: number;
  /** RTP time that was left out of the timeline. */
  readonly skippedSamples: number;
  readonly restarts: number;
}

export type MutableCounters = { -readonly [Name in keyof AudioReceiveCounters]: number };

export function zeroCounters(): MutableCounters {
  return {
    packetsPlayed: 0,
    packetsHeld: 0,
    heldMsTotal: 0,
    heldMsMax: 0,
    packetsReordered: 0,
    packetsRecoveredByNack: 0,
    packetsRecoveredByRed: 0,
    packetsRecoveredByFec: 0,
    packetsGivenUp: 0,
    packetsLate: 0,
    packetsDuplicate: 0,
    packetsForeign: 0,
    packetsMalformed: 0,
    holdOverflows: 0,
    nacksSent: 0,
    concealedSamples: 0,
    silenceSamples: 0,
    silenceAheadSamples: 0,
    silenceExcessSamples: 0,
    skippedSamples: 0,
    restarts: 0,
  };
}
