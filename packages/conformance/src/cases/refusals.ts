import type { Capability } from '../kit/capability.ts';
import type { ClientMessage } from '../transport/conformance-transport.ts';

/** A client event that a server has to refuse, and what its error says. */
export interface Refusal {
  /** Its `event_id` too. */
  readonly id: string;
  readonly statement: string;
  readonly event: ClientMessage;
  readonly wanted: {
    /** Any code by default: the reference doesn't tell all of them. */
    readonly codes?: readonly string[];
    /** Any parameter by default. */
    readonly params?: readonly (string | null)[];
  };
  readonly needs?: readonly Capability[];
}

const MISSING = ['missing_required_parameter'];
const INVALID = ['invalid_value'];

function update(session: Readonly<Record<string, unknown>>): ClientMessage {
  return { type: 'session.update', session: { type: 'realtime', ...session } };
}

function vad(members: Readonly<Record<string, unknown>>): ClientMessage {
  return update({ audio: { input: { turn_detection: members } } });
}

function item(members: Readonly<Record<string, unknown>>, previous?: string): ClientMessage {
  const place = previous === undefined ? {} : { previous_item_id: previous };
  return { type: 'conversation.item.create', ...place, item: members };
}

function response(members: Readonly<Record<string, unknown>>): ClientMessage {
  return { type: 'response.create', response: members };
}

const EVENTS: readonly Refusal[] = [
  {
    id: 'event.type-missing',
    statement: 'an event without type is refused',
    event: {},
    wanted: {},
  },
  {
    id: 'event.type-unknown',
    statement: 'an event of an unknown type is refused with invalid_value for type',
    event: { type: 'conformance.unknown' },
    wanted: { codes: INVALID, params: ['type'] },
  },
  {
    id: 'event.unknown-parameter',
    statement: 'an unknown member of an event is refused with its name',
    event: { type: 'input_audio_buffer.clear', conformance: true },
    wanted: { codes: ['unknown_parameter'], params: ['conformance'] },
    needs: ['strict-parameters'],
  },
];

