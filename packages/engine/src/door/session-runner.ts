import type { Conversation } from '../conversation/conversation.ts';
import type { Effect } from '../conversation/effect.ts';
import type { Input } from '../conversation/input.ts';
import type { Ear, EarGrammar, EarListener, Ears } from '../ports/ears.ts';
import type { SpeechRequest, Utterance, Voice } from '../ports/voice.ts';
import type { Clock } from './clock.ts';

/** What a client may leave unread; a slower reader is closed with 1013. */
export const UNREAD_BYTES_MAX = 32 * 1024 * 1024;

/** The socket of one session. */
export interface SessionSocket {
  readonly unreadBytes: number;
  send(text: string): void;
  close(code: number, reason: string): void;
}

export interface SessionRunnerOptions {
  readonly conversation: Conversation;
  readonly ears: Ears | undefined;
  readonly voice: Voice | undefined;
  readonly socket: SessionSocket;
  readonly clock: Clock;
  /** A bug ended the session; it was closed with 1011. */
  readonly onBroken: (error: unknown) => void;
  readonly onSlowReader: () => void;
  /** The session has ended and freed everything; called once. */
  readonly onEnd: () => void;
}

/**
 * Runs one conversation: the only caller of its machine, the reader of the clock (once per input) and the owner of
 * its one timer. Inputs that come while another is being worked on wait their turn.
 */
export class SessionRunner {
  readonly #options: SessionRunnerOptions;
  readonly #inbox: Input[] = [];
  readonly #utterances = new Map<string, Utterance>();
  /** Ears that hear one recording each; bounded by the conversation's `HEARING_COUNT_MAX`. */
  readonly #clipEars = new Map<string, Ear>();
  #ear: Ear | undefined;
  #grammar: EarGrammar | undefined;
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #isWorking = false;
  #isEnded = false;

  constructor(options: SessionRunnerOptions) {
    this.#options = options;
  }

  /** Takes one input and does everything that follows from it. */
  take(input: Input): void {
    if (this.#isEnded) {
      return;
    }
    this.#inbox.push(input);
    if (this.#isWorking) {
      return;
    }
    this.#isWorking = true;
    try {
      this.#work();
    } catch (error) {
      this.#options.onBroken(error);
      this.#options.socket.close(1011, 'internal_error');
      this.end();
    } finally {
      this.#isWorking = false;
    }
  }

