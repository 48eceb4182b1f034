import type { Capability } from './kit/capability.ts';
import { at, show } from './kit/expect.ts';
import { Mismatch } from './kit/mismatch.ts';
import { refusalOf, Stage, type StageOptions } from './kit/stage.ts';

/** What is known of a server before the assertions are tried. */
export type Survey =
  | { readonly ok: true; readonly lacks: ReadonlyMap<Capability, string> }
  | { readonly ok: false; readonly reason: string };

/** What the person who runs the kit says about the server. */
export interface SurveyOptions extends StageOptions {
  /** The server asks for no key, and that is meant. */
  readonly isUnauthenticated: boolean;
  /** Capabilities that are left out. */
  readonly without: readonly Capability[];
}

/** Opens one session and asks for the HTTP endpoints, to learn what cannot be asked of this server. */
export async function surveyServer(options: SurveyOptions): Promise<Survey> {
  const stage = new Stage(options);
  try {
    const problem = await problemOf(stage);
    if (problem !== undefined) return { ok: false, reason: problem };
    const found = [
      ...options.transport.lacks,
      ...given(options),
      ...(await missingEndpoints(stage)),
      ...(await missingSessionTypes(stage)),
      ...options.without.map((capability) => [capability, 'left out with --without'] as const),
    ];
    return { ok: true, lacks: new Map(found) };
  } finally {
    stage.end();
  }
}

type Lack = readonly [Capability, string];

function given({ isUnauthenticated, speech }: SurveyOptions): readonly Lack[] {
  return [
    ...(speech === undefined ? [['speech', 'no recording of speech was given'] as const] : []),
    ...(isUnauthenticated ? [['authentication', '--allow-unauthenticated'] as const] : []),
  ];
}

/** Why no session can be opened here; `undefined` where one can. */
async function problemOf(stage: Stage): Promise<string | undefined> {
  const { transport } = stage.options;
  const result = await transport.open({});
  if (result.type === 'unreachable') return `nothing answers there: ${result.reason}`;
  if (result.type === 'refused') {
    const hint = result.status === 401 || result.status === 403 ? '; give a key with --key' : '';
    return `no session is opened: ${refusalOf(result)}${hint}`;
  }
  result.connection.close();
  const session = await stage.connect();
  try {
    const first = await session.until(() => true, 'a first event');
    if (first.type === 'session.created') return undefined;
    if (at(first, 'error.code') === 'invalid_api_key') {
      return 'the server refuses the key; give another one with --key';
    }
    return `this is no Realtime server: its first event is ${show(first)}`;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return `this is no Realtime server: expected ${error.expected}, got ${error.got}`;
  }
}

async function missingEndpoints(stage: Stage): Promise<readonly Lack[]> {
  const secrets = await stage
    .request({
      method: 'POST',
      path: '/realtime/client_secrets',
      contentType: 'application/json',
      body: '{}',
    })
    .then(({ status }) => status)
    .catch(() => 0);
  const hangup = await stage
    .request({ method: 'POST', path: '/realtime/calls/rtc_conformance_absent/hangup' })
    .catch(() => undefined);
  const isThere = hangup !== undefined && at(hangup.json, 'error.code') === 'call_id_not_found';
  return [
    ...(secrets === 0 || secrets === 404 || secrets === 405 || secrets === 501
      ? [['http-client-secrets', `it is answered with ${told(secrets)}`] as const]
      : []),
    ...(isThere || (hangup !== undefined && hangup.status < 400)
      ? []
      : [['webrtc-calls', `a hangup is answered with ${told(hangup?.status ?? 0)}`] as const]),
  ];
}

function told(status: number): string {
  return status === 0 ? 'nothing' : `HTTP ${status}`;
}

async function missingSessionTypes(stage: Stage): Promise<readonly Lack[]> {
  const result = await stage.options.transport.open({ query: { intent: 'transcription' } });
  if (result.type === 'open') {
    result.connection.close();
    return [];
  }
  return [['transcription-sessions', `intent=transcription: ${refusalOf(result)}`]];
}
