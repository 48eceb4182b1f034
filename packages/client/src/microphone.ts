import type { BrowserEnvironment } from './browser-environment.ts';
import { PrismClientError } from './client-error.ts';
import { microphoneError } from './error-mapping.ts';

/** What is asked of the microphone: one channel, cleaned by the browser's voice processing. */
export const microphoneConstraints: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: { ideal: 1 },
};

/**
 * Opens the microphone, asking the user if the browser wants that. The caller stops its tracks.
 * Rejects with a `PrismClientError` whose code tells refusal, absence and a busy device apart.
 */
export async function openMicrophone(
  environment: Pick<BrowserEnvironment, 'isSecureContext' | 'mediaDevices'>,
): Promise<MediaStream> {
  if (!environment.isSecureContext) throw new PrismClientError('insecure_context');
  if (environment.mediaDevices === undefined) throw new PrismClientError('microphone_unsupported');
  try {
    return await environment.mediaDevices.getUserMedia({ audio: microphoneConstraints });
  } catch (failure) {
    throw microphoneError(failure);
  }
}

/** Stops all tracks of a stream, which turns the microphone's indicator off. */
export function stopStream(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
