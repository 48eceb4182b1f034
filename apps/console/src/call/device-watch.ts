import type { DeviceAction } from '../state/devices.ts';
import type { Settings } from '../state/settings.ts';

/** Follows the devices of this browser; the returned function reads them again at once. */
export function watchDevices(
  settings: () => Settings,
  dispatch: (action: DeviceAction) => void,
): () => void {
  const media: MediaDevices | undefined =
    'mediaDevices' in navigator ? navigator.mediaDevices : undefined;
  const read = async (): Promise<void> => {
    if (media === undefined) return;
    const devices = await media.enumerateDevices().catch(() => []);
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
  media?.addEventListener('devicechange', refresh);
  refresh();
  return refresh;
}
