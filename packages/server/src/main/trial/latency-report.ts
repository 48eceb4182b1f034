import type { LatencyTrial } from './latency-trial.ts';
import { jitterOf, STOPPED_LINE } from './report-parts.ts';
import { histogramLines, type Spread, spreadOf } from './spread.ts';
import type { SetupMoments } from './trial-call.ts';
import type { TurnMoments } from './turn-watch.ts';

/** What a deployment may take at most; what is undefined isn't asked. */
export interface LatencyThresholds {
  /** 95th percentile, from the request to `session.created`. */
  readonly setupP95Ms: number | undefined;
  /** 95th percentile, from the end of speech to the first sound. */
  readonly turnP95Ms: number | undefined;
  /** Of all packets, the worse direction. */
  readonly lossPercent: number | undefined;
}

export interface LatencyReport {
  readonly url: string;
  readonly at: string;
  readonly setupMs: Readonly<Record<keyof SetupMoments, Spread | undefined>>;
  readonly turnMs: Readonly<Record<keyof TurnMoments, Spread | undefined>>;
  readonly network: {
    readonly packetsSent: number;
    /** As the server reports it. */
    readonly sentLostPercent: number | undefined;
    readonly packetsReceived: number;
    /** Undefined if nothing came. */
    readonly receivedLostPercent: number | undefined;
    readonly jitterMs: Spread | undefined;
  };
  /** Only where the sound was coded. */
  readonly codes:
    | {
        readonly framesHeard: number;
        readonly framesMissing: number;
        readonly framesRepeated: number;
        readonly framesOutOfOrder: number;
        readonly understood: readonly string[];
      }
    | undefined;
  readonly failures: LatencyTrial['failures'];
  /** It was stopped by a signal: this is what was measured until then. */
  readonly isStopped: boolean;
  /** Thresholds that were missed, in words. */
  readonly missed: readonly string[];
  readonly samples: {
    readonly setups: readonly SetupMoments[];
    readonly turns: readonly TurnMoments[];
  };
}

export function latencyReport(
  trial: LatencyTrial,
  {
    url,
    at,
    isCoded,
    isStopped,
  }: Pick<LatencyReport, 'url' | 'at' | 'isStopped'> & { readonly isCoded: boolean },
  thresholds: LatencyThresholds,
): LatencyReport {
  const setupOf = (name: keyof SetupMoments): Spread | undefined =>
    spreadOf(trial.setups.map((setup) => setup[name]));
  const turnOf = (name: keyof TurnMoments): Spread | undefined =>
    spreadOf(trial.turns.flatMap((turn) => turn[name] ?? []));
  const report = {
    url,
    at,
    setupMs: {
      answeredMs: setupOf('answeredMs'),
      connectedMs: setupOf('connectedMs'),
      channelMs: setupOf('channelMs'),
      sessionMs: setupOf('sessionMs'),
    },
    turnMs: {
      speechStoppedMs: turnOf('speechStoppedMs'),
      responseCreatedMs: turnOf('responseCreatedMs'),
      firstPacketMs: turnOf('firstPacketMs'),
      audibleMs: turnOf('audibleMs'),
    },
    network: networkOf(trial),
    codes: isCoded ? codesOf(trial) : undefined,
    failures: trial.failures,
    isStopped,
    samples: { setups: trial.setups, turns: trial.turns },
  };
  return { ...report, missed: missedOf(report, thresholds) };
}

const SETUP_NAMES: Readonly<Record<keyof SetupMoments, string>> = {
  answeredMs: 'SDP answer',
  connectedMs: 'media connected',
  channelMs: 'channel open',
  sessionMs: 'session.created',
};
const TURN_NAMES: Readonly<Record<keyof TurnMoments, string>> = {
  speechStoppedMs: 'speech_stopped',
  responseCreatedMs: 'response.created',
  firstPacketMs: 'first packet',
  audibleMs: 'first sound',
};

