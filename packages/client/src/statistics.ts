import { definedFields } from './defined-fields.ts';
import { numberField, textField, type WireObject } from './wire-event.ts';

/** The network path in use: the selected candidate pair. */
export interface NetworkPath {
  /** Candidate types of RFC 8445: host, srflx, prflx or relay. */
  readonly localType: string;
  readonly remoteType: string;
  /** `udp` or `tcp`. */
  readonly protocol: string;
  readonly remoteAddress?: string;
}

/** The codec of the received audio. */
export interface AudioCodec {
  readonly mimeType: string;
  readonly clockRateHz?: number;
  readonly channelCount?: number;
  /** The `fmtp` line. */
  readonly parameters?: string;
}

/** One direction of the audio stream. */
export interface StreamStatistics {
  readonly totalBytes: number;
  readonly packetCount: number;
  readonly lostCount: number;
  /** Share of packets lost since the call began; absent while the receiver has not reported. */
  readonly lossRatio?: number;
  /** Share of packets lost since the previous snapshot; absent without one. */
  readonly recentLossRatio?: number;
  /** Interarrival jitter of RFC 3550, as the receiving side of this direction reports it. */
  readonly jitterMs?: number;
}

/** What arrives from the server, with the playout figures only the receiver knows. */
export interface InboundStatistics extends StreamStatistics {
  /** Mean time a sample waited in the jitter buffer, over the newest interval that played any. */
  readonly jitterBufferMs?: number;
  /** Share of played samples that were made up because their packets were missing; silence is none of them. */
  readonly concealedRatio?: number;
  /** The same since the previous snapshot; absent without one, and while nothing is played. */
  readonly recentConcealedRatio?: number;
  /** Running sums, kept for the next snapshot. */
  readonly jitterBufferDelayMs: number;
  readonly jitterBufferEmittedCount: number;
  readonly concealedCount?: number;
  readonly playedCount?: number;
}

/** A snapshot of a call's media statistics, reduced from `RTCPeerConnection.getStats`. */
export interface CallStatistics {
  readonly path?: NetworkPath;
  readonly codec?: AudioCodec;
  /** Newest round-trip time: of the ICE checks, else of RTCP. */
  readonly rttMs?: number;
  readonly inbound?: InboundStatistics;
  readonly outbound?: StreamStatistics;
}

type Records = ReadonlyMap<string, WireObject>;

function milliseconds(object: WireObject | undefined, name: string): number | undefined {
  const seconds = numberField(object, name);
  return seconds === undefined ? undefined : seconds * 1000;
}

function find(records: Records, type: string): WireObject | undefined {
  for (const record of records.values()) {
    if (record.type !== type) continue;
    const kind = textField(record, 'kind');
    if (kind === undefined || kind === 'audio') return record;
  }
  return undefined;
}

function selectedPair(records: Records): WireObject | undefined {
  const selectedId = textField(find(records, 'transport'), 'selectedCandidatePairId');
  if (selectedId !== undefined) return records.get(selectedId);
  // Firefox has no transport record and marks the pair itself.
  for (const record of records.values()) {
    if (record.type === 'candidate-pair' && record.selected === true) return record;
  }
  return undefined;
}

function readPath(records: Records, pair: WireObject | undefined): NetworkPath | undefined {
  const local = records.get(textField(pair, 'localCandidateId') ?? '');
  const remote = records.get(textField(pair, 'remoteCandidateId') ?? '');
  if (local === undefined || remote === undefined) return undefined;
  const address = textField(remote, 'address');
  const port = numberField(remote, 'port');
  return definedFields({
    localType: textField(local, 'candidateType') ?? 'unknown',
    remoteType: textField(remote, 'candidateType') ?? 'unknown',
    protocol: (textField(local, 'protocol') ?? 'unknown').toLowerCase(),
    remoteAddress: address === undefined ? undefined : hostAndPort(address, port),
  });
}

