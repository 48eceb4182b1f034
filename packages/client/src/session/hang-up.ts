import type { BrowserEnvironment } from '../browser-environment.ts';
import { type CallEndpoint, hangUp } from '../call.ts';
import type { CallMedia } from '../call-media.ts';

const HANG_UP_TIMEOUT_MS = 1000;

/**
 * Tells the server before the connection goes, so that it sees a hang-up and no lost peer; the
 * connection waits for that no longer than `HANG_UP_TIMEOUT_MS`.
 */
export function hangUpAndClose(
  environment: BrowserEnvironment,
  endpoint: CallEndpoint,
  call: { readonly callId: string | undefined; readonly media: CallMedia | undefined },
): void {
  const { callId, media } = call;
  if (callId === undefined) {
    media?.close();
    return;
  }
  const cancelTimer = environment.setTimer(() => media?.close(), HANG_UP_TIMEOUT_MS);
  void hangUp(environment, endpoint, callId).then(() => {
    cancelTimer();
    media?.close();
  });
}
