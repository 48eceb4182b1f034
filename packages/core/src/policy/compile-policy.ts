import {
  type AllowedEvents,
  type ControllerPolicy,
  SCREEN_CONTEXT_BYTES_MAX,
  type SessionConfig,
} from '@prism/protocol';
import { type CompiledPolicy, notAllowed, PASS } from './compiled-policy.ts';
import type { ConversationIndex } from './conversation-index.ts';
import { OwnedSession } from './owned-session.ts';
import { RestrictedPolicy } from './restricted-policy.ts';
import { ALWAYS_TOLD_TYPES } from './wire-events.ts';

/** What a policy is applied to. */
export interface PolicyContext {
  /** What the server has set of the session. */
  readonly session: SessionConfig | undefined;
  readonly conversation: ConversationIndex;
}

/** Makes a policy ready to be asked for every event. */
export function compilePolicy(policy: ControllerPolicy, context: PolicyContext): CompiledPolicy {
  if (policy.preset === 'open') return openPolicy(policy);
  return new RestrictedPolicy(policy, {
    owned: new OwnedSession(policy.ownedFields, context.session),
    conversation: context.conversation,
  });
}

/** Everything as it came, of the types that are named if any are. */
function openPolicy({
  allowedClientEvents,
  allowedServerEvents,
  contextBytesMax,
}: ControllerPolicy): CompiledPolicy {
  const clientTypes = typesOf(allowedClientEvents);
  const serverTypes = typesOf(allowedServerEvents);
  const allowsClientType = (type: string): boolean => clientTypes?.has(type) ?? true;
  const allowsServerType = (type: string): boolean =>
    serverTypes === undefined || serverTypes.has(type) || ALWAYS_TOLD_TYPES.has(type);
  const judge = ({ type }: { readonly type: string }): ReturnType<CompiledPolicy['opaqueEvent']> =>
    allowsClientType(type) ? PASS : notAllowed(type, 'events of this type are not allowed here.');
  return {
    isOpen: clientTypes === undefined && serverTypes === undefined,
    sendsAudio: allowsClientType('input_audio_buffer.append'),
    hearsAudio: allowsServerType('response.output_audio.delta'),
    contextBytesMax: contextBytesMax ?? SCREEN_CONTEXT_BYTES_MAX,
    permissions: {
      preset: 'open',
      clientEvents: allowedClientEvents ?? 'all',
      serverEvents: allowedServerEvents ?? 'all',
      lockedFields: [],
    },
    allowsClientType,
    clientEvent: judge,
    opaqueEvent: judge,
    serverEvent: ({ type }, text) => (allowsServerType(type) ? text : undefined),
    hidesTool: () => false,
  };
}

function typesOf(allowed: AllowedEvents | undefined): ReadonlySet<string> | undefined {
  return allowed === undefined || allowed === 'all' ? undefined : new Set(allowed);
}
