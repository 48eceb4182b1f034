import { listAudioDevices } from '@prism/client';
import type { DeviceAction } from '../state/devices.ts';
import type { Settings } from '../state/settings.ts';

/** Follows the devices of this browser; the returned function reads them again at once. */
export function watchDevices(
  settings: () => Settings,
  dispatch: (action: DeviceAction) => void,
): () => void {
  const read = async (): Promise<void> => {
    const devices = await listAudioDevices().catch(() => []);
    const { microphoneId, speakerId } = settings();
    dispatch({
      type: 'devices.read',
      devices,
      hasSpeakerChoice: 'setSinkId' in HTMLMediaElement.prototype,
      chosen: { microphone: microphoneId, speaker: speakerId },
    });
  };
  const refresh = (): void => {
    void read();
  };
  // A session tells it too, but without a call the page is alone.
  if ('mediaDevices' in navigator) navigator.mediaDevices.addEventListener('devicechange', refresh);
  refresh();
  return refresh;
}
