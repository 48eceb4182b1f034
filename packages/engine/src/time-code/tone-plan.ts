/**
 * The alphabet of the time code. Every 20 ms of sound carry one code of 12 bits: four octal digits and a check digit,
 * each as one of eight tones of its own band. All tones lie in the telephone band (350–3275 Hz), 75 Hz apart, and
 * begin and end a frame at zero, so that frames follow each other without a click.
 */

/** Length of a coded frame. */
export const CODE_FRAME_MS = 20;

/** Different codes; the sequence repeats after as many frames, 81.92 s. */
export const CODE_COUNT = 4_096;

export const DIGIT_TONE_COUNT = 8;

/** Digits of a code, the lowest first, and behind them the check digit. */
export const DIGIT_COUNT = 5;

export const TONE_COUNT = DIGIT_COUNT * DIGIT_TONE_COUNT;

/** All tones are multiples of this, which makes one period of it a table of any tone. */
export const TONE_GRID_HZ = 25;

const FIRST_TONE_HZ = 350;
const TONE_STEP_HZ = 75;

/** Frequency of a tone, counted through all bands from the lowest. */
export function toneHz(tone: number): number {
  return FIRST_TONE_HZ + tone * TONE_STEP_HZ;
}

/** The check digit follows from the four others, so that a window across two neighbouring frames fits neither. */
function checkDigit(code: number): number {
  return ((code & 7) + 3 * ((code >> 3) & 7) + 5 * ((code >> 6) & 7) + 7 * (code >> 9) + 1) & 7;
}

/** The digits that stand for a code (0–4095), the check digit last. */
export function digitsOfCode(code: number): readonly number[] {
  return [code & 7, (code >> 3) & 7, (code >> 6) & 7, code >> 9, checkDigit(code)];
}

/** The code of five digits; `undefined` if the check digit contradicts them. */
export function codeOfDigits(digits: ArrayLike<number>): number | undefined {
  const code =
    (digits[0] ?? 0) | ((digits[1] ?? 0) << 3) | ((digits[2] ?? 0) << 6) | ((digits[3] ?? 0) << 9);
  return checkDigit(code) === digits[4] ? code : undefined;
}
