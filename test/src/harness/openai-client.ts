import { once } from 'node:events';
import OpenAI from 'openai';
import type { OpenAIRealtimeError } from 'openai/realtime/index';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { PacedMicrophone } from './paced-microphone.ts';
import { samplesOf } from './pcm-listening.ts';
import { ServerEventLog } from './server-event-log.ts';
import type { TlsDoor } from './tls-door.ts';

/** How a session is opened: one of the ways that the official client has. */
export type OpenAISessionTarget = { readonly model: string } | { readonly intent: 'transcription' };

/** A session of the official `openai` package over WebSocket, and what it has received. */
export class OpenAIClient {
  readonly log = new ServerEventLog();
  /** What the client told as errors: `error` events, and what broke. */
  readonly errors: OpenAIRealtimeError[] = [];
  closeCode: number | undefined;
  readonly #connection: OpenAIRealtimeWS;
  #microphone: PacedMicrophone | undefined;

  private constructor(connection: OpenAIRealtimeWS) {
    this.#connection = connection;
    connection.on('event', (event) => this.log.take(event));
    connection.on('error', (error) => this.errors.push(error));
    connection.socket.on('close', (code) => {
      this.closeCode = code;
    });
  }

  /** Dials the server behind `door`: this client speaks `wss:` only. */
  static async connect(
    door: TlsDoor,
    apiKey: string,
    target: OpenAISessionTarget,
  ): Promise<OpenAIClient> {
    const openai = new OpenAI({ apiKey, baseURL: door.baseUrl });
    const options = { ca: door.certificatePem };
    const client = new OpenAIClient(new OpenAIRealtimeWS({ ...target, options }, openai));
    await client.log.next('session.created');
    return client;
  }

  /** Joins a call as its sideband, which is told nothing at first. */
  static join(door: TlsDoor, apiKey: string, callId: string): OpenAIClient {
    const openai = new OpenAI({ apiKey, baseURL: door.baseUrl });
    const options = { ca: door.certificatePem };
    return new OpenAIClient(new OpenAIRealtimeWS({ callID: callId, options }, openai));
  }

  async opened(): Promise<void> {
    await once(this.#connection.socket, 'open');
  }

  send(event: RealtimeClientEvent): void {
    this.#connection.send(event);
  }

  /** Says it into a microphone that is on from then on. */
  say(text: string): void {
    this.#microphone ??= new PacedMicrophone((pcm) => this.append(pcm));
    this.#microphone.say(text);
  }

  /** Sends audio at once, however long it is. */
  append(pcm: Int16Array): void {
    const audio = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64');
    this.send({ type: 'input_audio_buffer.append', audio });
  }

  /** The audio of one response, as far as it has arrived. */
  heard(responseId: string): Int16Array {
    return samplesOf(
      this.log
        .all('response.output_audio.delta')
        .filter(({ response_id }) => response_id === responseId)
        .map(({ delta }) => Buffer.from(delta, 'base64')),
    );
  }

  /** Types a user's message, and asks for a response. */
  ask(text: string): void {
    this.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    this.send({ type: 'response.create' });
  }

  close(): void {
    this.#microphone?.close();
    this.#connection.close();
  }
}
