import type { ClientEvent, ClientEventOf, PrismErrorInfo } from '@prism/protocol';
import { type ClientVerdict, notAllowed } from './compiled-policy.ts';
import type { ConversationIndex } from './conversation-index.ts';
import type { OwnedSession } from './owned-session.ts';
import { CLIENT_EVENT_MEMBERS } from './wire-events.ts';

export interface ClientJudgeParts {
  readonly owned: OwnedSession;
  readonly conversation: ConversationIndex;
  readonly hidesTool: (name: string | undefined) => boolean;
}

/** Paths that an error names at most. */
const NAMED_COUNT_MAX = 8;
const NAME_CHARS_MAX = 64;

/**
 * Judges events of clients that may not set what the server owns.
 *
 * What passes is written anew: of an event that names a member twice, readers differ on which one counts, and what was
 * judged has to be what the upstream reads.
 */
export class ClientJudge {
  readonly #parts: ClientJudgeParts;

  constructor(parts: ClientJudgeParts) {
    this.#parts = parts;
  }

  judge(event: ClientEvent): ClientVerdict {
    const { owned } = this.#parts;
    if (owned.isEmpty) return rewrite(event, []);
    switch (event.type) {
      case 'session.update':
        return this.#update(event);
      case 'response.create':
        return this.#create(event);
      case 'conversation.item.create':
        return this.#createItem(event);
      case 'conversation.item.retrieve':
      case 'conversation.item.delete':
        return this.#isHidden(event.item_id)
          ? notAllowed(event.type, 'this item is not yours.', 'item_id')
          : this.#pass(event);
      default:
        return this.#pass(event);
    }
  }

  #update(event: ClientEventOf<'session.update'>): ClientVerdict {
    const { owned } = this.#parts;
    const { session } = event;
    if (owned.type !== undefined && session.type !== owned.type)
      return { type: 'deny', error: locked(['session.type']) };
    const { kept, touched } = owned.takeOut(session, 'session');
    const paths = touched.map((path) => `session.${path}`);
    if (Object.keys(kept).every((name) => name === 'type'))
      return { type: 'nothing_left', error: errorOf(paths) };
    return this.#pass({ ...event, session: kept }, paths);
  }

  #create(event: ClientEventOf<'response.create'>): ClientVerdict {
    const { owned } = this.#parts;
    const { response } = event;
    if (response === undefined || response === null) return this.#pass(event);
    // Without these it would be another response than was asked for.
    const outside = outsideOf(response);
    if (owned.ownsBehaviour && outside !== undefined)
      return { type: 'deny', error: locked([outside]) };
    const { kept, touched } = owned.takeOut(response, 'response');
    return this.#pass(
      { ...event, response: kept },
      touched.map((path) => `response.${path}`),
    );
  }

  /** Under an agent a client speaks for the user, and for the tools that it carries out itself. */
  #createItem(event: ClientEventOf<'conversation.item.create'>): ClientVerdict {
    const { owned, conversation, hidesTool } = this.#parts;
    const { type, item } = event;
    if (item.type === 'function_call_output') {
      return hidesTool(conversation.nameOfCall(item.call_id))
        ? notAllowed(type, 'this call is answered by the server.', 'item.call_id')
        : this.#pass(event);
    }
    if (!owned.ownsBehaviour || (item.type === 'message' && item.role === 'user'))
      return this.#pass(event);
    if (item.type === 'mcp_approval_response' && !owned.owns('tools')) return this.#pass(event);
    return item.type === 'message'
      ? notAllowed(type, `a message of the ${item.role} is the server's to write.`, 'item.role')
      : notAllowed(type, `an item of type ${item.type} is not the client's.`, 'item.type');
  }

  /** Whether an item is one that the client isn't shown. */
  #isHidden(itemId: string): boolean {
    const { owned, conversation, hidesTool } = this.#parts;
    const isAnythingHidden = owned.ownsBehaviour || hidesTool(undefined);
    if (!isAnythingHidden) return false;
    const item = conversation.find(itemId);
    if (item === undefined) return !conversation.isComplete;
    const isOwnCall =
      (item.type === 'function_call' || item.type === 'function_call_output') &&
      !hidesTool(conversation.nameOfCall(item.callId));
    return !isOwnCall;
  }

  /** Members that the wire doesn't have are taken out of the event, too. */
  #pass(event: ClientEvent, touched: readonly string[] = []): ClientVerdict {
    const members = CLIENT_EVENT_MEMBERS[event.type];
    const unknown = Object.keys(event).filter((name) => !members.has(name));
    if (unknown.length === 0) return rewrite(event, touched);
    const kept = { ...event };
    for (const name of unknown) Reflect.deleteProperty(kept, name);
    return rewrite(kept, [...touched, ...unknown]);
  }
}

function rewrite(event: ClientEvent, touched: readonly string[]): ClientVerdict {
  return { type: 'rewrite', event, error: errorOf(touched) };
}

/** The member by which a response would leave the conversation, or be made of something else. */
function outsideOf(response: object): string | undefined {
  if ('input' in response && response.input !== undefined) return 'response.input';
  return 'conversation' in response && response.conversation === 'none'
    ? 'response.conversation'
    : undefined;
}

function errorOf(paths: readonly string[]): PrismErrorInfo | undefined {
  return paths.length === 0 ? undefined : locked(paths);
}

function locked(paths: readonly string[]): PrismErrorInfo {
  const names = paths.slice(0, NAMED_COUNT_MAX).map((path) => path.slice(0, NAME_CHARS_MAX));
  const more = paths.length > NAMED_COUNT_MAX ? ` and ${paths.length - NAMED_COUNT_MAX} more` : '';
  const message = `Only the server sets ${names.join(', ')}${more}.`;
  return { code: 'session_field_locked', message, param: names[0] };
}
