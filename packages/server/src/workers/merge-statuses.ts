import { LOAD_PARTS, type LoadPart } from '@prism/core';
import type { ServerCapacity } from '../runtime/ports/server-capacity.ts';
import type { WorkerStatus } from './messages.ts';

/**
 * The workers that are there as one: sessions and places add up, CPU is their mean, lateness that of the latest. A
 * session is taken while any of them takes one.
 */
export function mergedCapacity(statuses: readonly WorkerStatus[]): ServerCapacity {
  const live = sum(statuses, ({ placeCount }) => placeCount);
  const max = sum(statuses, ({ placeMax }) => placeMax);
  const highest = (part: LoadPart): number =>
    Math.max(0, ...statuses.map(({ parts }) => parts[part]));
  const parts = {
    sessions: max === 0 ? 1 : Math.min(1, live / max),
    cpu: sum(statuses, (status) => status.parts.cpu) / Math.max(1, statuses.length),
    event_loop: highest('event_loop'),
    media_tick: highest('media_tick'),
  };
  return {
    live,
    max,
    isDraining: statuses.some(({ isDraining }) => isDraining),
    load: Math.max(...LOAD_PARTS.map((part) => parts[part])),
    parts,
    reasons: statuses.some(({ isTaking }) => isTaking)
      ? []
      : unique(statuses.flatMap(({ reasons }) => reasons)),
  };
}

/** Whether a server of several workers is ready: while one is, and none drains; what the others lack is a warning. */
export function mergedReadiness(
  statuses: ReadonlyMap<number, WorkerStatus>,
  workerCount: number,
): { readonly notReadyBecause: readonly string[]; readonly warnings: readonly string[] } {
  const all = [...statuses];
  const isDraining = all.some(([, status]) => status.isDraining);
  const isReady =
    !isDraining && all.some(([, { notReadyBecause }]) => notReadyBecause.length === 0);
  const missing = Array.from({ length: workerCount }, (_, index) => index)
    .filter((index) => !statuses.has(index))
    .map((index) => `worker ${index}: not there`);
  const lacking = all.flatMap(([index, { notReadyBecause }]) =>
    notReadyBecause.map((reason) => `worker ${index}: ${reason}`),
  );
  return {
    notReadyBecause: isReady ? [] : unique(all.flatMap(([, status]) => status.notReadyBecause)),
    warnings: [
      ...unique(all.flatMap(([, { warnings }]) => warnings)),
      ...missing,
      ...(isReady ? lacking : []),
    ],
  };
}

function sum(statuses: readonly WorkerStatus[], of: (status: WorkerStatus) => number): number {
  return statuses.reduce((total, status) => total + of(status), 0);
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
