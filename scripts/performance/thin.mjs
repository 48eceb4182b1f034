// Results small enough to be kept: long runs of samples become quantiles, numbers get five digits.

const SAMPLES_MAX = 120;
const DIGITS = 5;

function thinNumbers(samples) {
  if (samples.length <= SAMPLES_MAX) return samples;
  const sorted = samples.toSorted((one, other) => one - other);
  return Array.from(
    { length: SAMPLES_MAX },
    (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (SAMPLES_MAX - 1))],
  );
}

function thinList(list) {
  if (list.every((item) => typeof item === 'number')) return thinNumbers(list);
  const every = Math.ceil(list.length / SAMPLES_MAX);
  return list.filter((_, index) => index % every === 0);
}

/** What the numbers of tables are read from stays as it is but for its digits; of samples the spread stays. */
export function thinResult(value) {
  if (typeof value === 'number') return Number(value.toPrecision(DIGITS));
  if (Array.isArray(value)) return thinList(value).map(thinResult);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, thinResult(part)]));
}
