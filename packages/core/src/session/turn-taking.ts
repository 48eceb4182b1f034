import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { assertNever } from '../errors/invariant.ts';
import type { Description } from '../machine/machine.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { Deadline } from '../time/deadline-table.ts';
import { BackchannelFilter } from '../turn-taking/backchannel-filter.ts';
import { ComfortNoise } from '../turn-taking/comfort-noise.ts';
import { Duck, type DuckDeadlineReason, type DuckInput } from '../turn-taking/duck.ts';
import { EchoGuard } from '../turn-taking/echo-guard.ts';
import { InputGate } from '../turn-taking/input-gate.ts';
import type { HoldDecision } from '../turn-taking/input-hold.ts';
import { SpeechOnset } from '../turn-taking/speech-onset.ts';
import type { TurnController } from '../turn-taking/turn-controller.ts';
import {
  duckPolicyOf,
  listensForSpeech,
  type TurnTakingPolicy,
} from '../turn-taking/turn-taking-policy.ts';
import type { EventRelay } from './event-relay.ts';
import type { InterruptionTrigger } from './interruption-trigger.ts';
import type { Outbox } from './outbox.ts';

export interface TurnTakingParts {
  readonly policy: TurnTakingPolicy;
  readonly outbox: Outbox;
  readonly relay: EventRelay;
  /** Cuts the answer in this turn of the mailbox. */
  readonly cut: (trigger: InterruptionTrigger, nowMs: MonotonicMs) => void;
  /** Whether speech interrupts in this session, as it is configured now. */
  readonly isInterruptible: () => boolean;
}

/**
 * Who speaks, and what that does to the answer: lets what comes in through the gate, past the echo guard and the onset
 * detector, and gives what goes out its volume.
 */
export class TurnTaking {
  readonly #parts: TurnTakingParts;
  readonly #gate = new InputGate();
  readonly #echo: EchoGuard;
  readonly #noise = new ComfortNoise();
  readonly #duck: Duck;
  readonly #backchannels: BackchannelFilter;
  readonly #onset: SpeechOnset | undefined;
  #playingId: string | undefined;
  #wasEcho = false;
  #nowMs = 0 as MonotonicMs;