/** The report for people. */
export function latencyLines(report: LatencyReport): string[] {
  const { network, codes, samples } = report;
  const heardMs = samples.turns.flatMap(({ audibleMs }) => audibleMs ?? []);
  return [
    ...tableOf('from the request, ms', report.setupMs, SETUP_NAMES),
    '',
    ...tableOf('from the end of speech, ms', report.turnMs, TURN_NAMES),
    '',
    ...histogramLines(heardMs),
    ...(heardMs.length > 0 ? [''] : []),
    `sent      ${network.packetsSent} packets, lost ${percentText(network.sentLostPercent, 'the server sent no report')}`,
    `received  ${network.packetsReceived} packets, lost ${percentText(network.receivedLostPercent, 'nothing came')}${jitterText(network.jitterMs)}`,
    ...(codes === undefined
      ? []
      : [
          `codes     ${codes.framesHeard} frames heard, ${codes.framesMissing} missing, ${codes.framesRepeated} repeated, ${codes.framesOutOfOrder} out of order`,
          ...codes.understood.map((text) => `upstream  ${text}`),
        ]),
    ...report.failures.map(({ code, message }) => `failed    ${code}: ${message}`),
    ...report.missed.map((what) => `missed    ${what}`),
    ...(report.isStopped ? [STOPPED_LINE] : []),
  ];
}

function tableOf<Name extends string>(
  title: string,
  spreads: Readonly<Record<Name, Spread | undefined>>,
  names: Readonly<Record<Name, string>>,
): string[] {
  const cell = (value: number | string): string =>
    (typeof value === 'number' ? value.toFixed(0) : value).padStart(7);
  const head = `${title.padEnd(28)}${['n', 'p50', 'p95', 'p99', 'max'].map(cell).join('')}`;
  const rows = (Object.keys(names) as Name[]).map((name) => {
    const spread = spreads[name];
    const cells =
      spread === undefined
        ? [cell('-')]
        : [spread.count, spread.p50, spread.p95, spread.p99, spread.max].map(cell);
    return `  ${names[name].padEnd(26)}${cells.join('')}`;
  });
  return [head, ...rows];
}

function networkOf({ networks }: LatencyTrial): LatencyReport['network'] {
  const sum = (of: (network: LatencyTrial['networks'][number]) => number): number =>
    networks.reduce((total, network) => total + of(network), 0);
  const packetsSent = sum((network) => network.packetsSent);
  const packetsReceived = sum((network) => network.packetsReceived);
  const packetsLost = sum((network) => network.packetsLost);
  const reported = networks.filter(({ packetsLostAtServer }) => packetsLostAtServer !== undefined);
  const sentReported = reported.reduce((total, network) => total + network.packetsSent, 0);
  const lostReported = sum(({ packetsLostAtServer }) => packetsLostAtServer ?? 0);
  return {
    packetsSent,
    sentLostPercent: sentReported === 0 ? undefined : (100 * lostReported) / sentReported,
    packetsReceived,
    receivedLostPercent:
      packetsReceived === 0 ? undefined : (100 * packetsLost) / (packetsReceived + packetsLost),
    jitterMs: jitterOf(networks),
  };
}

function codesOf({ answers, transcripts }: LatencyTrial): LatencyReport['codes'] {
  const sum = (of: (answer: LatencyTrial['answers'][number]) => number): number =>
    answers.reduce((total, answer) => total + of(answer), 0);
  return {
    framesHeard: sum(({ heardCount }) => heardCount),
    framesMissing: sum(({ missingCount }) => missingCount),
    framesRepeated: sum(({ repeatedCount }) => repeatedCount),
    framesOutOfOrder: sum(({ disorderedCount }) => disorderedCount),
    understood: transcripts,
  };
}

function missedOf(report: Omit<LatencyReport, 'missed'>, thresholds: LatencyThresholds): string[] {
  const { network } = report;
  const { receivedLostPercent, sentLostPercent } = network;
  const asked: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ['set-up p95, ms', report.setupMs.sessionMs?.p95, thresholds.setupP95Ms],
    ['turn p95, ms', report.turnMs.audibleMs?.p95, thresholds.turnP95Ms],
    ['loss of what was sent, %', sentLostPercent, thresholds.lossPercent],
    ['loss of what was received, %', receivedLostPercent, thresholds.lossPercent],
  ];
  return asked.flatMap(([name, seen, most]) => {
    if (most === undefined) return [];
    if (seen === undefined) return [`${name}: nothing was measured, ${most} asked`];
    return seen > most ? [`${name}: ${seen.toFixed(1)}, at most ${most} asked`] : [];
  });
}

function percentText(percent: number | undefined, whyUnknown: string): string {
  return percent === undefined ? `unknown, since ${whyUnknown}` : `${percent.toFixed(2)} %`;
}

function jitterText(jitterMs: Spread | undefined): string {
  return jitterMs === undefined ? '' : `, jitter p95 ${jitterMs.p95.toFixed(1)} ms`;
}
