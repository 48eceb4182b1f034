import type { AudioCodec, NetworkPath } from '@prism/client';
import type { CallState } from '../state/call-state.ts';
import { FigureRow } from './figure-row.tsx';
import { formatBytes, formatMs, formatRatio, NO_FIGURE } from './figures.ts';
import { SetupSplit } from './setup-split.tsx';

const PHASE_NAMES: Readonly<Record<CallState['phase'], string>> = {
  idle: 'Idle',
  microphone: 'Microphone…',
  signalling: 'Signalling…',
  connecting: 'Connecting…',
  live: 'Live',
  unstable: 'Unstable',
  closed: 'Closed',
};

function describePath(path: NetworkPath | undefined): string {
  if (path === undefined) return NO_FIGURE;
  return `${path.localType} → ${path.remoteType}, ${path.protocol.toUpperCase()}`;
}

function describeCodec(codec: AudioCodec | undefined): string {
  if (codec === undefined) return NO_FIGURE;
  const name = codec.mimeType.replace(/^audio\//u, '');
  return codec.clockRateHz === undefined ? name : `${name}, ${codec.clockRateHz / 1000} kHz`;
}

/** The state of the connection in figures. */
export function ConnectionCard({ state }: { readonly state: CallState }) {
  const { statistics } = state;
  const inbound = statistics?.inbound;
  const outbound = statistics?.outbound;
  return (
    <section className="card" aria-labelledby="connection-heading">
      <div className="card-top">
        <h2 id="connection-heading">Connection</h2>
        <span className="state" data-testid="connection-state" data-phase={state.phase}>
          {PHASE_NAMES[state.phase]}
        </span>
      </div>
      <dl className="figures">
        <FigureRow label="ICE" value={state.iceState} testId="ice-state" />
        <FigureRow
          label="Path"
          value={describePath(statistics?.path)}
          testId="path"
          title={statistics?.path?.remoteAddress ?? 'The selected ICE candidate pair'}
        />
        <FigureRow
          label="Codec"
          value={describeCodec(statistics?.codec)}
          testId="codec"
          title={statistics?.codec?.parameters ?? 'The codec of the received audio'}
        />
        <FigureRow label="Round trip" value={formatMs(statistics?.rttMs)} testId="rtt" />
        <FigureRow
          label="Loss in / out"
          value={`${formatRatio(inbound?.lossRatio)} / ${formatRatio(outbound?.lossRatio)}`}
          testId="loss"
          title="Share of audio packets lost since the call began, from and to the server"
        />
        <FigureRow
          label="Jitter in / out"
          value={`${formatMs(inbound?.jitterMs)} / ${formatMs(outbound?.jitterMs)}`}
          testId="jitter"
        />
        <FigureRow
          label="Jitter buffer"
          value={formatMs(inbound?.jitterBufferMs)}
          testId="jitter-buffer"
          title="Mean time received audio waits here before it is played"
        />
        <FigureRow
          label="Received / sent"
          value={`${formatBytes(inbound?.totalBytes)} / ${formatBytes(outbound?.totalBytes)}`}
          testId="bytes"
        />
      </dl>
      <SetupSplit setup={state.setup} />
    </section>
  );
}
