import { isIP } from 'node:net';
import { WORKER_COUNT_MAX } from '@prism/core';
import { PACING_LEAD_MS_MAX, PACING_LEAD_MS_MIN } from '@prism/protocol';
import { z } from 'zod';
import { type AgentSettings, agentsSchema } from '../agents/agent-schema.ts';
import { ACCESS_SETTINGS } from './access-settings.ts';
import { define, flagSchema, structured } from './define-setting.ts';
import { OBSERVABILITY_SETTINGS } from './observability-settings.ts';
import type { Secret } from './secret.ts';
import {
  listSchema,
  networkListSchema,
  optionalTextSchema,
  secretSchema,
} from './setting-schemas.ts';
import { SPENDING_SETTINGS } from './spending-settings.ts';
import { TURN_TAKING_SETTINGS } from './turn-taking-settings.ts';

const portSchema = z.coerce.number().int().min(1).max(65_535);
const countSchema = z.coerce.number().int().min(1).max(100_000);
const millisecondsSchema = z.coerce.number().int().min(100).max(600_000);
const addressListSchema = listSchema.transform((addresses, context) => {
  for (const address of addresses) {
    if (address === 'auto' || isIP(address) !== 0) continue;
    context.addIssue({ code: 'custom', message: `'${address}' is no IP address` });
  }
  return addresses;
});

const turnUrlListSchema = listSchema.transform((urls, context) => {
  for (const url of urls) {
    if (/^(?:stuns?|turns?):[^\s/?]+(?:\?transport=(?:udp|tcp))?$/.test(url)) continue;
    context.addIssue({ code: 'custom', message: `'${url}' is no stun: or turn: URL` });
  }
  return urls;
});

/** Headers of a caller that are Prism's own business: keys, cookies, and what the connection is made of. */
const UNFORWARDED_HEADER =
  /^(?:authorization|api-key|cookie|host|origin|connection|upgrade|user-agent|content-.*|proxy-.*|sec-.*|te|trailer|transfer-encoding|keep-alive|openai-beta)$/;

const headerListSchema = listSchema.transform((names, context) => {
  const lowerCase = names.map((name) => name.toLowerCase());
  for (const name of lowerCase) {
    if (/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && !UNFORWARDED_HEADER.test(name)) continue;
    context.addIssue({ code: 'custom', message: `'${name}' is no header that may be handed on` });
  }
  return lowerCase;
});

