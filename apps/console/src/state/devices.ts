import type { AudioDevice } from '@prism/client';

/** One microphone or loudspeaker. */
export interface Device {
  readonly id: string;
  readonly label: string;
}

/** The devices of this browser, as far as it tells. */
export interface DeviceState {
  readonly microphones: readonly Device[];
  readonly speakers: readonly Device[];
  /** Whether this browser lets a page choose the loudspeaker. */
  readonly hasSpeakerChoice: boolean;
  /** Whether devices have names: not before the microphone was allowed. */
  readonly isNamed: boolean;
  /** Chosen devices that are gone, by name, until another one is chosen. */
  readonly gone: Readonly<Partial<Record<DeviceKind, string>>>;
}

export type DeviceKind = 'microphone' | 'speaker';

export type DeviceAction =
  | {
      readonly type: 'devices.read';
      readonly devices: readonly AudioDevice[];
      readonly hasSpeakerChoice: boolean;
      /** What is chosen. */
      readonly chosen: Readonly<Record<DeviceKind, string | undefined>>;
    }
  | { readonly type: 'device.chosen'; readonly kind: DeviceKind };

/** Before the browser was asked. */
export const NO_DEVICES: DeviceState = {
  microphones: [],
  speakers: [],
  hasSpeakerChoice: false,
  isNamed: false,
  gone: {},
};

/** Chromium lists the system's choices beside the devices that they stand for. */
const SYSTEM_IDS: ReadonlySet<string> = new Set(['', 'default', 'communications']);

function listed(devices: readonly AudioDevice[], kind: AudioDevice['kind']): readonly Device[] {
  return devices
    .filter((device) => device.kind === kind && !SYSTEM_IDS.has(device.id))
    .map(({ id, label }, index) => ({
      id,
      label: label === '' ? `Device ${index + 1}` : label,
    }));
}

function goneOf(
  before: readonly Device[],
  now: readonly Device[],
  {
    chosenId,
    wasGone,
  }: { readonly chosenId: string | undefined; readonly wasGone: string | undefined },
): string | undefined {
  if (chosenId === undefined || now.length === 0) return undefined;
  if (now.some(({ id }) => id === chosenId)) return undefined;
  return before.find(({ id }) => id === chosenId)?.label ?? wasGone ?? 'The device chosen before';
}

/** Makes the next list of devices. */
export function reduceDevices(state: DeviceState, action: DeviceAction): DeviceState {
  if (action.type === 'device.chosen') {
    const { [action.kind]: _, ...gone } = state.gone;
    return { ...state, gone };
  }
  const { devices, hasSpeakerChoice, chosen } = action;
  const microphones = listed(devices, 'microphone');
  const speakers = listed(devices, 'output');
  const microphone = goneOf(state.microphones, microphones, {
    chosenId: chosen.microphone,
    wasGone: state.gone.microphone,
  });
  const speaker = goneOf(state.speakers, speakers, {
    chosenId: chosen.speaker,
    wasGone: state.gone.speaker,
  });
  return {
    microphones,
    speakers,
    hasSpeakerChoice,
    isNamed: devices.some(({ label }) => label !== ''),
    gone: {
      ...(microphone === undefined ? {} : { microphone }),
      ...(speaker === undefined ? {} : { speaker }),
    },
  };
}