const SESSION: readonly Refusal[] = [
  {
    id: 'session-update.session-missing',
    statement: 'session.update without session is refused',
    event: { type: 'session.update' },
    wanted: { codes: MISSING, params: ['session'] },
  },
  {
    id: 'session-update.type-missing',
    statement: 'session.update without session.type is refused',
    event: { type: 'session.update', session: { instructions: 'x' } },
    wanted: { codes: MISSING, params: ['session.type'] },
  },
  {
    id: 'session-update.type-unknown',
    statement: 'a session of an unknown type is refused',
    event: { type: 'session.update', session: { type: 'conformance' } },
    wanted: { codes: INVALID, params: ['session.type'] },
  },
  ...['modalities', 'voice', 'turn_detection', 'input_audio_format', 'temperature'].map(
    (name): Refusal => ({
      id: `session-update.beta-${name.replaceAll('_', '-')}`,
      statement: `the beta's session.${name} is refused as unknown`,
      event: update({ [name]: name === 'temperature' ? 0.8 : 'alloy' }),
      wanted: { codes: ['unknown_parameter'], params: [`session.${name}`] },
      needs: ['strict-parameters'],
    }),
  ),
  {
    id: 'session-update.modalities-both',
    statement: 'audio and text together are refused as output_modalities',
    event: update({ output_modalities: ['audio', 'text'] }),
    wanted: { codes: INVALID, params: ['session.output_modalities'] },
  },
  {
    id: 'session-update.modalities-unknown',
    statement: 'an unknown output modality is refused',
    event: update({ output_modalities: ['smell'] }),
    wanted: {
      codes: INVALID,
      params: ['session.output_modalities[0]', 'session.output_modalities'],
    },
  },
  {
    id: 'session-update.tokens-too-few',
    statement: 'max_output_tokens of 0 is refused',
    event: update({ max_output_tokens: 0 }),
    wanted: { params: ['session.max_output_tokens'] },
  },
  {
    id: 'session-update.tokens-too-many',
    statement: 'max_output_tokens of 5000 is refused',
    event: update({ max_output_tokens: 5_000 }),
    wanted: { params: ['session.max_output_tokens'] },
  },
  {
    id: 'session-update.tool-choice-unknown',
    statement: 'an unknown tool_choice is refused',
    event: update({ tool_choice: 'sometimes' }),
    wanted: { params: ['session.tool_choice'] },
  },
  {
    id: 'session-update.tools-no-list',
    statement: 'tools that are no list are refused',
    event: update({ tools: 'look_up' }),
    wanted: { params: ['session.tools'] },
  },
  {
    id: 'session-update.tool-without-name',
    statement: 'a function without name is refused',
    event: update({ tools: [{ type: 'function', parameters: {} }] }),
    wanted: { codes: MISSING, params: ['session.tools[0].name'] },
  },
  {
    id: 'session-update.speed-too-fast',
    statement: 'a speed of 2 is refused',
    event: update({ audio: { output: { speed: 2 } } }),
    wanted: { params: ['session.audio.output.speed'] },
  },
  {
    id: 'session-update.voice-unknown',
    statement: 'an unknown voice is refused',
    event: update({ audio: { output: { voice: 'no-such-voice' } } }),
    wanted: { codes: INVALID, params: ['session.audio.output.voice'] },
  },
  {
    id: 'session-update.format-unknown',
    statement: 'an unknown audio format is refused',
    event: update({ audio: { input: { format: { type: 'audio/mp3' } } } }),
    wanted: { codes: INVALID, params: ['session.audio.input.format.type'] },
  },
  {
    id: 'session-update.noise-reduction-unknown',
    statement: 'an unknown noise reduction is refused',
    event: update({ audio: { input: { noise_reduction: { type: 'mid_field' } } } }),
    wanted: { codes: INVALID, params: ['session.audio.input.noise_reduction.type'] },
  },
  {
    id: 'session-update.vad-unknown',
    statement: 'an unknown turn detection is refused',
    event: vad({ type: 'client_vad' }),
    wanted: { codes: INVALID, params: ['session.audio.input.turn_detection.type'] },
  },
  {
    id: 'session-update.vad-threshold',
    statement: 'a threshold of 2 is refused',
    event: vad({ type: 'server_vad', threshold: 2 }),
    wanted: { params: ['session.audio.input.turn_detection.threshold'] },
  },
  {
    id: 'session-update.vad-idle',
    statement: 'an idle timeout of 100 ms is refused',
    event: vad({ type: 'server_vad', idle_timeout_ms: 100 }),
    wanted: { params: ['session.audio.input.turn_detection.idle_timeout_ms'] },
  },
  {
    id: 'session-update.vad-eagerness',
    statement: 'an unknown eagerness is refused',
    event: vad({ type: 'semantic_vad', eagerness: 'enormous' }),
    wanted: { codes: INVALID, params: ['session.audio.input.turn_detection.eagerness'] },
    needs: ['semantic-vad'],
  },
];

const INPUT: readonly Refusal[] = [
  {
    id: 'append.audio-missing',
    statement: 'an append without audio is refused',
    event: { type: 'input_audio_buffer.append' },
    wanted: { codes: MISSING, params: ['audio'] },
    needs: ['audio-events'],
  },
  {
    id: 'append.not-base64',
    statement: 'an append of what is no base64 is refused',
    event: { type: 'input_audio_buffer.append', audio: '*** no audio ***' },
    wanted: {},
    needs: ['audio-events'],
  },
  {
    id: 'commit.empty',
    statement: 'the commit of an empty buffer is refused',
    event: { type: 'input_audio_buffer.commit' },
    wanted: { codes: ['input_audio_buffer_commit_empty'] },
    needs: ['audio-events'],
  },
];