/** Every setting there is. */
export const SETTINGS = {
  port: define({
    key: 'port',
    schema: portSchema,
    defaultValue: 8080,
    doc: 'Port of the HTTP server: playground, API and health.',
    env: 'PRISM_PORT',
    flag: '--port <number>',
  }),
  host: define({
    key: 'host',
    schema: z.string().min(1),
    defaultValue: 'localhost',
    doc: 'Address the HTTP server listens on. Anything but loopback asks callers for a server key.',
    env: 'PRISM_HOST',
    flag: '--host <address>',
  }),
  tlsCertificatePath: define<string | undefined>({
    key: 'tls.cert',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'PEM file with the certificate chain. With tls.key the HTTP server speaks HTTPS.',
    env: 'PRISM_TLS_CERT',
  }),
  tlsKeyPath: define<string | undefined>({
    key: 'tls.key',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'PEM file with the private key of tls.cert.',
    env: 'PRISM_TLS_KEY',
  }),
  usesDevelopmentTls: define({
    key: 'tls.dev',
    schema: flagSchema,
    defaultValue: false,
    doc: 'HTTPS with a certificate for localhost that is made at the first start and kept; for clients that insist on TLS.',
    env: 'PRISM_DEV_TLS',
    flag: '--dev-tls',
  }),
  workerCount: define({
    key: 'workers',
    schema: z.coerce.number().int().min(1).max(WORKER_COUNT_MAX),
    defaultValue: 1,
    doc: 'Processes that share the HTTP port, each with a media port of its own from media.port on. See the guide to operations.',
    env: 'PRISM_WORKERS',
    flag: '--workers <count>',
  }),
  acceptsDeflate: define({
    key: 'websocket.deflate',
    schema: flagSchema,
    defaultValue: false,
    doc: 'Whether WebSocket clients may compress what they send, and get text compressed; saves bandwidth, costs CPU.',
    env: 'PRISM_WEBSOCKET_DEFLATE',
  }),
  pacingLeadMs: define({
    key: 'websocket.pacingLeadMs',
    schema: z.coerce
      .number()
      .int()
      .refine((ms) => ms === 0 || (ms >= PACING_LEAD_MS_MIN && ms <= PACING_LEAD_MS_MAX), {
        message: `it is 0, or ${PACING_LEAD_MS_MIN} to ${PACING_LEAD_MS_MAX}`,
      }),
    defaultValue: 0,
    unit: 'ms',
    doc: "How far ahead of real time a WebSocket client gets an answer's audio; 0 sends it as it comes. A client can ask for another by ?pacing_lead_ms=.",
    env: 'PRISM_WEBSOCKET_PACING_LEAD_MS',
  }),
  mediaPort: define({
    key: 'media.port',
    schema: portSchema,
    defaultValue: 3478,
    doc: 'Port of all media, over UDP and TCP, on every interface.',
    env: 'PRISM_MEDIA_PORT',
    flag: '--media-port <number>',
  }),
  mediaBindAddress: define<string | undefined>({
    key: 'media.bind',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'Local address the media port is bound to; every interface if absent.',
    env: 'PRISM_MEDIA_BIND',
  }),
  usesMediaTcp: define({
    key: 'media.tcp',
    schema: flagSchema,
    defaultValue: true,
    doc: 'Whether media also comes over TCP, for clients whose network lets no UDP through.',
    env: 'PRISM_MEDIA_TCP',
  }),
  expectsProxyHeader: define({
    key: 'media.proxyProtocol',
    schema: flagSchema,
    defaultValue: false,
    doc: 'Whether a balancer in front of the media TCP port begins each connection with a PROXY protocol header.',
    env: 'PRISM_MEDIA_PROXY_PROTOCOL',
  }),
  publicAddresses: define<readonly string[]>({
    key: 'media.publicAddresses',
    schema: addressListSchema,
    defaultValue: [],
    doc: 'Addresses under which clients reach the media port, where they are not those of the interfaces; auto stands for these.',
    env: 'PRISM_PUBLIC_IP',
  }),
  mediaInterfaces: define<readonly string[]>({
    key: 'media.interfaces',
    schema: listSchema,
    defaultValue: [],
    doc: 'Network interfaces whose addresses clients are told; all if empty.',
    env: 'PRISM_MEDIA_INTERFACES',
  }),
  mediaNetworks: define<readonly string[]>({
    key: 'media.networks',
    schema: networkListSchema,
    defaultValue: [],
    doc: 'Networks, like 192.0.2.0/24, or addresses of the interfaces that clients are told; all if empty.',
    env: 'PRISM_MEDIA_NETWORKS',
  }),
  nodeId: define({
    key: 'node.id',
    schema: z.string().regex(/^[\dA-Za-z]{0,16}$/, 'it takes up to 16 letters and digits'),
    defaultValue: '',
    doc: "Begins every ICE fragment of this server, so that a UDP balancer can tell whose a client's first packet is.",
    env: 'PRISM_NODE_ID',
  }),
  turnUrls: define<readonly string[]>({
    key: 'turn.urls',
    schema: turnUrlListSchema,
    defaultValue: [],
    doc: 'External STUN and TURN servers that clients are told, like turn:turn.example.com:3478.',
    env: 'PRISM_TURN_URLS',
  }),
  turnSecret: define<Secret | undefined>({
    key: 'turn.secret',
    schema: secretSchema,
    defaultValue: undefined,
    doc: "The secret shared with the TURN servers (coturn's static-auth-secret), from which each client's credentials are made.",
    env: 'PRISM_TURN_SECRET',
    isSecret: true,
  }),
  turnTtlS: define({
    key: 'turn.ttlS',
    schema: z.coerce.number().int().min(60).max(86_400),
    defaultValue: 3_600,
    unit: 's',
    doc: 'How long TURN credentials are good for.',
    env: 'PRISM_TURN_TTL_S',
  }),
  upstreamKind: define<'auto' | 'openai' | 'azure' | 'engine' | 'realtime'>({
    key: 'upstream.kind',
    schema: z.enum(['auto', 'openai', 'azure', 'engine', 'realtime']),
    defaultValue: 'auto',
    doc: 'Who answers: openai, azure, the built-in engine, any other realtime server by upstream.url, or auto: OpenAI if a key is set, else the engine.',
    env: 'PRISM_UPSTREAM',
    flag: '--upstream <kind>',
  }),
  upstreamBaseUrl: define<string | undefined>({
    key: 'upstream.url',
    schema: z.url({ protocol: /^(https?|wss?)$/ }).optional(),
    defaultValue: undefined,
    doc: 'Base URL of the upstream, as official SDKs take it; OpenAI is https://api.openai.com/v1, Azure the endpoint of the resource.',
    env: 'OPENAI_BASE_URL',
  }),
  upstreamModel: define<string | undefined>({
    key: 'upstream.model',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'Model of sessions that name none, on Azure the deployment; gpt-realtime-2.1 if absent, Azure has to be told.',
    env: 'PRISM_MODEL',
    flag: '--model <name>',
  }),
  upstreamApiKey: define<Secret | undefined>({
    key: 'upstream.apiKey',
    schema: secretSchema,
    defaultValue: undefined,
    doc: "The upstream's API key. It never reaches a client.",
    env: 'OPENAI_API_KEY',
    isSecret: true,
  }),
  azureApiKey: define<Secret | undefined>({
    key: 'upstream.azureApiKey',
    schema: secretSchema,
    defaultValue: undefined,
    doc: 'The key of the Azure resource, for upstream.kind azure. It never reaches a client.',
    env: 'AZURE_OPENAI_API_KEY',
    isSecret: true,
  }),
  upstreamOrganization: define<string | undefined>({
    key: 'upstream.organization',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'OpenAI organization that the upstream bills, as header OpenAI-Organization.',
    env: 'OPENAI_ORG_ID',
  }),
  upstreamProject: define<string | undefined>({
    key: 'upstream.project',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'OpenAI project that the upstream bills, as header OpenAI-Project.',
    env: 'OPENAI_PROJECT_ID',
  }),
  forwardedHeaders: define<readonly string[]>({
    key: 'upstream.forwardedHeaders',
    schema: headerListSchema,
    defaultValue: ['openai-safety-identifier'],
    doc: "Headers of a caller's request that the upstream gets too; keys and cookies never are.",
    env: 'PRISM_FORWARDED_HEADERS',
  }),
  ...ACCESS_SETTINGS,
  agents: define<Readonly<Record<string, AgentSettings>>>({
    key: 'agents',
    schema: structured(agentsSchema),
    defaultValue: {},
    doc: 'Agents by name: model, instructions, voice, tools, policy and limits of sessions; in the environment as JSON. See the guide to agents.',
    env: 'PRISM_AGENTS',
  }),
  sessionCountMax: define({
    key: 'limits.sessions',
    schema: countSchema,
    defaultValue: 200,
    unit: 'sessions',
    doc: 'Sessions at a time; more are refused with session_limit_reached.',
    env: 'PRISM_MAX_SESSIONS',
  }),
  loadMax: define<number | undefined>({
    key: 'limits.load',
    schema: z.coerce.number().min(0).max(1).optional(),
    defaultValue: undefined,
    doc: 'Load, from 0 to 1, from which on sessions are refused with server_overloaded; 0 never. 0.9 if absent, never on loopback.',
    env: 'PRISM_MAX_LOAD',
  }),
  ...SPENDING_SETTINGS,
  upstreamConnectTimeoutMs: define({
    key: 'timeouts.upstreamConnectMs',
    schema: millisecondsSchema,
    defaultValue: 15_000,
    unit: 'ms',
    doc: 'How long the upstream may take to accept a session.',
    env: 'PRISM_UPSTREAM_CONNECT_TIMEOUT_MS',
  }),
  mediaConnectTimeoutMs: define({
    key: 'timeouts.mediaConnectMs',
    schema: millisecondsSchema,
    defaultValue: 30_000,
    unit: 'ms',
    doc: 'How long a client may take from its offer to connected media.',
    env: 'PRISM_MEDIA_CONNECT_TIMEOUT_MS',
  }),
  mediaGraceMs: define({
    key: 'timeouts.mediaGraceMs',
    schema: millisecondsSchema,
    defaultValue: 30_000,
    unit: 'ms',
    doc: 'How long a client whose network is gone may take to come back to its call.',
    env: 'PRISM_MEDIA_GRACE_MS',
  }),
  recordsTimeline: define({
    key: 'timeline.enabled',
    schema: flagSchema,
    defaultValue: true,
    doc: 'Whether the timeline of every session is recorded: what happens when, and how long each turn takes.',
    env: 'PRISM_TIMELINE',
  }),
  drainMs: define({
    key: 'timeouts.drainMs',
    schema: z.coerce.number().int().min(0).max(86_400_000),
    defaultValue: 7_000,
    unit: 'ms',
    doc: 'How long live calls may go on after SIGTERM before they are ended. The whole stop takes up to 3 s more.',
    env: 'PRISM_DRAIN_MS',
  }),
  appendMs: define({
    key: 'audio.appendMs',
    schema: z.coerce.number().int().min(10).max(200),
    defaultValue: 20,
    unit: 'ms',
    doc: 'Audio per append to the upstream. Larger costs less CPU and adds its length to the latency.',
    env: 'PRISM_APPEND_MS',
  }),
  trimsLeadingSilence: define({
    key: 'audio.trimLeadingSilence',
    schema: flagSchema,
    defaultValue: true,
    doc: "Over WebRTC an answer begins with its first sound: silence before it is left out, 1.5 s at most. Offsets stay in the model's time.",
    env: 'PRISM_TRIM_LEADING_SILENCE',
  }),
  ...TURN_TAKING_SETTINGS,
  engineScenarioPath: define<string | undefined>({
    key: 'engine.scenario',
    schema: optionalTextSchema,
    defaultValue: undefined,
    doc: 'Scenario file of the built-in engine; its own assistant if absent.',
    env: 'PRISM_ENGINE_SCENARIO',
  }),
  ...OBSERVABILITY_SETTINGS,
  logLevel: define<'debug' | 'info' | 'warn' | 'error' | 'silent'>({
    key: 'log.level',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    defaultValue: 'info',
    doc: 'Least severe log entries that are written.',
    env: 'PRISM_LOG_LEVEL',
    flag: '--log-level <level>',
  }),
  logFormat: define<'auto' | 'pretty' | 'json'>({
    key: 'log.format',
    schema: z.enum(['auto', 'pretty', 'json']),
    defaultValue: 'auto',
    doc: 'How log entries look: pretty for people, json for machines, auto: pretty on a terminal.',
    env: 'PRISM_LOG_FORMAT',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

/** The effective settings: one value per definition, frozen. */
export type Settings = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name]['defaultValue'];
};

/** Where a value came from. */
export type SettingOrigin = 'default' | 'file' | 'environment' | 'flag';
