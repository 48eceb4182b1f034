import type { PassThrough } from 'node:stream';
import { OpenAIRealtimeVoice } from '@mastra/voice-openai-realtime';
import type { RealtimeServerAddress } from './agents-client.ts';
import { PacedMicrophone } from './paced-microphone.ts';
import { samplesOf } from './pcm-listening.ts';
import { ServerEventLog } from './server-event-log.ts';

/** Events that the log takes, as the package tells each type under a name of its own. */
const LOGGED_TYPES = [
  'session.created',
  'session.updated',
  'conversation.item.added',
  'conversation.item.truncated',
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'conversation.item.input_audio_transcription.completed',
  'response.created',
  'response.function_call_arguments.done',
  'response.output_audio.delta',
  'response.done',
  'error',
] as const;

/** A tool as the package takes it; `parameters` is a JSON schema. */
export interface MastraTool {
  readonly description: string;
  readonly parameters: object;
  readonly execute: (input: unknown) => Promise<unknown>;
}

/** What the application tells the voice before it connects. */
export interface MastraVoiceSetup {
  readonly instructions?: string;
  readonly tools?: Readonly<Record<string, MastraTool>>;
  readonly speaker?: 'ash' | 'alloy';
}

/** A piece of text as the package tells it; of the user, `response_id` is the item's. */
interface Writing {
  readonly text: string;
  readonly response_id: string;
  readonly role: 'user' | 'assistant';
}

/** A session of Mastra's `OpenAIRealtimeVoice`, and what the package made of what it received. */
export class MastraClient {
  readonly voice: OpenAIRealtimeVoice;
  readonly log = new ServerEventLog();
  /** What the package told as errors. */
  readonly errors: unknown[] = [];
  readonly #written = new Map<string, { readonly role: string; readonly text: string }>();
  readonly #heard = new Map<string, Uint8Array[]>();
  /** Responses whose stream the package has ended. */
  readonly #endedIds = new Set<string>();
  #microphone: PacedMicrophone | undefined;

  private constructor(voice: OpenAIRealtimeVoice) {
    this.voice = voice;
    for (const type of LOGGED_TYPES) {
      voice.on(`openAIRealtime:${type}`, (event: { readonly type: string }) =>
        this.log.take(event),
      );
    }
    voice.on('error', (error) => this.errors.push(error));
    voice.on('writing', ({ text, response_id, role }: Writing) => {
      const { text: before } = this.#written.get(response_id) ?? { text: '' };
      this.#written.set(response_id, { role, text: before + text });
    });
    voice.on('speaker', (stream: PassThrough & { readonly id: string }) => {
      const pieces: Uint8Array[] = [];
      this.#heard.set(stream.id, pieces);
      stream.on('data', (piece: Uint8Array) => pieces.push(piece));
      stream.on('end', () => this.#endedIds.add(stream.id));
    });
  }

  /** Connects to `server` by its URL; the application configures the voice before that. */
  static async connect(
    server: RealtimeServerAddress,
    setup: MastraVoiceSetup = {},
  ): Promise<MastraClient> {
    const voice = new OpenAIRealtimeVoice({
      url: `${server.url.replace(/^http/, 'ws')}/realtime`,
      apiKey: server.apiKey ?? 'no-key-needed',
      model: 'gpt-realtime-2.1',
      speaker: setup.speaker ?? 'alloy',
    });
    const client = new MastraClient(voice);
    if (setup.instructions !== undefined) voice.addInstructions(setup.instructions);
    voice.addTools({ ...setup.tools });
    await voice.connect();
    await client.log.next('session.updated');
    return client;
  }

  /** Says it into a microphone that is on from then on. */
  say(text: string): void {
    this.#microphone ??= new PacedMicrophone((pcm) => void this.voice.send(pcm));
    this.#microphone.say(text);
  }

  /** Types a user's message, and asks for a response. */
  async ask(text: string): Promise<void> {
    this.voice.sendEvent('conversation.item.create', {
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    await this.voice.answer({});
  }

  /** What the package has written down of a role, oldest first. */
  texts(role: 'user' | 'assistant'): string[] {
    return [...this.#written.values()]
      .filter((each) => each.role === role)
      .map(({ text }) => text.trim());
  }

  /** The audio of one response, as far as the package's stream of it has given any. */
  heard(responseId: string): Int16Array {
    return samplesOf(this.#heard.get(responseId) ?? []);
  }

  /** Whether the package has ended the stream of a response. */
  hasEnded(responseId: string): boolean {
    return this.#endedIds.has(responseId);
  }

  close(): void {
    this.#microphone?.close();
    this.voice.close();
  }
}
