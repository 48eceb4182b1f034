import type { Settings } from '../config/settings.ts';

/** Which upstream answers, and why: shown at start and in the playground. */
export interface UpstreamChoice {
  readonly kind: UpstreamKindName;
  readonly label: string;
  readonly reason: string;
  /** The model of sessions that name none. */
  readonly model: string;
  /** The server to dial; `undefined` for the built-in engine, which is started first. */
  readonly server: UpstreamServer | undefined;
}

/** A Realtime server as it is dialled. */
export interface UpstreamServer {
  /** Base URL as official SDKs take it; {@link realtimeUrl} makes the WebSocket's of it. */
  readonly baseUrl: string;
  /** What every connection carries; holds the key. */
  readonly headers: Readonly<Record<string, string>>;
}

export type UpstreamKindName = 'engine' | Exclude<Settings['upstreamKind'], 'auto' | 'engine'>;

/** What kinds of servers differ in. A new kind is a new row, see docs/guides/upstreams.md. */
interface ServerKind {
  readonly label: string;
  /** Where it is if `upstream.url` doesn't say; a kind without has to be told. */
  readonly defaultBaseUrl: string | undefined;
  /** The path of the API below an address that names none. */
  readonly apiPath: string;
  readonly defaultModel: string | undefined;
  readonly key: {
    readonly isRequired: boolean;
    /** The setting it comes from, for people. */
    readonly settingName: string;
    readonly of: (settings: Settings) => string | undefined;
    readonly header: (key: string) => readonly [name: string, value: string];
  };
  /** True if it knows OpenAI's organizations and projects. */
  readonly hasProjects: boolean;
}

const OPENAI_MODEL = 'gpt-realtime-2.1';

const OPENAI_KEY: Omit<ServerKind['key'], 'isRequired'> = {
  settingName: 'OPENAI_API_KEY',
  of: ({ upstreamApiKey }) => upstreamApiKey?.reveal(),
  header: (key) => ['authorization', `Bearer ${key}`],
};

const SERVER_KINDS: Readonly<Record<Exclude<UpstreamKindName, 'engine'>, ServerKind>> = {
  openai: {
    label: 'OpenAI',
    defaultBaseUrl: 'https://api.openai.com/v1',
    apiPath: '',
    defaultModel: OPENAI_MODEL,
    key: { ...OPENAI_KEY, isRequired: true },
    hasProjects: true,
  },
  azure: {
    label: 'Azure OpenAI',
    defaultBaseUrl: undefined,
    apiPath: '/openai/v1',
    defaultModel: undefined,
    key: {
      isRequired: true,
      settingName: 'AZURE_OPENAI_API_KEY',
      // A key of its own: one that is meant for OpenAI isn't shown to another company.
      of: ({ azureApiKey }) => azureApiKey?.reveal(),
      header: (key) => ['api-key', key],
    },
    hasProjects: false,
  },
  realtime: {
    label: 'Realtime server',
    defaultBaseUrl: undefined,
    apiPath: '',
    defaultModel: OPENAI_MODEL,
    key: { ...OPENAI_KEY, isRequired: false },
    hasProjects: true,
  },
};

/** A choice that can't be made; the message says which setting to change. */
export class UpstreamChoiceError extends Error {
  override readonly name = 'UpstreamChoiceError';
}

/** OpenAI if there is a key, else the engine, unless the settings name one. A key that fails is never a fallback. */
export function chooseUpstream(settings: Settings): UpstreamChoice {
  const { upstreamKind, upstreamApiKey, upstreamModel } = settings;
  const isAsked = upstreamKind !== 'auto';
  const automatic = upstreamApiKey === undefined ? 'engine' : 'openai';
  const kind = isAsked ? upstreamKind : automatic;
  const reason = isAsked ? `upstream.kind is ${kind}` : undefined;
  if (kind === 'engine') {
    return {
      kind,
      label: 'Built-in engine',
      reason: reason ?? 'no OPENAI_API_KEY is set',
      model: upstreamModel ?? 'prism-engine',
      server: undefined,
    };
  }
  const { label, defaultModel } = SERVER_KINDS[kind];
  const server = serverOf(kind, settings);
  const model = upstreamModel ?? defaultModel;
  if (model === undefined) {
    throw new UpstreamChoiceError(
      `upstream.kind is ${kind} but upstream.model is not set: set it to the name of the deployment.`,
    );
  }
  return { kind, label, reason: reason ?? 'OPENAI_API_KEY is set', model, server };
}

function serverOf(kind: keyof typeof SERVER_KINDS, settings: Settings): UpstreamServer {
  const { defaultBaseUrl, apiPath, key, hasProjects } = SERVER_KINDS[kind];
  const keyValue = key.of(settings);
  if (keyValue === undefined && key.isRequired) {
    throw new UpstreamChoiceError(
      `upstream.kind is ${kind} but no key is set: set ${key.settingName}.`,
    );
  }
  const givenUrl = settings.upstreamBaseUrl ?? defaultBaseUrl;
  if (givenUrl === undefined) {
    throw new UpstreamChoiceError(
      `upstream.kind is ${kind} but upstream.url is not set: set it to the base URL.`,
    );
  }
  const headers: Record<string, string> = { 'user-agent': 'Prism' };
  if (keyValue !== undefined) {
    const [name, value] = key.header(keyValue);
    headers[name] = value;
  }
  const { upstreamOrganization, upstreamProject } = settings;
  if (hasProjects && upstreamOrganization !== undefined)
    headers['openai-organization'] = upstreamOrganization;
  if (hasProjects && upstreamProject !== undefined) headers['openai-project'] = upstreamProject;
  return { baseUrl: withApiPath(givenUrl, apiPath), headers };
}

/** The address with the API's path, unless it has one already. */
function withApiPath(baseUrl: string, apiPath: string): string {
  const url = new URL(baseUrl);
  if (url.pathname === '/' && apiPath !== '') url.pathname = apiPath;
  return url.href;
}

/** The WebSocket URL under a base URL as official SDKs take it. */
export function realtimeUrl(baseUrl: string, model: string): string {
  const url = new URL(baseUrl);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/realtime`;
  url.searchParams.set('model', model);
  return url.href;
}
