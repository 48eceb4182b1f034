import type { NetworkPath, SessionStatus } from '@prism/client';
import type { TransportSetting } from './settings.ts';

/** One stretch of a call's way to the server. */
export interface LinkEntry {
  readonly atMs: number;
  /** What carried the call from then on; `none` while it had no way. */
  readonly link: 'webrtc' | 'websocket' | 'none';
  /** Of WebRTC, as the statistics tell. */
  readonly path: NetworkPath | undefined;
  /** Why, as far as this side knows. */
  readonly reason: string;
}

/** The ways that a call has taken, oldest first. */
export interface LinkHistory {
  readonly startedAtMs: number;
  readonly entries: readonly LinkEntry[];
  /** Entries that had to leave. */
  readonly droppedCount: number;
}

const ENTRY_COUNT_MAX = 50;

/** The history of a call that begins now. */
export function noLinks(startedAtMs: number): LinkHistory {
  return { startedAtMs, entries: [], droppedCount: 0 };
}

function added(history: LinkHistory, entry: LinkEntry): LinkHistory {
  const entries = [...history.entries, entry];
  const droppedCount = Math.max(0, entries.length - ENTRY_COUNT_MAX);
  return {
    ...history,
    entries: entries.slice(droppedCount),
    droppedCount: history.droppedCount + droppedCount,
  };
}

/** How the call is set, and how far WebRTC had come. */
interface Circumstances {
  readonly atMs: number;
  readonly setting: TransportSetting;
  readonly iceState: RTCIceConnectionState;
}

function firstReason(
  link: 'webrtc' | 'websocket',
  { setting, iceState }: Pick<Circumstances, 'setting' | 'iceState'>,
): string {
  if (setting !== 'auto') return 'as the transport is set';
  if (link === 'webrtc') return 'it was there first';
  // Without a try of WebRTC there is no ICE.
  return iceState === 'new'
    ? 'WebRTC did not get through here within the last hour'
    : 'WebRTC was not there in time';
}

function reasonOf(
  before: LinkEntry | undefined,
  link: 'webrtc' | 'websocket',
  circumstances: Circumstances,
): string {
  if (before === undefined) return firstReason(link, circumstances);
  if (before.link === 'none') return 'the call came back on it';
  return link === 'webrtc' ? 'the network lets WebRTC through' : 'WebRTC was lost';
}

/** Takes the session's status at `atMs`. */
export function addStatus(
  history: LinkHistory,
  { phase, link, iceState }: Pick<SessionStatus, 'phase' | 'link' | 'iceState'>,
  { atMs, setting }: Pick<Circumstances, 'atMs' | 'setting'>,
): LinkHistory {
  const last = history.entries.at(-1);
  if (phase === 'unstable') {
    if (last === undefined || last.link === 'none') return history;
    return added(history, { atMs, link: 'none', path: undefined, reason: 'the way was lost' });
  }
  if (phase === 'closed' || link === undefined || last?.link === link) return history;
  const reason = reasonOf(last, link, { atMs, setting, iceState });
  return added(history, { atMs, link, path: undefined, reason });
}

function isSamePath(a: NetworkPath, b: NetworkPath): boolean {
  return (
    a.protocol === b.protocol &&
    a.localType === b.localType &&
    a.remoteType === b.remoteType &&
    a.remoteAddress === b.remoteAddress
  );
}

/** Takes the path of the statistics at `atMs`: what the newest entry didn't know, or a change within WebRTC. */
export function addPath(
  history: LinkHistory,
  path: NetworkPath | undefined,
  atMs: number,
): LinkHistory {
  const last = history.entries.at(-1);
  if (path === undefined || last?.link !== 'webrtc') return history;
  if (last.path === undefined) {
    return { ...history, entries: [...history.entries.slice(0, -1), { ...last, path }] };
  }
  if (isSamePath(last.path, path)) return history;
  return added(history, { atMs, link: 'webrtc', path, reason: 'ICE chose another path' });
}

/** A path for reading, such as `UDP to 192.0.2.7:3478`. */
export function describePath(path: NetworkPath): string {
  const isRelayed = path.localType === 'relay' || path.remoteType === 'relay';
  const by = isRelayed ? 'TURN relay' : path.protocol === 'tcp' ? 'ICE-TCP' : 'UDP';
  return path.remoteAddress === undefined ? by : `${by} to ${path.remoteAddress}`;
}
