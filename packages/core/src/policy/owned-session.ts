import type { SessionConfig } from '@prism/protocol';
import { isRecord, isSameValue } from './same-value.ts';

/** What is left of an object that a client sent, and which of the server's fields it would have changed. */
export interface Taken<Value> {
  readonly kept: Value;
  /** Paths, in the order of the object. */
  readonly touched: readonly string[];
}

/** Members of session and response objects that may be the client's under an agent that doesn't set them. */
const FREE_MEMBERS = [
  'instructions',
  'output_modalities',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'reasoning',
  'audio',
] as const;
const FREE_MEMBERS_OF: Readonly<Record<'session' | 'response', ReadonlySet<string>>> = {
  session: new Set([...FREE_MEMBERS, 'type', 'model', 'truncation']),
  response: new Set([...FREE_MEMBERS, 'conversation', 'metadata']),
};

/** The same of `audio.input` and `audio.output`. */
const FREE_AUDIO_MEMBERS: ReadonlySet<string> = new Set([
  'format',
  'noise_reduction',
  'transcription',
  'turn_detection',
  'voice',
  'speed',
]);

/** Who owns one of these decides how the model behaves: then nothing else may come in by another door. */
const BEHAVIOUR = ['instructions', 'tools', 'prompt'] as const;

/** What a client can't play or be heard without: to be read, though never to be set. */
const READABLE_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['audio.input.format', ['type', 'rate']],
  ['audio.output.format', ['type', 'rate']],
  ['audio.input.turn_detection', ['type', 'create_response', 'interrupt_response']],
]);

/** What an MCP tool authenticates with, which nobody is shown. */
const CREDENTIALS = ['authorization', 'headers'] as const;

/** What of a session is the server's, and what follows from that for what a client sends and sees. */
export class OwnedSession {
  readonly #paths: ReadonlySet<string>;
  readonly #parents: ReadonlySet<string>;
  readonly #server: SessionConfig | undefined;
  /** Whether the server decides how the model behaves: members that nobody knows and all that may undo it are locked. */
  readonly ownsBehaviour: boolean;

