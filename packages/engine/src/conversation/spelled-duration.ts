/** "60 minutes", "1 minute", "90 seconds", "1.5 seconds": in minutes where they are whole. */
export function spelledDuration(durationMs: number): string {
  const isMinutes = durationMs >= 60_000 && durationMs % 60_000 === 0;
  const amount = durationMs / (isMinutes ? 60_000 : 1_000);
  return `${amount} ${isMinutes ? 'minute' : 'second'}${amount === 1 ? '' : 's'}`;
}
