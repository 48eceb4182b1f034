import { CodedAudio } from '../simulator/coded-audio.ts';
import { type SimulatedCall, simulateCall } from '../simulator/simulate-call.ts';
import type { SimulatorScriptInput } from '../simulator/simulator-script.ts';
import { VirtualClock } from '../simulator/virtual-clock.ts';
import type { ReceivedEvent } from './socket-client.ts';

/** One message of a simulated session. */
interface Received {
  readonly atMs: number;
  readonly text: string;
}

/** A simulated call on a virtual clock, with everything that arrived written down. */
export class CallBench {
  /** Made by the first of them. */
  static #audio: CodedAudio | undefined;
  readonly clock = new VirtualClock();
  readonly received: Received[] = [];
  readonly binaries: Uint8Array[] = [];
  /** How the server closed: none or one. */
  readonly closes: { readonly atMs: number; readonly code: number; readonly reason: string }[] = [];
  readonly call: SimulatedCall;

  constructor(script: SimulatorScriptInput = {}, sessionIndex = 0) {
    const { clock } = this;
    CallBench.#audio ??= new CodedAudio();
    this.call = simulateCall({
      audio: CallBench.#audio,
      script,
      sessionIndex,
      clock,
      onText: (text) => this.received.push({ atMs: clock.nowMs(), text }),
      onBinary: (bytes) => this.binaries.push(bytes),
      onClosed: (code, reason) => this.closes.push({ atMs: clock.nowMs(), code, reason }),
    });
  }

  send(event: Readonly<Record<string, unknown>>): this {
    this.call.send(event);
    return this;
  }

  wait(ms: number): this {
    this.clock.advance(ms);
    return this;
  }

  /** Asks for an answer and waits. */
  respond(waitMs = 10_000): this {
    return this.send({ type: 'response.create' }).wait(waitMs);
  }

  /** Appends PCM in pieces of 20 ms, each at its time. */
  append(pcm: Int16Array): this {
    for (let at = 0; at < pcm.length; at += 480) {
      const piece = pcm.slice(at, at + 480);
      const audio = Buffer.from(piece.buffer).toString('base64');
      this.send({ type: 'input_audio_buffer.append', audio }).wait(20);
    }
    return this;
  }

  /** Messages that are JSON events, with the time of their arrival. */
  events(): (ReceivedEvent & { readonly atMs: number })[] {
    return this.received.flatMap(({ atMs, text }) =>
      text.startsWith('{') ? [{ ...(JSON.parse(text) as ReceivedEvent), atMs }] : [],
    );
  }

  eventsOf(type: string): (ReceivedEvent & { readonly atMs: number })[] {
    return this.events().filter((event) => event.type === type);
  }

  types(): string[] {
    return this.events().map(({ type }) => type);
  }

  /** The audio of each delta. */
  deltas(): { readonly atMs: number; readonly pcm: Int16Array }[] {
    return this.eventsOf('response.output_audio.delta').map(({ atMs, delta }) => ({
      atMs,
      pcm: pcmOfBase64(String(delta)),
    }));
  }

  /** The audio of all deltas in order of arrival. */
  audio(): Int16Array {
    return Int16Array.from(this.deltas().flatMap(({ pcm }) => [...pcm]));
  }
}

/** PCM16 from the wire's base64. */
function pcmOfBase64(base64: string): Int16Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return new Int16Array(bytes.buffer, 0, bytes.length / 2);
}