  /**
   * @param paths - As in a policy's `ownedFields`.
   * @param server - What the server has set: a client that says the same changes nothing.
   */
  constructor(paths: readonly string[], server: SessionConfig | undefined) {
    this.#paths = new Set(paths.map(wholeMember));
    this.#parents = new Set([...this.#paths].flatMap(parentsOf));
    this.#server = server;
    this.ownsBehaviour = BEHAVIOUR.some((path) => this.#paths.has(path));
  }

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** The type of the server's session; `undefined` if it has set none. */
  get type(): string | undefined {
    return this.isEmpty ? undefined : this.#server?.type;
  }

  owns(path: string): boolean {
    return this.#paths.has(path);
  }

  /** What a client may set of a session or response object. */
  takeOut<Value extends object>(value: Value, of: 'session' | 'response'): Taken<Value> {
    const free = FREE_MEMBERS_OF[of];
    const kept = { ...value };
    const touched: string[] = [];
    for (const [name, given] of Object.entries(kept) as [string, unknown][]) {
      const rest =
        name === 'audio' ? this.#takeOutAudio(given) : this.#takeOutMember(name, given, free);
      touched.push(...rest.touched);
      if (rest.kept === undefined) Reflect.deleteProperty(kept, name);
      else if (rest.kept !== given) Reflect.set(kept, name, rest.kept);
    }
    return { kept, touched };
  }

  /** What a client may see of a session or response object; the same object if that is all of it. */
  shown<Value extends object>(value: Value): Value {
    const shown = { ...value };
    let isSame = true;
    for (const [name, member] of Object.entries(value) as [string, unknown][]) {
      const kept = this.#shownMember(name, member);
      if (kept === member) continue;
      isSame = false;
      if (kept === undefined) Reflect.deleteProperty(shown, name);
      else Reflect.set(shown, name, kept);
    }
    return isSame ? value : shown;
  }

  #takeOutMember(name: string, given: unknown, free: ReadonlySet<string>): Taken<unknown> {
    if (this.#locks(name, free)) return this.#taken(name, given);
    if (name !== 'tools' || !this.ownsBehaviour || !Array.isArray(given)) return whole(given);
    // A server of somebody else's would speak to the model in the agent's name.
    const functions: readonly unknown[] = given.filter(isFunctionTool);
    return functions.length === given.length
      ? whole(given)
      : { kept: functions, touched: ['tools'] };
  }

  #locks(name: string, free: ReadonlySet<string>): boolean {
    if (this.#paths.has(name)) return true;
    if (name === 'tool_choice') return this.#paths.has('tools');
    return this.ownsBehaviour && !free.has(name);
  }

  #takeOutAudio(audio: unknown): Taken<unknown> {
    if (this.#paths.has('audio')) return this.#taken('audio', audio);
    if (!this.#parents.has('audio') && !this.ownsBehaviour) return whole(audio);
    if (!isRecord(audio)) return { kept: undefined, touched: ['audio'] };
    const sides = new Map<string, unknown>();
    const touched: string[] = [];
    for (const [side, part] of Object.entries(audio)) {
      const rest = this.#takeOutSide(`audio.${side}`, part);
      touched.push(...rest.touched);
      if (rest.kept !== undefined) sides.set(side, rest.kept);
    }
    return { kept: sides.size === 0 ? undefined : Object.fromEntries(sides), touched };
  }

  #takeOutSide(path: string, part: unknown): Taken<unknown> {
    if (this.#paths.has(path)) return this.#taken(path, part);
    if (!this.#parents.has(path) && !this.ownsBehaviour) return whole(part);
    if (!isRecord(part)) return { kept: undefined, touched: [path] };
    const members = new Map<string, unknown>();
    const touched: string[] = [];
    for (const [name, given] of Object.entries(part)) {
      const memberPath = `${path}.${name}`;
      const isLocked =
        this.#paths.has(memberPath) || (this.ownsBehaviour && !FREE_AUDIO_MEMBERS.has(name));
      if (!isLocked) members.set(name, given);
      else if (!this.#isRepeated(memberPath, given)) touched.push(memberPath);
    }
    return { kept: members.size === 0 ? undefined : Object.fromEntries(members), touched };
  }

  #taken(path: string, given: unknown): Taken<unknown> {
    return { kept: undefined, touched: this.#isRepeated(path, given) ? [] : [path] };
  }

  /** Whether a client says only what is so anyhow: official clients send whole sessions. */
  #isRepeated(path: string, given: unknown): boolean {
    if (given === undefined) return true;
    if (this.#paths.has(path)) return isSameValue(given, valueAt(this.#server, path));
    return given === null || (path === 'tool_choice' && given === 'auto');
  }

  #shownMember(path: string, member: unknown): unknown {
    if (this.#paths.has(path)) return readable(path, member);
    if (path === 'tools' && Array.isArray(member) && member.some(hasCredentials))
      return member.map(withoutCredentials);
    if (!this.#parents.has(path) || !isRecord(member)) return member;
    const members = Object.entries(member).flatMap(([name, value]) => {
      const shown = this.#shownMember(`${path}.${name}`, value);
      return shown === undefined ? [] : [[name, shown] as const];
    });
    return Object.fromEntries(members);
  }
}

/** A path as deep as updates merge: a member that is taken whole is owned whole. */
function wholeMember(path: string): string {
  const names = path.split('.');
  return names.slice(0, names[0] === 'audio' ? 3 : 1).join('.');
}

function parentsOf(path: string): readonly string[] {
  const names = path.split('.');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('.'));
}

function valueAt(session: SessionConfig | undefined, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), session);
}

function readable(path: string, member: unknown): unknown {
  const names = READABLE_MEMBERS.get(path);
  if (names === undefined || !isRecord(member)) return undefined;
  return Object.fromEntries(
    names.flatMap((name) => (member[name] === undefined ? [] : [[name, member[name]] as const])),
  );
}

function whole(value: unknown): Taken<unknown> {
  return { kept: value, touched: [] };
}

function isFunctionTool(tool: unknown): boolean {
  return isRecord(tool) && tool['type'] === 'function';
}

function hasCredentials(tool: unknown): boolean {
  return isRecord(tool) && CREDENTIALS.some((name) => tool[name] !== undefined);
}

function withoutCredentials(tool: unknown): unknown {
  if (!isRecord(tool)) return tool;
  const shown = { ...tool };
  for (const name of CREDENTIALS) Reflect.deleteProperty(shown, name);
  return shown;
}
