const IDENTIFIER = /^[A-Za-z_$][\w$]*$/u;

/** A text as a literal with single quotes. */
export function printText(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

const LINE_CHARS_MAX = 72;

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

/** Short members of a list, as many in a line as fit. */
function filled(members: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const member of members) {
    if (line !== indent && line.length + member.length + 2 > LINE_CHARS_MAX) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${member}, `;
  }
  return `${[...lines, line.trimEnd()].join('\n')}\n`;
}

function printArray(value: readonly unknown[], indent: string): string {
  const deeper = `${indent}  `;
  const members = value.map((member) => printLiteral(member, deeper));
  const inOneLine = `[${members.join(', ')}]`;
  if (indent.length + inOneLine.length <= LINE_CHARS_MAX && !inOneLine.includes('\n'))
    return inOneLine;
  const lines = value.every(isPlain)
    ? filled(members, deeper)
    : members.map((member) => `${deeper}${member},\n`).join('');
  return `[\n${lines}${indent}]`;
}

/** A JSON value as it is written in a program, over several lines where it doesn't fit in one. */
export function printLiteral(value: unknown, indent = ''): string {
  if (typeof value === 'string') return printText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return printArray(value, indent);
  const deeper = `${indent}  `;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => {
      const key = IDENTIFIER.test(name) ? name : printText(name);
      return `${key}: ${printLiteral(member, deeper)}`;
    });
  const inOneLine = members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  // A member's name stands before it in the line.
  const isShort = indent.length + inOneLine.length <= LINE_CHARS_MAX - 12;
  if (isShort && !inOneLine.includes('\n')) return inOneLine;
  return `{\n${members.map((member) => `${deeper}${member},\n`).join('')}${indent}}`;
}

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
