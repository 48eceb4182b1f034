import type { CallState } from '../state/call-state.ts';

/** Where a call stands, in a word. */
export const PHASE_NAMES: Readonly<Record<CallState['phase'], string>> = {
  idle: 'Not connected',
  microphone: 'Microphone…',
  signalling: 'Signalling…',
  connecting: 'Connecting…',
  live: 'Live',
  unstable: 'Unstable',
  closed: 'Ended',
};
