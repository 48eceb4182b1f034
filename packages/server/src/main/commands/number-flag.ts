import { StartError } from '../start-error.ts';

/** Reads a flag that takes a number. Throws a {@link StartError} that says what it takes. */
export function numberFlag(
  name: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new StartError(`${name} takes a number from ${min} to ${max}, not '${text}'.`);
}
