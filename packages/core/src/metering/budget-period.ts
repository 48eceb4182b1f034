/** How long a budget lasts; days and months are of UTC, so that they are the same everywhere. */
export type BudgetPeriod = 'day' | 'month' | 'total';

export interface PeriodBounds {
  /** Milliseconds since 1970; 0 for `total`. */
  readonly startMs: number;
  /** Where the next one begins; `undefined` for `total`. */
  readonly endMs: number | undefined;
}

const DAY_MS = 86_400_000;

/** The period that `wallMs`, in milliseconds since 1970, is in. */
export function periodAt(period: BudgetPeriod, wallMs: number): PeriodBounds {
  if (period === 'total') return { startMs: 0, endMs: undefined };
  const day = Math.floor(wallMs / DAY_MS);
  if (period === 'day') return { startMs: day * DAY_MS, endMs: (day + 1) * DAY_MS };
  const { year, month } = monthOf(day);
  const next = month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 };
  return { startMs: dayOf(year, month) * DAY_MS, endMs: dayOf(next.year, next.month) * DAY_MS };
}

// The Gregorian calendar by arithmetic, without a clock's `Date`: years begin in March, so that the day which some
// years have more is their last (H. Hinnant, "chrono-compatible low-level date algorithms").
const DAYS_TO_1970 = 719_468;
const DAYS_PER_ERA = 146_097;

function monthOf(day: number): { readonly year: number; readonly month: number } {
  const shifted = day + DAYS_TO_1970;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month };
}

/** The first day of a month, counted from 1970. */
function dayOf(year: number, month: number): number {
  const yearFromMarch = month <= 2 ? year - 1 : year;
  const era = Math.floor(yearFromMarch / 400);
  const yearOfEra = yearFromMarch - era * 400;
  const monthFromMarch = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5);
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_TO_1970;
}
