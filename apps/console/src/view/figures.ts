/** Shown where a figure is not known yet. */
export const NO_FIGURE = '–';

/** Milliseconds for reading, such as `84 ms` or `1.24 s`. */
export function formatMs(durationMs: number | undefined): string {
  if (durationMs === undefined) return NO_FIGURE;
  if (durationMs < 10) return `${durationMs.toFixed(1)} ms`;
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  return `${(durationMs / 1000).toFixed(2)} s`;
}

/** A share for reading, such as `0 %` or `1.3 %`. */
export function formatRatio(ratio: number | undefined): string {
  if (ratio === undefined) return NO_FIGURE;
  const percent = ratio * 100;
  return percent === 0 ? '0 %' : `${percent < 0.1 ? '< 0.1' : percent.toFixed(1)} %`;
}

/** Bytes for reading, in powers of 1000. */
export function formatBytes(sizeBytes: number | undefined): string {
  if (sizeBytes === undefined) return NO_FIGURE;
  if (sizeBytes < 1000) return `${sizeBytes} B`;
  if (sizeBytes < 1_000_000) return `${(sizeBytes / 1000).toFixed(1)} kB`;
  return `${(sizeBytes / 1_000_000).toFixed(1)} MB`;
}

/** Bits a second for reading, as kbit/s without the unit. */
export function formatRate(rateBps: number | undefined): string {
  if (rateBps === undefined) return NO_FIGURE;
  return rateBps < 10_000 ? (rateBps / 1000).toFixed(1) : String(Math.round(rateBps / 1000));
}

/** Minutes and seconds since something began, such as `1:07.4`. */
export function formatClock(sinceMs: number): string {
  const tenths = Math.max(0, Math.round(sinceMs / 100));
  const seconds = Math.floor(tenths / 10) % 60;
  return `${Math.floor(tenths / 600)}:${String(seconds).padStart(2, '0')}.${tenths % 10}`;
}
