/** Wall time as it is spoken. All of it is arithmetic on UTC dates that are shifted by the session's offset. */

/** The wall time of a session: milliseconds since 1970, shifted so that UTC fields read as local ones. */
export interface LocalTime {
  readonly shiftedMs: number;
}

export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

export const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;

const DAY_MS = 86_400_000;

export function localTime(wallMs: number, utcOffsetMinutes: number): LocalTime {
  return { shiftedMs: wallMs + utcOffsetMinutes * 60_000 };
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `3:05 PM` */
export function spokenClock(at: LocalTime): string {
  const date = new Date(at.shiftedMs);
  return spokenHourMinute(date.getUTCHours(), date.getUTCMinutes());
}

/** `3:05 PM`, `noon`, `midnight` */
export function spokenHourMinute(hour: number, minute: number): string {
  if (minute === 0 && hour % 12 === 0) {
    return hour === 0 ? 'midnight' : 'noon';
  }
  const half = hour < 12 ? 'AM' : 'PM';
  return `${hour % 12 === 0 ? 12 : hour % 12}:${String(minute).padStart(2, '0')} ${half}`;
}

/** `Monday, March 4, 2026` */
export function spokenDate(at: LocalTime): string {
  const date = new Date(at.shiftedMs);
  const weekday = capitalised(WEEKDAYS[date.getUTCDay()] ?? '');
  const month = capitalised(MONTHS[date.getUTCMonth()] ?? '');
  return `${weekday}, ${month} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
}

/** `2026-03-04` */
export function isoDate(at: LocalTime): string {
  return new Date(at.shiftedMs).toISOString().slice(0, 10);
}

export function plusDays(at: LocalTime, count: number): LocalTime {
  return { shiftedMs: at.shiftedMs + count * DAY_MS };
}

export function weekdayOf(at: LocalTime): number {
  return new Date(at.shiftedMs).getUTCDay();
}

/** The next time that a month and day come round, today included. */
export function nextMonthDay(at: LocalTime, month: number, day: number): LocalTime {
  const today = new Date(at.shiftedMs);
  const year = today.getUTCFullYear();
  const dayStartMs = Date.UTC(year, today.getUTCMonth(), today.getUTCDate());
  const thisYearMs = Date.UTC(year, month, day);
  return { shiftedMs: thisYearMs >= dayStartMs ? thisYearMs : Date.UTC(year + 1, month, day) };
}

/** Milliseconds until a time of day comes next. */
export function untilTimeOfDay(at: LocalTime, hour: number, minute: number): number {
  const intoDayMs = at.shiftedMs % DAY_MS;
  const wantedMs = (hour * 60 + minute) * 60_000;
  return wantedMs > intoDayMs ? wantedMs - intoDayMs : wantedMs - intoDayMs + DAY_MS;
}

const UNITS = [
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `1 hour and 5 minutes`; the two largest units, rounded to seconds. */
export function spokenDuration(durationMs: number): string {
  let restMs = Math.max(1_000, Math.round(durationMs / 1_000) * 1_000);
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0 && parts.length < 2) {
      parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
    }
  }
  return parts.join(' and ');
}
