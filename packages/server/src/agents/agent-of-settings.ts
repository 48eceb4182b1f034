import {
  type Agent,
  type AgentVariable,
  mergeSessionConfig,
  readSessionConfig,
  type SessionConfig,
  type SessionLimits,
} from '@prism/protocol';
import { closest } from 'fastest-levenshtein';
import { type AgentSettings, INSTRUCTIONS_CHARS_MAX } from './agent-schema.ts';
import { placesIn } from './instructions.ts';

const MICRO_USD_PER_USD = 1_000_000;

/** An agent that can't be used; the message is one line and says what to do. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
}

/**
 * Makes an agent of its settings. Throws {@link AgentError}.
 *
 * @param readText - Reads a file by its path; throws if it can't.
 */
export function agentOfSettings(
  name: string,
  settings: AgentSettings,
  readText: (path: string) => string,
): Agent {
  const fail = (key: string, what: string): never => {
    throw new AgentError(`agents.${name}.${key}: ${what}.`);
  };
  const instructions = instructionsOf(settings, readText, fail);
  const { variables } = settings;
  checkPlaces(instructions, variables, fail);
  return {
    name,
    description: settings.description,
    session: sessionOf(settings, instructions, fail),
    variables: Object.fromEntries(
      Object.entries(variables).map(([variable, { default: defaultValue, charsMax }]) => {
        if (defaultValue !== undefined && defaultValue.length > charsMax)
          fail(`variables.${variable}.default`, `it is longer than charsMax, ${charsMax}`);
        return [variable, { defaultValue, charsMax } satisfies AgentVariable];
      }),
    ),
    tools: settings.tools,
    policy: {
      preset: settings.policy.preset,
      allowedClientEvents: settings.policy.allowedClientEvents,
      allowedServerEvents: settings.policy.allowedServerEvents,
      contextBytesMax: settings.policy.contextBytesMax,
    },
    limits: limitsOf(settings),
  };
}

type Fail = (key: string, what: string) => never;

function instructionsOf(
  { instructions, instructionsFile }: AgentSettings,
  readText: (path: string) => string,
  fail: Fail,
): string | undefined {
  if (instructionsFile === undefined) return instructions;
  if (instructions !== undefined) fail('instructionsFile', 'there are instructions already');
  let text: string;
  try {
    text = readText(instructionsFile);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return fail('instructionsFile', `${instructionsFile} can't be read (${code})`);
  }
  if (text.length > INSTRUCTIONS_CHARS_MAX)
    fail(
      'instructionsFile',
      `${instructionsFile} has more than ${INSTRUCTIONS_CHARS_MAX} characters`,
    );
  return text.trim();
}

/** Every place has its variable, and every variable its place: a typing error is one or the other. */
function checkPlaces(
  instructions: string | undefined,
  variables: AgentSettings['variables'],
  fail: Fail,
): void {
  const places = placesIn(instructions ?? '');
  const names = Object.keys(variables);
  const unknown = places.find((place) => !names.includes(place));
  if (unknown !== undefined) {
    const hint =
      names.length === 0 ? 'Declare it in variables' : `Did you mean '${closest(unknown, names)}'`;
    fail('instructions', `{{${unknown}}} is no variable of this agent. ${hint}`);
  }
  const unused = names.find((variable) => !places.includes(variable));
  if (unused !== undefined)
    fail(`variables.${unused}`, `the instructions have no place {{${unused}}} for it`);
}

function sessionOf(
  { model, voice, session, tools }: AgentSettings,
  instructions: string | undefined,
  fail: Fail,
): SessionConfig {
  const read = readSessionConfig({ type: 'realtime', ...session }, 'session');
  if (!read.isValid) {
    const { param, message } = read.error;
    return fail(param ?? 'session', message.replace(/^Field '[^']*': |\.$/g, ''));
  }
  const raw = read.session;
  const own: Record<string, unknown> = {
    ...(model === undefined ? {} : { model }),
    ...(instructions === undefined ? {} : { instructions }),
    ...(voice === undefined ? {} : { audio: { output: { voice } } }),
  };
  const doubled = Object.keys(own).find((key) => key !== 'audio' && raw[key] !== undefined);
  if (doubled !== undefined) fail(`session.${doubled}`, `${doubled} is said twice`);
  if (raw.type === 'transcription') {
    if (Object.keys(own).length > 0 || tools.length > 0)
      fail(
        'session.type',
        'a transcription has no model, instructions, voice and tools of its own',
      );
    return raw;
  }
  if (voice !== undefined && raw.audio?.output?.voice !== undefined)
    fail('session.audio.output.voice', 'the voice is said twice');
  const named = readSessionConfig({ ...own, type: 'realtime' }, 'session');
  return named.isValid ? mergeSessionConfig(raw, named.session) : raw;
}

function limitsOf({ limits }: AgentSettings): SessionLimits {
  const { sessionS, idleS, tokens, audioS, costUsd, ending } = limits;
  return {
    sessionMs: sessionS === undefined ? undefined : sessionS * 1000,
    idleMs: idleS === undefined ? undefined : idleS * 1000,
    tokens,
    audioMs: audioS === undefined ? undefined : audioS * 1000,
    costMicroUsd: costUsd === undefined ? undefined : Math.round(costUsd * MICRO_USD_PER_USD),
    ending,
  };
}
