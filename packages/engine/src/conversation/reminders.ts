import type { PendingReminder, PlannedReminder } from '../ports/brain.ts';

/** The most reminders that wait at the same time; a further one replaces the one that is due last. */
const REMINDER_COUNT_MAX = 16;

/** The longest that a reminder may wait: a session doesn't live longer. */
const REMINDER_AFTER_MS_MAX = 24 * 3_600_000;

interface Waiting {
  readonly dueMs: number;
  readonly text: string;
}

/** What the assistant has promised to say later. */
export class Reminders {
  #waiting: Waiting[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  get nextDueMs(): number | undefined {
    return this.#waiting[0]?.dueMs;
  }

  add(reminder: PlannedReminder, nowMs: number): void {
    const afterMs = Math.min(REMINDER_AFTER_MS_MAX, Math.max(0, reminder.afterMs));
    const others = this.#waiting.slice(0, REMINDER_COUNT_MAX - 1);
    this.#waiting = [...others, { dueMs: nowMs + afterMs, text: reminder.text }].sort(
      (left, right) => left.dueMs - right.dueMs,
    );
  }

  forgetAll(): void {
    this.#waiting = [];
  }

  pending(nowMs: number): PendingReminder[] {
    return this.#waiting.map(({ dueMs, text }) => ({ dueInMs: dueMs - nowMs, text }));
  }

  /** Takes everything that is due, as one text. */
  takeDue(nowMs: number): string | undefined {
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= nowMs);
    this.#waiting = this.#waiting.slice(due.length);
    return due.length === 0 ? undefined : due.map(({ text }) => text).join(' ');
  }
}
