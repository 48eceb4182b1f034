import type { AudioDevice } from './sound-state.ts';

/** The part of `navigator.mediaDevices` that knows of devices. */
export type DeviceLister = Pick<MediaDevices, 'enumerateDevices'>;

/** The microphones and outputs there are; none where the browser doesn't tell. */
export async function listAudioDevices(
  lister: DeviceLister | undefined = globalThis.navigator?.mediaDevices,
): Promise<readonly AudioDevice[]> {
  const devices = (await lister?.enumerateDevices()) ?? [];
  return devices.flatMap(({ deviceId, kind: name, label }) => {
    if (name === 'videoinput') return [];
    return [{ id: deviceId, kind: name === 'audioinput' ? 'microphone' : 'output', label }];
  });
}

/** Whether a device is known to be gone: one that is named, in a list that names devices. */
export function isGone(
  devices: readonly AudioDevice[],
  kind: AudioDevice['kind'],
  id: string | undefined,
): boolean {
  const named = devices.filter((device) => device.kind === kind && device.id !== '');
  return id !== undefined && id !== '' && named.length > 0 && !named.some((one) => one.id === id);
}