function hostAndPort(address: string, port: number | undefined): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port ?? '?'}`;
}

function readCodec(records: Records, stream: WireObject | undefined): AudioCodec | undefined {
  const codec = records.get(textField(stream, 'codecId') ?? '');
  const mimeType = textField(codec, 'mimeType');
  if (mimeType === undefined) return undefined;
  return definedFields({
    mimeType,
    clockRateHz: numberField(codec, 'clockRate'),
    channelCount: numberField(codec, 'channels'),
    parameters: textField(codec, 'sdpFmtpLine'),
  });
}

function lossOf(lostCount: number, packetCount: number): number {
  const totalCount = lostCount + packetCount;
  return totalCount <= 0 ? 0 : Math.max(0, lostCount / totalCount);
}

function recentLoss(
  now: { readonly lostCount: number; readonly packetCount: number },
  previous: StreamStatistics | undefined,
): number | undefined {
  if (previous === undefined) return undefined;
  return lossOf(now.lostCount - previous.lostCount, now.packetCount - previous.packetCount);
}

function meanDelayMs(
  delayMs: number,
  emittedCount: number,
  previous: InboundStatistics | undefined,
): number | undefined {
  const newCount = emittedCount - (previous?.jitterBufferEmittedCount ?? 0);
  if (newCount <= 0) return previous?.jitterBufferMs;
  return (delayMs - (previous?.jitterBufferDelayMs ?? 0)) / newCount;
}

interface Concealment {
  readonly concealedRatio: number | undefined;
  readonly recentConcealedRatio: number | undefined;
  readonly concealedCount: number;
  readonly playedCount: number;
}

/**
 * A browser that gets no packets plays silence, which it counts as concealed too: between answers nothing is sent, so
 * that this is no loss.
 */
function readConcealment(
  record: WireObject,
  previous: InboundStatistics | undefined,
): Concealment | undefined {
  const allConcealedCount = numberField(record, 'concealedSamples');
  if (allConcealedCount === undefined) return undefined;
  const silentCount = numberField(record, 'silentConcealedSamples') ?? 0;
  const concealedCount = allConcealedCount - silentCount;
  const playedCount = (numberField(record, 'totalSamplesReceived') ?? 0) - silentCount;
  const newCount = playedCount - (previous?.playedCount ?? playedCount);
  const newConcealedCount = concealedCount - (previous?.concealedCount ?? 0);
  return {
    concealedRatio: playedCount > 0 ? concealedCount / playedCount : undefined,
    recentConcealedRatio: newCount > 0 ? newConcealedCount / newCount : undefined,
    concealedCount,
    playedCount,
  };
}

function readInbound(
  record: WireObject | undefined,
  previous: InboundStatistics | undefined,
): InboundStatistics | undefined {
  if (record === undefined) return undefined;
  const lostCount = numberField(record, 'packetsLost') ?? 0;
  const packetCount = numberField(record, 'packetsReceived') ?? 0;
  const jitterBufferDelayMs = milliseconds(record, 'jitterBufferDelay') ?? 0;
  const jitterBufferEmittedCount = numberField(record, 'jitterBufferEmittedCount') ?? 0;
  return definedFields({
    totalBytes: numberField(record, 'bytesReceived') ?? 0,
    packetCount,
    lostCount,
    lossRatio: lossOf(lostCount, packetCount),
    recentLossRatio: recentLoss({ lostCount, packetCount }, previous),
    jitterMs: milliseconds(record, 'jitter'),
    jitterBufferMs: meanDelayMs(jitterBufferDelayMs, jitterBufferEmittedCount, previous),
    ...readConcealment(record, previous),
    jitterBufferDelayMs,
    jitterBufferEmittedCount,
  });
}

function readOutbound(
  records: Records,
  previous: StreamStatistics | undefined,
): StreamStatistics | undefined {
  const record = find(records, 'outbound-rtp');
  if (record === undefined) return undefined;
  // The server's receiver reports say what was lost on the way to it.
  const reported = find(records, 'remote-inbound-rtp');
  const lostCount = Math.max(0, numberField(reported, 'packetsLost') ?? 0);
  const sentCount = numberField(record, 'packetsSent') ?? 0;
  const packetCount = Math.max(0, sentCount - lostCount);
  const counts = { lostCount, packetCount };
  return definedFields({
    totalBytes: numberField(record, 'bytesSent') ?? 0,
    ...counts,
    lossRatio: reported && lossOf(lostCount, packetCount),
    recentLossRatio: reported && recentLoss(counts, previous),
    jitterMs: milliseconds(reported, 'jitter'),
  });
}

/**
 * Reduces a WebRTC statistics report (W3C webrtc-stats) to what a person or a dashboard wants.
 * `previous` is the snapshot before, for the figures that cover the time between two snapshots.
 */
export function reduceStatistics(records: Records, previous?: CallStatistics): CallStatistics {
  const pair = selectedPair(records);
  const received = find(records, 'inbound-rtp');
  const rttMs =
    milliseconds(pair, 'currentRoundTripTime') ??
    milliseconds(find(records, 'remote-inbound-rtp'), 'roundTripTime');
  return definedFields({
    path: readPath(records, pair),
    codec: readCodec(records, received ?? find(records, 'outbound-rtp')),
    rttMs,
    inbound: readInbound(received, previous?.inbound),
    outbound: readOutbound(records, previous?.outbound),
  });
}
