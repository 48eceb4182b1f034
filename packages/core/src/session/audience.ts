import type {
  ControllerId,
  ControllerPolicy,
  KnownServerEvent,
  OtherServerEvent,
  SessionObject,
} from '@prism/protocol';
import { OPEN_POLICY } from '@prism/protocol';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { CompiledPolicy } from '../policy/compiled-policy.ts';
import { ConversationIndex } from '../policy/conversation-index.ts';
import { filteredPolicy } from '../policy/webrtc-filter.ts';
import type { ControllerRole, SessionOptions } from './session-contract.ts';

interface Member {
  readonly role: ControllerRole;
  readonly policy: CompiledPolicy;
  /** Whether it has sent an event of Prism's own: it knows its name space. */
  isPrismAware: boolean;
}

/** The controllers that are here, as many as the session's owner lets in, and what each may send and see. */
export class Audience {
  readonly #options: Pick<SessionOptions, 'access' | 'initialSession' | 'isClientFiltered'>;
  readonly #members = new Map<ControllerId, Member>();
  readonly #conversation: ConversationIndex;
  /** Of the client, whether it is here or still to come. */
  readonly clientPolicy: CompiledPolicy;
  #session: SessionObject | undefined;
  #eventsHidden = 0;
  /** Who was asked for last: with every message that is the same one, as a rule. */
  #askedId: ControllerId | undefined;
  #asked: Member | undefined;

  constructor(options: Pick<SessionOptions, 'access' | 'initialSession' | 'isClientFiltered'>) {
    this.#options = options;
    // Where the client may see everything nobody remembers what others would not be shown.
    this.#conversation = new ConversationIndex(options.access.policy.preset !== 'open');
    this.clientPolicy = this.#compile(options.access.policy, 'client');
  }

  /** Events and bytes that policies kept from controllers. */
  get eventsHidden(): number {
    return this.#eventsHidden;
  }

  /** The session as the upstream told it last; known where a policy isn't open. */
  get session(): SessionObject | undefined {
    return this.#session;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Whether anybody here knows events of Prism's own. */
  get isPrismAware(): boolean {
    for (const { isPrismAware } of this.#members.values()) if (isPrismAware) return true;
    return false;
  }

  get members(): Iterable<readonly [ControllerId, Readonly<Member>]> {
    return this.#members;
  }

  /** @param policy - Everything is allowed if undefined, but to the client what its session's access allows. */
  open(id: ControllerId, role: ControllerRole, policy: ControllerPolicy | undefined): void {
    const isOpener = role === 'client' && (policy ?? this.#opening) === this.#opening;
    const compiled = isOpener ? this.clientPolicy : this.#compile(policy ?? OPEN_POLICY, role);
    this.#members.set(id, { role, policy: compiled, isPrismAware: false });
    this.#askedId = undefined;
  }

  /** @returns What it was to the session. */
  close(id: ControllerId): ControllerRole | undefined {
    const role = this.roleOf(id);
    this.#members.delete(id);
    this.#askedId = undefined;
    return role;
  }

  /** What a controller is to the session; `undefined` if it isn't there. */
  roleOf(id: ControllerId): ControllerRole | undefined {
    return this.#memberOf(id)?.role;
  }

  policyOf(id: ControllerId): CompiledPolicy {
    return this.#memberOf(id)?.policy ?? this.clientPolicy;
  }

  /** The client, if it is here. */
  get clientId(): ControllerId | undefined {
    return [...this.#members].find(([, { role }]) => role === 'client')?.[0];
  }

  /** From now on a controller is told events of Prism's own name space. False if it was before, or isn't here. */
  optIn(id: ControllerId): boolean {
    const member = this.#members.get(id);
    if (member === undefined || member.isPrismAware) return false;
    member.isPrismAware = true;
    return true;
  }

  /** What is told of an event under a policy; `undefined`: nothing, which is counted. */
  told(policy: CompiledPolicy, event: OtherServerEvent, text: string): string | undefined {
    const told = policy.serverEvent(event, text);
    if (told === undefined) this.#eventsHidden += 1;
    return told;
  }

  /** Whether audio deltas are for a policy's controller; those that aren't are counted. */
  hears(policy: CompiledPolicy): boolean {
    if (!policy.hearsAudio) this.#eventsHidden += 1;
    return policy.hearsAudio;
  }

  /** Remembers what policies depend on. Called before anybody is told. */
  observe(event: KnownServerEvent): void {
    if (this.#opening.preset === 'open') return;
    this.#conversation.observe(event);
    if (event.type === 'session.created' || event.type === 'session.updated')
      this.#session = event.session;
  }

  #memberOf(id: ControllerId): Member | undefined {
    if (id !== this.#askedId) {
      this.#askedId = id;
      this.#asked = this.#members.get(id);
    }
    return this.#asked;
  }

  get #opening(): ControllerPolicy {
    return this.#options.access.policy;
  }

  #compile(policy: ControllerPolicy, role: ControllerRole): CompiledPolicy {
    const { initialSession, isClientFiltered } = this.#options;
    const compiled = compilePolicy(policy, {
      session: initialSession,
      conversation: this.#conversation,
    });
    return role === 'client' && isClientFiltered ? filteredPolicy(compiled) : compiled;
  }
}
