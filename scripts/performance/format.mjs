// Numbers and tables of the performance page as text.

/** Three digits that count, thousands apart; `-` for what is no number. */
export function shownNumber(value) {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', {
    minimumFractionDigits: 0,
    maximumFractionDigits: Math.min(digits, 4),
  });
}

/** With its unit, if it has one. */
export function shownValue(value, unit = '') {
  const number = shownNumber(value);
  return number === '-' || unit === '' ? number : `${number} ${unit}`;
}

export function shownShare(share) {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : '-';
}

/** A table in Markdown. */
export function markdownTable(head, rows) {
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
