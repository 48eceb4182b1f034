/** Where a text may be cut, and how long its words take to say relative to each other. */

/** The end of a word, as an index into the text, and the weight of all that is said up to there. */
export interface WordEnd {
  readonly index: number;
  readonly weight: number;
}

const SPACE = /\s/u;
const HAN = /\p{Script=Han}/u;
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const HANGUL = /\p{Script=Hangul}/u;
const DIGIT = /\p{Nd}/u;
const LETTER = /\p{L}/u;
/** Said as a word of its own: per cent, euro, at, plus. */
const SPOKEN_SYMBOL = /[\p{Sc}%@&+=]/u;
/** Belongs to the character before it: marks, joiners, variation selectors, skin tones. */
const EXTENDS = /[\p{M}\u200c\u200d\p{Emoji_Modifier}]/u;

/**
 * How long a character takes to say, in Latin letters: rough, but what counts is the share of a whole text. Characters
 * of Han and kana are syllables; a digit is read as a word.
 */
function weightOf(character: string): number {
  if (HAN.test(character)) return 3;
  if (HANGUL.test(character)) return 2.5;
  if (KANA.test(character)) return 1.8;
  if (DIGIT.test(character)) return 4;
  if (SPOKEN_SYMBOL.test(character)) return 7;
  return LETTER.test(character) ? 1 : 0;
}

function standsAlone(character: string): boolean {
  return HAN.test(character) || KANA.test(character);
}

/**
 * The ends of a text's words, in order. A word ends before white space and at the end of the text; in Chinese and
 * Japanese, after each character with its marks and the punctuation that follows. Scripts without spaces that need a
 * dictionary (Thai, Lao, Khmer, Burmese) are only cut at white space. Never within a character.
 */
export function wordEnds(text: string): readonly WordEnd[] {
  const ends: WordEnd[] = [];
  let weight = 0;
  let index = 0;
  let wordStart = -1;
  let previousStandsAlone = false;
  for (const character of text) {
    const isSpace = SPACE.test(character);
    const isWordCharacter = weightOf(character) > 0;
    if (wordStart >= 0 && (isSpace || (previousStandsAlone && isWordCharacter))) {
      ends.push({ index, weight });
      wordStart = -1;
    } else if (wordStart >= 0 && standsAlone(character) && wordStart < index) {
      ends.push({ index, weight });
    }
    if (!isSpace && wordStart < 0) wordStart = index;
    if (!EXTENDS.test(character) && (isWordCharacter || isSpace)) {
      previousStandsAlone = standsAlone(character);
    }
    weight += weightOf(character);
    index += character.length;
  }
  if (wordStart >= 0) ends.push({ index, weight });
  return ends;
}
