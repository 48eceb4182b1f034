import type { AudioCodec } from '@prism/client';
import { describePath, type LinkEntry } from '../../state/link-history.ts';
import { Card } from '../card.tsx';
import { FigureRow } from '../figure-row.tsx';
import { formatClock, NO_FIGURE } from '../figures.ts';
import { usePageState } from '../page-context.ts';

const LINK_NAMES = {
  webrtc: 'WebRTC',
  websocket: 'WebSocket',
  none: 'Nothing',
} as const;

function titleOf({ link, path }: LinkEntry): string {
  return path === undefined ? LINK_NAMES[link] : `${LINK_NAMES[link]} – ${describePath(path)}`;
}

function describeCodec(codec: AudioCodec | undefined): string {
  if (codec === undefined) return NO_FIGURE;
  const name = codec.mimeType.replace(/^audio\//u, '');
  return codec.clockRateHz === undefined ? name : `${name}, ${codec.clockRateHz / 1000} kHz`;
}

/** What carries the call, and what carried it before. */
export function LinkCard() {
  const { startedAtMs, entries, droppedCount } = usePageState((state) => state.links);
  const statistics = usePageState((state) => state.call.statistics);
  const iceState = usePageState((state) => state.call.iceState);
  const callId = usePageState((state) => state.call.callId);
  const path = statistics?.path;
  const newest = entries.at(-1);
  return (
    <Card title="What carries the call">
      {newest === undefined ? (
        <p className="blank">Nothing yet: the ways of a call appear here, each with its reason.</p>
      ) : (
        <ol className="links" data-testid="links" aria-label="Ways of the call, newest first">
          {entries.toReversed().map((entry) => (
            <li key={entry.atMs} data-link={entry.link} data-newest={entry === newest}>
              <time>{formatClock(entry.atMs - startedAtMs)}</time>
              <p>
                <b>{titleOf(entry)}</b>
                <span>{entry.reason}</span>
              </p>
            </li>
          ))}
        </ol>
      )}
      {droppedCount > 0 ? <p className="card-note">{droppedCount} older changes left.</p> : null}
      {statistics === undefined ? null : (
        <dl className="figures">
          {newest?.link === 'webrtc' ? (
            <>
              <FigureRow
                label="Path"
                value={
                  path === undefined
                    ? NO_FIGURE
                    : `${path.localType} → ${path.remoteType}, ${path.protocol.toUpperCase()}`
                }
                testId="path"
                title={path?.remoteAddress ?? 'The selected ICE candidate pair'}
              />
              <FigureRow label="ICE" value={iceState} testId="ice-state" />
            </>
          ) : null}
          <FigureRow
            label="Codec"
            value={describeCodec(statistics.codec)}
            testId="codec"
            title={statistics.codec?.parameters ?? 'The codec of the received audio'}
          />
          <FigureRow label="Call" value={callId ?? NO_FIGURE} testId="call-id" />
        </dl>
      )}
    </Card>
  );
}