const ITEMS: readonly Refusal[] = [
  {
    id: 'item-create.item-missing',
    statement: 'conversation.item.create without item is refused',
    event: { type: 'conversation.item.create' },
    wanted: { codes: MISSING, params: ['item'] },
  },
  {
    id: 'item-create.type-missing',
    statement: 'an item without type is refused',
    event: item({ role: 'user', content: [] }),
    wanted: { params: ['item.type'] },
  },
  {
    id: 'item-create.type-unknown',
    statement: 'an item of an unknown type is refused',
    event: item({ type: 'poem' }),
    wanted: { codes: INVALID, params: ['item.type'] },
  },
  {
    id: 'item-create.role-unknown',
    statement: 'a message of an unknown role is refused',
    event: item({ type: 'message', role: 'narrator', content: [] }),
    wanted: { codes: INVALID, params: ['item.role'] },
  },
  {
    id: 'item-create.content-of-user',
    statement: 'a message of the user with output_text is refused',
    event: item({ type: 'message', role: 'user', content: [{ type: 'output_text', text: 'x' }] }),
    wanted: { codes: INVALID, params: ['item.content[0].type'] },
  },
  {
    id: 'item-create.content-of-assistant',
    statement: 'a message of the assistant with input_text is refused',
    event: item({
      type: 'message',
      role: 'assistant',
      content: [{ type: 'input_text', text: 'x' }],
    }),
    wanted: { codes: INVALID, params: ['item.content[0].type'] },
  },
  {
    id: 'item-create.text-missing',
    statement: 'an input_text without text is refused',
    event: item({ type: 'message', role: 'user', content: [{ type: 'input_text' }] }),
    wanted: { codes: MISSING, params: ['item.content[0].text'] },
  },
  {
    id: 'item-create.previous-unknown',
    statement: 'a previous_item_id that names no item is refused',
    event: item(
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x' }] },
      'item_conformance_absent',
    ),
    wanted: {},
  },
  {
    id: 'item-create.call-unknown',
    statement: 'the output of a call that was never made is refused',
    event: item({ type: 'function_call_output', call_id: 'call_conformance_absent', output: '1' }),
    wanted: {},
    needs: ['tools'],
  },
  ...(['retrieve', 'delete', 'truncate'] as const).flatMap((verb): readonly Refusal[] => {
    const type = `conversation.item.${verb}`;
    const rest = verb === 'truncate' ? { content_index: 0, audio_end_ms: 0 } : {};
    return [
      {
        id: `item-${verb}.unknown`,
        statement: `${type} of an unknown item is refused`,
        event: { type, item_id: 'item_conformance_absent', ...rest },
        wanted: { codes: [`item_${verb}_invalid_item_id`] },
      },
      {
        id: `item-${verb}.id-missing`,
        statement: `${type} without item_id is refused`,
        event: { type, ...rest },
        wanted: { codes: MISSING, params: ['item_id'] },
      },
    ];
  }),
];

const RESPONSES: readonly Refusal[] = [
  {
    id: 'response-cancel.nothing',
    statement: 'a cancel with nothing to cancel is refused',
    event: { type: 'response.cancel' },
    wanted: { codes: ['response_cancel_not_active'] },
  },
  {
    id: 'response-cancel.unknown',
    statement: 'the cancel of an unknown response is refused',
    event: { type: 'response.cancel', response_id: 'resp_conformance_absent' },
    wanted: { codes: ['response_cancel_not_active'] },
  },
  {
    id: 'response-create.conversation-unknown',
    statement: 'a response in an unknown conversation is refused',
    event: response({ conversation: 'conformance' }),
    wanted: { params: ['response.conversation'] },
  },
  {
    id: 'response-create.modalities-unknown',
    statement: 'a response in an unknown modality is refused',
    event: response({ output_modalities: ['smell'] }),
    wanted: { params: ['response.output_modalities[0]', 'response.output_modalities'] },
  },
  {
    id: 'response-create.metadata-too-many',
    statement: 'metadata of seventeen pairs is refused',
    event: response({
      metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v'])),
    }),
    wanted: { params: ['response.metadata'] },
  },
  {
    id: 'response-create.unknown-parameter',
    statement: 'an unknown member of a response is refused with its name',
    event: response({ conformance: true }),
    wanted: { codes: ['unknown_parameter'], params: ['response.conformance'] },
    needs: ['strict-parameters'],
  },
  {
    id: 'response-create.reference-unknown',
    statement: 'a reference to an unknown item is refused',
    event: response({
      conversation: 'none',
      input: [{ type: 'item_reference', id: 'item_conformance_absent' }],
    }),
    wanted: {},
    needs: ['out-of-band'],
  },
];

/** Everything that is refused with an error that says why. */
export const REFUSALS: readonly Refusal[] = [
  ...EVENTS,
  ...SESSION,
  ...INPUT,
  ...ITEMS,
  ...RESPONSES,
];
