import { PrismClientError } from './client-error.ts';
import { microphoneError } from './error-mapping.ts';
import { microphonePermission } from './sound/microphone-permission.ts';

/** What is asked of the microphone: one channel, cleaned by the browser's voice processing. */
export const MICROPHONE_CONSTRAINTS: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: { ideal: 1 },
};

/** The part of `window` that leads to the microphone. */
export interface MicrophonePage {
  readonly isSecureContext: boolean;
  /** `mediaDevices` is absent in insecure pages and some embedded views. */
  readonly navigator: {
    readonly mediaDevices?: Pick<MediaDevices, 'getUserMedia'> | undefined;
    readonly permissions?: Pick<Permissions, 'query'> | undefined;
  };
}

/**
 * Opens the microphone, asking the user if the browser wants that. The caller stops its tracks.
 * @param deviceId - Of `enumerateDevices`; the system's choice if absent.
 * Rejects with a `PrismClientError` whose code tells refusal, absence and a busy device apart.
 */
export async function openMicrophone(
  page: MicrophonePage,
  deviceId?: string,
): Promise<MediaStream> {
  if (!page.isSecureContext) throw new PrismClientError('insecure_context');
  const { mediaDevices } = page.navigator;
  if (mediaDevices === undefined) throw new PrismClientError('microphone_unsupported');
  try {
    const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
    return await mediaDevices.getUserMedia({ audio: { ...MICROPHONE_CONSTRAINTS, ...device } });
  } catch (failure) {
    const error = microphoneError(failure);
    const wasAsked = error.code === 'microphone_denied';
    // Who closes the question without an answer may be asked again.
    if (wasAsked && (await microphonePermission(page)) === 'prompt')
      throw new PrismClientError('microphone_dismissed', { cause: failure });
    throw error;
  }
}

/** Stops all tracks of a stream, which turns the microphone's indicator off. */
export function stopStream(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
