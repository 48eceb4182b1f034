import { StartError } from '../start-error.ts';

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
}

/** Reads a flag that takes a number, where `isWhole` a whole one. Throws a {@link StartError} that says what it takes. */
export function numberFlag(
  name: string,
  text: string,
  { min, max, isWhole = false }: NumberRange,
): number {
  const value = Number(text);
  const isInRange = text.trim() !== '' && value >= min && value <= max;
  if (isInRange && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'whole number' : 'number';
  throw new StartError(`${name} takes a ${kind} from ${min} to ${max}, not '${text}'.`);
}
