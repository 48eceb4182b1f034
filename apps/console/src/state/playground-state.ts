import type { WireEvent } from '@prism/client';
import type { AgentsState } from './agents.ts';
import { type CallAction, type CallState, initialCallState, reduceCall } from './call-state.ts';
import { type DeviceAction, type DeviceState, NO_DEVICES, reduceDevices } from './devices.ts';
import { addPath, addStatus, type LinkHistory, noLinks } from './link-history.ts';
import { addSnapshot, type NetworkHistory, NO_HISTORY } from './network-history.ts';
import { readServerTurn } from './server-turn.ts';
import {
  DEFAULT_SETTINGS,
  reduceSettings,
  type Settings,
  type SettingsAction,
} from './settings.ts';
import { addServerTurn, addTurn, type ShownTurn } from './turn-list.ts';

/** The parts of the page; `talk` is one of its own on a phone alone. */
export const TABS = ['talk', 'setup', 'network', 'latency', 'events', 'code'] as const;

/** One of them. */
export type Tab = (typeof TABS)[number];

/** All that the playground shows, but for the event log and the levels. */
export interface PlaygroundState {
  readonly call: CallState;
  readonly settings: Settings;
  /** What the call that runs, or ran last, was started with. */
  readonly usedSettings: Settings | undefined;
  readonly devices: DeviceState;
  readonly agents: AgentsState;
  readonly network: NetworkHistory;
  readonly links: LinkHistory;
  readonly turns: readonly ShownTurn[];
  readonly tab: Tab;
  /** The microphone is listened to without a call. */
  readonly isTestingMicrophone: boolean;
}

export type PlaygroundAction =
  | CallAction
  | SettingsAction
  | DeviceAction
  | { readonly type: 'agents.read'; readonly agents: AgentsState }
  | { readonly type: 'tab.chosen'; readonly tab: Tab }
  | { readonly type: 'microphone.tested'; readonly isTesting: boolean };

/** The state of a page that has just been opened. */
export function initialState(settings: Settings = DEFAULT_SETTINGS): PlaygroundState {
  return {
    call: initialCallState(),
    settings,
    usedSettings: undefined,
    devices: NO_DEVICES,
    agents: { type: 'loading' },
    network: NO_HISTORY,
    links: noLinks(0),
    turns: [],
    tab: 'talk',
    isTestingMicrophone: false,
  };
}

/** Makes the next state. */
export function reducePlayground(
  state: PlaygroundState,
  action: PlaygroundAction,
): PlaygroundState {
  switch (action.type) {
    case 'settings.changed':
    case 'variable.changed':
      return { ...state, settings: reduceSettings(state.settings, action) };
    case 'devices.read':
    case 'device.chosen':
      return { ...state, devices: reduceDevices(state.devices, action) };
    case 'agents.read':
      return { ...state, agents: action.agents };
    case 'tab.chosen':
      return { ...state, tab: action.tab };
    case 'microphone.tested':
      return { ...state, isTestingMicrophone: action.isTesting };
    default:
      return measured(withCall(state, action), action);
  }
}

function withCall(state: PlaygroundState, action: CallAction): PlaygroundState {
  const call = reduceCall(state.call, action);
  return call === state.call ? state : { ...state, call };
}

/** What calls leave in the histories beside their own state. */
function measured(state: PlaygroundState, action: CallAction): PlaygroundState {
  switch (action.type) {
    case 'call.started':
      return {
        ...state,
        usedSettings: state.settings,
        network: NO_HISTORY,
        links: noLinks(action.atMs),
        turns: [],
      };
    case 'call.status': {
      const setting = (state.usedSettings ?? state.settings).transport;
      const links = addStatus(state.links, action.status, { atMs: action.atMs, setting });
      return links === state.links ? state : { ...state, links };
    }
    case 'statistics.read':
      return {
        ...state,
        network: addSnapshot(state.network, action.statistics, {
          atMs: action.atMs,
          isPlaying: state.call.floor === 'assistant' && !state.call.isHeld,
        }),
        links: addPath(state.links, action.statistics.path, action.atMs),
      };
    case 'server.event':
      return told(state, action.event);
    case 'latency.measured':
      return { ...state, turns: addTurn(state.turns, action.latency) };
    default:
      return state;
  }
}

/** What an event means beside the call's own state. */
function told(state: PlaygroundState, event: WireEvent): PlaygroundState {
  if (event.type.startsWith('output_audio_buffer.')) {
    return { ...state, network: { ...state.network, isPlaybackBroken: true } };
  }
  const turn = readServerTurn(event);
  return turn === undefined ? state : { ...state, turns: addServerTurn(state.turns, turn) };
}

/** Settings that were changed during a call and need another one to count. */
export function isCallOutdated({ settings, usedSettings }: PlaygroundState): boolean {
  if (usedSettings === undefined) return false;
  return (
    settings.transport !== usedSettings.transport ||
    settings.agent !== usedSettings.agent ||
    settings.variables !== usedSettings.variables ||
    settings.hasColorTool !== usedSettings.hasColorTool
  );
}
