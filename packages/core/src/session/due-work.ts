import { assertNever } from '../errors/invariant.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import type { EarlyAudio } from './early-audio.ts';
import type { InputAudio } from './input-audio.ts';
import type { LimitWatch } from './limit-watch.ts';
import type { ResponseSequencer } from './response-sequencer.ts';
import type { OwnDeadlineReason } from './session-contract.ts';
import type { SessionLife } from './session-life.ts';
import type { SessionMove } from './session-move.ts';
import type { ToolDesk } from './tool-desk.ts';
import type { TurnEnds } from './turn-ends.ts';
import type { TurnTaking } from './turn-taking.ts';

export interface DueWorkParts {
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
  readonly life: SessionLife;
  readonly input: InputAudio;
  readonly turns: TurnTaking;
  readonly turnEnds: TurnEnds;
  readonly early: EarlyAudio;
  readonly playout: AnswerPlayout;
  readonly sequencer: ResponseSequencer;
  readonly tools: ToolDesk | undefined;
  readonly limits: LimitWatch;
  readonly move: SessionMove;
}

/** What is done when a deadline of a session has come. */
export class DueWork {
  readonly #parts: DueWorkParts;

  constructor(parts: DueWorkParts) {
    this.#parts = parts;
  }

  /** Does all that is due, in order, until the session is over. */
  elapse(nowMs: MonotonicMs): void {
    const { deadlines, turns, life } = this.#parts;
    turns.elapse(nowMs);
    for (let due = deadlines.takeDue(nowMs); due !== undefined; due = deadlines.takeDue(nowMs)) {
      if (due === 'closing.linger') return life.lingerOver();
      this.#do(due, nowMs);
    }
  }

  #do(due: Exclude<OwnDeadlineReason, 'closing.linger'>, nowMs: MonotonicMs): void {
    const { life, input, turnEnds, early, playout, sequencer, tools, limits, move } = this.#parts;
    switch (due) {
      case 'upstream.connect':
        return life.connectTimedOut(nowMs);
      case 'media.connect':
        return life.end('media_never_connected', nowMs);
      case 'media.grace':
        return life.end('media_lost', nowMs);
      case 'response.hold':
        return sequencer.holdExpired();
      case 'response.request':
        return sequencer.requestExpired();
      case 'input.commit':
        return turnEnds.expire(nowMs);
      case 'input.early':
        return early.release(nowMs);
      case 'input.hold':
        return input.elapse(nowMs);
      case 'truncate.hold':
        return playout.truncations.flush();
      case 'transcript.hold':
        return playout.elapse(nowMs);
      case 'limit.time':
        return limits.elapse(nowMs);
      case 'limit.farewell':
        return limits.farewellOver(nowMs);
      case 'tool.due':
        return tools?.due(nowMs);
      case 'move.settle':
        return move.elapse(nowMs);
      default:
        return assertNever(due, 'deadline');
    }
  }
}
