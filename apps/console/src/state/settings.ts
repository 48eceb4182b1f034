import type { ConnectOptions } from '@prism/client';

/** How the page lets a call travel: everything, or one way alone, to try it out. */
export const TRANSPORTS = ['auto', 'webrtc', 'udp', 'tcp', 'relay', 'websocket'] as const;

/** One of them. */
export type TransportSetting = (typeof TRANSPORTS)[number];

/** What the user has set for the next call. */
export interface Settings {
  readonly transport: TransportSetting;
  /** Of `enumerateDevices`; the system's own if undefined. */
  readonly microphoneId: string | undefined;
  readonly speakerId: string | undefined;
  /** The server's plain sessions if undefined. */
  readonly agent: string | undefined;
  /** Of the agent, by name; an empty text is one that isn't given. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether the model may recolour the page. */
  readonly hasColorTool: boolean;
}

export type SettingsAction =
  | { readonly type: 'settings.changed'; readonly change: Partial<Omit<Settings, 'variables'>> }
  | { readonly type: 'variable.changed'; readonly name: string; readonly value: string };

/** What a page is set to that nobody has changed. */
export const DEFAULT_SETTINGS: Settings = {
  transport: 'auto',
  microphoneId: undefined,
  speakerId: undefined,
  agent: undefined,
  variables: {},
  hasColorTool: true,
};

/** Makes the next settings. Variables belong to an agent, and go with it. */
export function reduceSettings(state: Settings, action: SettingsAction): Settings {
  if (action.type === 'variable.changed') {
    return { ...state, variables: { ...state.variables, [action.name]: action.value } };
  }
  const isOtherAgent = 'agent' in action.change && action.change.agent !== state.agent;
  return { ...state, ...action.change, ...(isOtherAgent ? { variables: {} } : {}) };
}

/** The variables that have a value. */
export function givenVariables({ variables }: Settings): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
}

/** What the SDK is told of a transport; nothing where that is what it does anyway. */
export function wayOf(
  transport: TransportSetting,
): Pick<ConnectOptions, 'transport' | 'path' | 'iceServers'> {
  switch (transport) {
    case 'auto':
      return {};
    case 'webrtc':
      return { transport: 'webrtc', iceServers: 'server' };
    case 'udp':
    case 'tcp':
      return { transport: 'webrtc', path: transport };
    case 'relay':
      return { transport: 'webrtc', path: 'relay', iceServers: 'server' };
    case 'websocket':
      return { transport: 'websocket' };
  }
}

/** What a person is told of a transport. */
export const TRANSPORT_TEXTS: Readonly<
  Record<TransportSetting, { readonly label: string; readonly note: string }>
> = {
  auto: {
    label: 'Automatic',
    note: 'WebRTC first, the WebSocket where that is blocked, and back as the network allows.',
  },
  webrtc: { label: 'WebRTC', note: 'Any of its paths: UDP, TCP or relay. No WebSocket.' },
  udp: { label: 'UDP', note: 'WebRTC over UDP alone: the lowest delay.' },
  tcp: { label: 'ICE-TCP', note: 'WebRTC over TCP to the media port: where UDP is blocked.' },
  relay: { label: 'TURN', note: 'WebRTC through a TURN relay, if the server names one.' },
  websocket: {
    label: 'WebSocket',
    note: 'Sound and events over one WebSocket: through any proxy.',
  },
};

function isTransport(value: unknown): value is TransportSetting {
  return TRANSPORTS.some((transport) => transport === value);
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Reads settings as `writeSettings` has written them; what is misshapen is as if it weren't there. */
export function readSettings(text: string | null): Settings {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? '{}');
  } catch {
    return DEFAULT_SETTINGS;
  }
  if (typeof stored !== 'object' || stored === null) return DEFAULT_SETTINGS;
  const { transport, microphoneId, speakerId, agent, hasColorTool } = stored as Partial<
    Record<keyof Settings, unknown>
  >;
  return {
    transport: isTransport(transport) ? transport : DEFAULT_SETTINGS.transport,
    microphoneId: textOrNothing(microphoneId),
    speakerId: textOrNothing(speakerId),
    agent: textOrNothing(agent),
    variables: {},
    hasColorTool: hasColorTool !== false,
  };
}

/** What of the settings is kept for the next visit: values of variables may be personal, and aren't. */
export function writeSettings({ variables: _, ...kept }: Settings): string {
  return JSON.stringify(kept);
}