  constructor(parts: TurnTakingParts) {
    this.#parts = parts;
    const { policy } = parts;
    this.#echo = new EchoGuard(policy.isEnabled ? policy.echo : 'off');
    this.#duck = new Duck(duckPolicyOf(policy));
    this.#backchannels = new BackchannelFilter(policy.isEnabled ? policy.backchannelMs : 0);
    if (!listensForSpeech(policy)) return;
    this.#onset = new SpeechOnset(
      {
        onset: (startSample) => {
          this.#reportSpeech('speech.started', startSample);
          this.#tell({ type: 'speech.onset' }, this.#nowMs);
        },
        ended: (endSample) => {
          this.#reportSpeech('speech.stopped', endSample);
          this.#tell({ type: 'speech.ended' }, this.#nowMs);
        },
      },
      { minSpeechMs: policy.minSpeechMs },
    );
  }

  get deadline(): Deadline<DuckDeadlineReason> | undefined {
    return this.#duck.deadline();
  }

  /**
   * Audio came in: what is muted or nothing but echo is silenced in place. Muted audio is neither heard nor compared.
   * Answers what becomes of it on its way to the upstream.
   */
  hear(pcm: Int16Array, nowMs: MonotonicMs): HoldDecision {
    this.#gate.apply(pcm);
    const { isSilenced, isMasked, hold } = this.#echo.capture(pcm, sampleAt(nowMs));
    if (isSilenced) this.silence(pcm);
    this.#followEcho();
    if (this.#onset === undefined) return hold;
    this.#nowMs = nowMs;
    this.#onset.push(pcm, isMasked);
    const { isSpeaking, isLoud, speechSamples } = this.#onset;
    if (isSpeaking) this.#tell({ type: 'speech.ongoing', samples: speechSamples }, nowMs);
    const isOverAnswer = this.#playingId !== undefined && this.#parts.isInterruptible();
    const tolerated = this.#backchannels.decide({ samples: pcm.length, isLoud, isOverAnswer });
    return hold === 'pass' ? tolerated : hold;
  }

  /**
   * Silences in place what was said before the call, if the call is muted. Nothing was played then, so that it is no
   * echo, and nobody was talked over.
   */
  muteEarly(pcm: Int16Array): void {
    if (this.#gate.isMuted) pcm.fill(0);
  }

  /** What the upstream gets in place of this audio: the noise of the room. */
  silence(pcm: Int16Array): void {
    this.#noise.fill(pcm, this.#echo.monitor.noisePower);
  }

  /** A frame of the answer `responseId` leaves, as loud as it is from here on. */
  play(pcm: Int16Array, responseId: string | undefined, nowMs: MonotonicMs): void {
    this.follow(responseId, nowMs);
    this.#duck.gain.apply(pcm);
    this.#echo.play(pcm, sampleAt(nowMs));
  }

  /** Which answer is being played; `undefined` if none is. */
  follow(responseId: string | undefined, nowMs: MonotonicMs): void {
    if (responseId === this.#playingId) return;
    const wasPlaying = this.#playingId !== undefined;
    this.#playingId = responseId;
    if (wasPlaying) this.#tell({ type: 'answer.ended' }, nowMs);
    if (responseId !== undefined) this.#tell({ type: 'answer.started' }, nowMs);
  }

  /** The upstream heard speech, in a session that speech interrupts. What isn't played yet is cut at once. */
  upstreamSpeech(nowMs: MonotonicMs): void {
    if (this.#playingId === undefined) this.#parts.cut('speech_started', nowMs);
    else this.#tell({ type: 'upstream.speech' }, nowMs);
  }

  elapse(nowMs: MonotonicMs): void {
    this.#tell({ type: 'deadline' }, nowMs);
  }

  /** Mutes what the client says from the next sample on, or ends that, for one of those who may. */
  mute(by: TurnController, isMuted: boolean): void {
    const wasMuted = this.#gate.isMuted;
    this.#gate.set(by, isMuted);
    if (this.#gate.isMuted === wasMuted) return;
    const { outbox, relay } = this.#parts;
    outbox.report({ type: 'input.muted', isMuted: !wasMuted, by });
    relay.toPrismAware('prism.input.muted', { muted: !wasMuted, by });
  }

  describe(): Description {
    const { monitor } = this.#echo;
    return {
      isInputMuted: this.#gate.isMuted,
      inputMutedMs: Math.round(this.#gate.mutedSamples / SAMPLES_PER_MS),
      speechOnsets: this.#onset?.onsetCount ?? 0,
      ...this.#duck.counters,
      backchannels: this.#backchannels.count,
      isDucked: this.#duck.isDucked,
      echo: monitor.state,
      echoFound: monitor.foundCount,
      echoMs: monitor.echoMs,
      echoDelayMs: monitor.delayMs,
      echoLevelDb: monitor.levelDb,
    };
  }

  #tell(input: DuckInput, nowMs: MonotonicMs): void {
    this.#duck.handle(input, nowMs);
    const { outbox, cut } = this.#parts;
    for (let effect = this.#duck.poll(); effect !== undefined; effect = this.#duck.poll()) {
      switch (effect.type) {
        case 'duck':
          outbox.report({ type: 'answer.ducked' });
          this.#tellDucked(true);
          break;
        case 'restore':
          outbox.report({ type: 'answer.restored', cause: effect.cause });
          this.#tellDucked(false);
          break;
        case 'stop':
          cut(effect.cause === 'upstream' ? 'speech_started' : 'local_speech', nowMs);
          this.#playingId = undefined;
          break;
        default:
          assertNever(effect, 'duck effect');
      }
    }
  }

  #reportSpeech(type: 'speech.started' | 'speech.stopped', inputSample: number): void {
    this.#parts.outbox.report({ type, inputMs: inputSample / SAMPLES_PER_MS });
  }

  /** Who plays the answer can make it quieter before the quieter frames have come to its loudspeaker. */
  #tellDucked(isDucked: boolean): void {
    const { relay, policy } = this.#parts;
    if (policy.ducks) relay.toPrismAware('prism.output.ducked', { ducked: isDucked });
  }

  #followEcho(): void {
    const { delayMs, levelDb: exactDb } = this.#echo.monitor;
    const isEcho = delayMs !== undefined;
    // Found while nothing is played, its level isn't known yet: that follows within a few frames.
    if (isEcho === this.#wasEcho || (isEcho && !Number.isFinite(exactDb))) return;
    this.#wasEcho = isEcho;
    const { outbox, relay } = this.#parts;
    const levelDb = exactDb === undefined ? undefined : Math.round(exactDb);
    outbox.report({ type: 'input.echo', isProbable: isEcho, delayMs, levelDb });
    const fields = { probable: isEcho, delay_ms: delayMs, level_db: levelDb };
    relay.toPrismAware('prism.input.echo', fields);
  }
}

/** The server's time in samples. */
function sampleAt(nowMs: MonotonicMs): number {
  return Math.round(nowMs * SAMPLES_PER_MS);
}
