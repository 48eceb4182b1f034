/** A trial that was stopped, as shells have it for SIGINT. */
export const EXIT_STOPPED = 130;

/**
 * Aborted by the first SIGINT or SIGTERM, so that calls are hung up and what was measured is told; the second one ends
 * the process as ever.
 */
export function stopBySignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
