const MAX_TOKEN_CHARS = 40;

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/```[\s\S]*?(?:```|$)/g, ' '],
  [/!?\[([^\]]*)\]\([^)]*\)/g, '$1'],
  [/<[^<>]{1,200}>/g, ' '],
  [/https?:\/\/(?:www\.)?([^\s/?#]+)[^\s]*/gi, '$1'],
  [/^[ \t]*#{1,6}[ \t]+/gm, ''],
  [/^[ \t]*[-*+•‣][ \t]+/gm, ''],
  // A line that ends without a stop (a list's, a heading's) is a sentence of its own.
  [/([^\s.!?,;:])[ \t]*\n+/g, '$1. '],
  [/[`*_~#|\\^{}[\]<>]+/g, ' '],
  [/[‘’ʼ]/g, "'"],
  [/[“”„«»]/g, '"'],
  [/…/g, '. '],
  [/\s*[–—]\s*/g, ', '],
  [/€\s*(\d[\d.,]*\d|\d)/g, '$1 euros'],
  [/£\s*(\d[\d.,]*\d|\d)/g, '$1 pounds'],
  [/¥\s*(\d[\d.,]*\d|\d)/g, '$1 yen'],
  [/(\d)\s*°\s*C\b/g, '$1 degrees Celsius'],
  [/(\d)\s*°\s*F\b/g, '$1 degrees Fahrenheit'],
  [/(\d)\s*°/g, '$1 degrees'],
  [/(\d)\s*%/g, '$1 percent'],
  [/\s&\s/g, ' and '],
  [/\s\+\s/g, ' plus '],
  [/\s=\s/g, ' equals '],
  [/×/g, ' times '],
  [/÷/g, ' divided by '],
  [/[。！？]/g, '. '],
  [/[，、；：]/g, ', '],
  [/ß/g, 'ss'],
  [/æ/gi, 'ae'],
  [/œ/gi, 'oe'],
  [/ø/gi, 'o'],
  [/ł/gi, 'l'],
  [/[đð]/gi, 'd'],
  [/þ/gi, 'th'],
];

/**
 * Makes plain words of a text that was written to be read: no markup, no emoji, ASCII only, no endless tokens.
 *
 * @param text - Any text, in any script.
 * @returns What the synthesiser can say; empty if nothing of it can be said.
 */
export function speakableText(text: string): string {
  let plain = text;
  for (const [pattern, replacement] of REPLACEMENTS) plain = plain.replace(pattern, replacement);
  plain = plain
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(new RegExp(`(\\S{${MAX_TOKEN_CHARS}})(?=\\S)`, 'g'), '$1 ')
    .replace(/\s+/g, ' ')
    .trim();
  return /[A-Za-z0-9]/.test(plain) ? plain : '';
}
