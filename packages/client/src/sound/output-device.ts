import { PrismClientError } from '../client-error.ts';

/**
 * Lets `sink`, a media element or an audio context, play on a device (W3C Audio Output Devices; the empty id is the system's choice). Rejects with
 * `output_unsupported`, `output_missing` or `output_failed`.
 */
export async function setOutputDevice(sink: object, deviceId: string | undefined): Promise<void> {
  // Audio contexts have it in some browsers alone, and in no types.
  const setSinkId: unknown = Reflect.get(sink, 'setSinkId');
  if (typeof setSinkId !== 'function') {
    if (deviceId === undefined) return;
    throw new PrismClientError('output_unsupported');
  }
  try {
    await Reflect.apply(setSinkId, sink, [deviceId ?? '']);
  } catch (failure) {
    const isMissing = failure instanceof Error && failure.name === 'NotFoundError';
    throw new PrismClientError(isMissing ? 'output_missing' : 'output_failed', { cause: failure });
  }
}