  /** The socket is gone, or has to go: frees everything. Nothing happens afterwards. */
  end(): void {
    if (this.#isEnded) {
      return;
    }
    this.#isEnded = true;
    this.#inbox.length = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const utterance of this.#utterances.values()) {
      utterance.cancel();
    }
    this.#utterances.clear();
    for (const ear of this.#clipEars.values()) {
      ear.close();
    }
    this.#clipEars.clear();
    this.#ear?.close();
    this.#ear = undefined;
    this.#options.onEnd();
  }

  #work(): void {
    const { conversation, clock } = this.#options;
    let input = this.#inbox.shift();
    while (input !== undefined) {
      conversation.handle(input, clock.nowMs());
      let effect = conversation.poll();
      while (effect !== undefined && !this.#isEnded) {
        this.#do(effect);
        effect = conversation.poll();
      }
      input = this.#inbox.shift();
    }
    if (!this.#isEnded) {
      this.#armTimer();
    }
  }

  #armTimer(): void {
    const deadline = this.#options.conversation.deadline();
    if (deadline?.atMs === this.#timer?.atMs) {
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    if (deadline !== undefined) {
      const cancel = this.#options.clock.callAt(deadline.atMs, () => {
        this.#timer = undefined;
        this.take({ type: 'time' });
      });
      this.#timer = { atMs: deadline.atMs, cancel };
    }
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.#send(JSON.stringify(effect.event));
        return;
      case 'close':
        this.#options.socket.close(effect.code, effect.reason);
        this.end();
        return;
      case 'ear_grammar':
        this.#setGrammar(effect.grammar);
        return;
      case 'ear_push':
        this.#ear?.push(effect.pcm);
        return;
      case 'ear_begin':
        this.#ear?.begin(effect.utteranceId, effect.fromSample);
        return;
      case 'ear_end':
        this.#ear?.end(effect.utteranceId, effect.toSample);
        return;
      case 'ear_cancel':
        this.#cancelHearing(effect.utteranceId);
        return;
      case 'ear_clip':
        this.#hearClip(effect.utteranceId, effect.pcm);
        return;
      case 'voice_speak':
        this.#speak(effect.speechId, effect.request);
        return;
      case 'voice_announce':
        this.#options.voice?.announce?.(effect.request);
        return;
      case 'voice_cancel':
        this.#utterances.get(effect.speechId)?.cancel();
        this.#utterances.delete(effect.speechId);
        return;
    }
  }

  #send(text: string): void {
    const { socket } = this.#options;
    socket.send(text);
    if (socket.unreadBytes > UNREAD_BYTES_MAX) {
      this.#options.onSlowReader();
      socket.close(1013, 'slow_reader');
      this.end();
    }
  }

  #setGrammar(grammar: EarGrammar): void {
    this.#grammar = grammar;
    if (this.#ear !== undefined) {
      this.#ear.setGrammar(grammar);
      return;
    }
    this.#ear = this.#options.ears?.open(
      grammar,
      this.#listener((firstSample, speechProbabilities) =>
        this.take({ type: 'ear_activity', firstSample, speechProbabilities }),
      ),
    );
  }

  #listener(activity: EarListener['activity'], onEnd?: (utteranceId: string) => void): EarListener {
    return {
      activity,
      partial: (utteranceId, text) => this.take({ type: 'ear_partial', utteranceId, text }),
      final: (utteranceId, hearing) => {
        onEnd?.(utteranceId);
        this.take({ type: 'ear_final', utteranceId, hearing });
      },
      failed: (utteranceId, reason) => {
        onEnd?.(utteranceId);
        this.take({ type: 'ear_failed', utteranceId, reason });
      },
    };
  }

  #hearClip(utteranceId: string, pcm: Int16Array): void {
    const { ears } = this.#options;
    if (ears === undefined || this.#grammar === undefined) {
      this.take({ type: 'ear_failed', utteranceId, reason: 'no ears' });
      return;
    }
    // Its activity isn't needed: where the recording begins and ends is known.
    const listener = this.#listener(
      () => undefined,
      (id) => this.#closeClip(id),
    );
    const ear = ears.open(this.#grammar, listener);
    this.#clipEars.set(utteranceId, ear);
    ear.begin(utteranceId, 0);
    ear.push(pcm);
    ear.end(utteranceId, pcm.length);
  }

  #closeClip(utteranceId: string): void {
    this.#clipEars.get(utteranceId)?.close();
    this.#clipEars.delete(utteranceId);
  }

  #cancelHearing(utteranceId: string): void {
    if (this.#clipEars.has(utteranceId)) {
      this.#closeClip(utteranceId);
    } else {
      this.#ear?.cancel(utteranceId);
    }
  }

  #speak(speechId: string, request: SpeechRequest): void {
    const { voice } = this.#options;
    if (voice === undefined) {
      this.take({ type: 'voice_failed', speechId, reason: 'no voice' });
      return;
    }
    const ended = { isTrue: false };
    const forget = (): void => {
      ended.isTrue = true;
      this.#utterances.delete(speechId);
    };
    const utterance = voice.speak(request, {
      chunk: (chunk) => this.take({ type: 'voice_chunk', speechId, chunk }),
      finished: () => {
        forget();
        this.take({ type: 'voice_finished', speechId });
      },
      failed: (reason) => {
        forget();
        this.take({ type: 'voice_failed', speechId, reason });
      },
    });
    if (!ended.isTrue) {
      this.#utterances.set(speechId, utterance);
    }
  }
}
