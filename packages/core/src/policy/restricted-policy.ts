import {
  type AllowedEvents,
  type ClientEvent,
  type ControllerPolicy,
  type OpaqueClientEvent,
  type OtherServerEvent,
  SCREEN_CONTEXT_BYTES_MAX,
} from '@prism/protocol';
import { ClientJudge } from './client-judge.ts';
import {
  type ClientVerdict,
  type CompiledPolicy,
  notAllowed,
  PASS,
  type Permissions,
} from './compiled-policy.ts';
import type { ConversationIndex } from './conversation-index.ts';
import type { OwnedSession } from './owned-session.ts';
import { ServerRedaction } from './server-redaction.ts';
import {
  ALWAYS_TOLD_TYPES,
  isClientEventType,
  isPrismType,
  LOCKED_CLIENT_TYPES,
  LOCKED_SERVER_TYPES,
  SERVER_EVENT_TYPES,
} from './wire-events.ts';

/** What the judges of both directions share. */
export interface PolicyParts {
  readonly owned: OwnedSession;
  readonly conversation: ConversationIndex;
}

/** The presets `browser` and `locked`: what the server owns can neither be set nor read. */
export class RestrictedPolicy implements CompiledPolicy {
  readonly isOpen = false;
  readonly sendsAudio: boolean;
  readonly hearsAudio: boolean;
  readonly contextBytesMax: number;
  readonly permissions: Permissions;
  readonly #isLocked: boolean;
  readonly #clientTypes: ReadonlySet<string> | undefined;
  readonly #serverTypes: ReadonlySet<string> | undefined;
  readonly #clientTools: ReadonlySet<string> | undefined;
  readonly #judge: ClientJudge;
  readonly #redaction: ServerRedaction;

  constructor(policy: ControllerPolicy, parts: PolicyParts) {
    const { allowedClientEvents, allowedServerEvents, clientTools } = policy;
    this.#isLocked = policy.preset === 'locked';
    this.#clientTypes = namedTypes(allowedClientEvents, this.#isLocked, LOCKED_CLIENT_TYPES);
    this.#serverTypes = namedTypes(allowedServerEvents, this.#isLocked, LOCKED_SERVER_TYPES);
    this.#clientTools = clientTools === undefined ? undefined : new Set(clientTools);
    const hidesTool = (name: string | undefined): boolean => this.hidesTool(name);
    this.#judge = new ClientJudge({ ...parts, hidesTool });
    this.#redaction = new ServerRedaction({ ...parts, hidesTool });
    this.sendsAudio = this.allowsClientType('input_audio_buffer.append');
    this.hearsAudio = this.#allowsServerType('response.output_audio.delta');
    // Who may set instructions can tell the model what he likes anyway.
    const unsaidBytesMax = parts.owned.ownsBehaviour ? 0 : SCREEN_CONTEXT_BYTES_MAX;
    this.contextBytesMax = policy.contextBytesMax ?? unsaidBytesMax;
    this.permissions = {
      preset: policy.preset,
      clientEvents: this.#clientTypes === undefined ? 'all' : [...this.#clientTypes],
      serverEvents: this.#serverTypes === undefined ? 'all' : [...this.#serverTypes],
      lockedFields: parts.owned.paths,
    };
  }

  allowsClientType(type: string): boolean {
    return this.#clientTypes?.has(type) ?? (isClientEventType(type) || isPrismType(type));
  }

  clientEvent(event: ClientEvent): ClientVerdict {
    const { type } = event;
    if (!this.allowsClientType(type)) return notAllowed(type, NOT_HERE);
    return this.#judge.judge(event);
  }

  /** One that is named and that Prism doesn't know is the operator's to answer for; a known one has to be readable. */
  opaqueEvent({ type }: OpaqueClientEvent): ReturnType<CompiledPolicy['opaqueEvent']> {
    if (isClientEventType(type))
      return notAllowed(type, 'its members are not those that the Realtime API documents.');
    return this.#clientTypes?.has(type) === true ? PASS : notAllowed(type, NOT_HERE);
  }

  serverEvent(event: OtherServerEvent, text: string): string | undefined {
    if (!this.#allowsServerType(event.type)) return undefined;
    const told = this.#redaction.told(event);
    return told === event ? text : told && JSON.stringify(told);
  }

  hidesTool(name: string | undefined): boolean {
    if (this.#clientTools === undefined) return false;
    return name === undefined || !this.#clientTools.has(name);
  }

  #allowsServerType(type: string): boolean {
    if (ALWAYS_TOLD_TYPES.has(type)) return true;
    return this.#serverTypes?.has(type) ?? (SERVER_EVENT_TYPES.has(type) || isPrismType(type));
  }
}

const NOT_HERE = 'events of this type are not allowed here.';

/** The types that pass by name; `undefined`: all that the wire has. Sound passes under `locked` whatever is named. */
function namedTypes(
  allowed: AllowedEvents | undefined,
  isLocked: boolean,
  sound: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const named = allowed === undefined || allowed === 'all' ? undefined : allowed;
  if (isLocked) return new Set([...sound, ...(named ?? [])]);
  return named === undefined ? undefined : new Set(named);
}
