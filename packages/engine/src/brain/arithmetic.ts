import { formatNumber } from './slots/number-words.ts';

/** What is said where a number has no result, such as a division by zero. */
const NO_RESULT = 'not a number';

/** Computes `left operator right`; the operator is one of plus, minus, times, divided by, percent of. */
export function compute(left: number, operator: string, right: number): string {
  const result = resultOf(left, operator, right);
  return result === undefined || !Number.isFinite(result) ? NO_RESULT : formatNumber(result);
}

function resultOf(left: number, operator: string, right: number): number | undefined {
  switch (operator) {
    case 'plus':
      return left + right;
    case 'minus':
      return left - right;
    case 'times':
      return left * right;
    case 'divided by':
      return left / right;
    case 'percent of':
      return (left * right) / 100;
    default:
      return undefined;
  }
}
