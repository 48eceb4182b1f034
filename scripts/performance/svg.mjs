// Plots of the performance page, as SVG written by hand: bars with a goal, and lines. The same numbers give the same text.

const WIDTH = 720;
const INK = '#1f2328';
const FAINT = '#d0d7de';
const GOAL = '#cf222e';
const OWN = '#0969da';
/** Of lines, Prism's first. */
const COLOURS = [OWN, '#bf8700', '#8250df', '#1a7f37', '#6e7781', '#953800'];
const TEXT = 'font-family="system-ui, sans-serif" font-size="12"';

const place = (value) => Number(value.toFixed(1));
const escaped = (said) =>
  String(said).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function text(x, y, { said, anchor = 'start', fill = INK }) {
  return `<text x="${place(x)}" y="${place(y)}" text-anchor="${anchor}" fill="${fill}" ${TEXT}>${escaped(said)}</text>`;
}

function line([fromX, fromY], [toX, toY], { stroke, dash = '' }) {
  const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
  return `<line x1="${place(fromX)}" y1="${place(fromY)}" x2="${place(toX)}" y2="${place(toY)}" stroke="${stroke}"${dashes}/>`;
}

function picture(height, title, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(12, 22, { said: title }),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** The next of 1, 2, 5, 10, … at or above it. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999) ?? value;
}

const shortNumber = (value) => Number(value.toPrecision(3)).toLocaleString('en-US');

/**
 * Horizontal bars from 0, and the goal as a line across them.
 *
 * @param {{ title: string, unit: string, bars: { label: string, value: number, isOwn?: boolean }[], goal?: number }} plot
 */
export function barChart({ title, unit, bars, goal }) {
  const [left, right, top, step] = [230, 90, 38, 26];
  const known = bars.filter(({ value }) => Number.isFinite(value));
  if (known.length === 0) return picture(60, title, [text(12, 48, { said: 'no samples' })]);
  const most = roundUp(Math.max(...known.map(({ value }) => value), goal ?? 0));
  const x = (value) => left + ((WIDTH - left - right) * value) / most;
  const height = top + known.length * step + 26;
  const drawn = known.flatMap(({ label, value, isOwn }, index) => {
    const y = top + index * step;
    const width = place(Math.max(1, x(value) - left));
    return [
      text(left - 8, y + 15, { said: label, anchor: 'end' }),
      `<rect x="${left}" y="${y + 3}" width="${width}" height="${step - 8}" fill="${isOwn ? OWN : FAINT}"/>`,
      text(x(value) + 6, y + 15, { said: `${shortNumber(value)} ${unit}` }),
    ];
  });
  const bottom = top + known.length * step;
  const goalLine =
    goal === undefined
      ? []
      : [
          line([x(goal), top - 4], [x(goal), bottom + 4], { stroke: GOAL, dash: '4 3' }),
          text(x(goal), bottom + 18, {
            said: `goal ${shortNumber(goal)} ${unit}`,
            anchor: 'middle',
            fill: GOAL,
          }),
        ];
  return picture(height, title, [...drawn, ...goalLine]);
}

/** Where the axis has its ticks, in its own scale. */
function ticksOf(least, most, isLog) {
  if (!isLog) return Array.from({ length: 6 }, (_, index) => least + ((most - least) * index) / 5);
  const ticks = [];
  for (let value = 10 ** Math.ceil(Math.log10(least)); value <= most * 1.001; value *= 10)
    ticks.push(value);
  return ticks;
}

/**
 * Lines through points.
 *
 * @param {{ title: string, x: { label: string, isLog?: boolean }, y: { label: string, most?: number },
 *   series: { name: string, points: [number, number][] }[], goal?: { at: number, label: string } }} plot - The goal is a
 *   horizontal line.
 */
export function lineChart({ title, x, y, series, goal }) {
  const [left, right, top, plotHeight] = [64, 170, 60, 240];
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return picture(60, title, [text(12, 48, { said: 'no samples' })]);
  const xs = all.map(([value]) => value).filter((value) => !x.isLog || value > 0);
  const [leastX, mostX] = [x.isLog ? Math.min(...xs) : 0, Math.max(...xs)];
  const mostY = y.most ?? roundUp(Math.max(...all.map(([, value]) => value), goal?.at ?? 0));
  const scale = (value) => (x.isLog ? Math.log10(Math.max(value, leastX)) : value);
  const span = scale(mostX) - scale(leastX) || 1;
  const atX = (value) => left + ((WIDTH - left - right) * (scale(value) - scale(leastX))) / span;
  const atY = (value) => top + plotHeight - (plotHeight * Math.min(value, mostY)) / mostY;
  const end = WIDTH - right;
  const grid = ticksOf(0, mostY, false).flatMap((tick) => [
    line([left, atY(tick)], [end, atY(tick)], { stroke: FAINT }),
    text(left - 6, atY(tick) + 4, { said: shortNumber(tick), anchor: 'end' }),
  ]);
  const ticks = ticksOf(leastX, mostX, x.isLog).map((tick) =>
    text(atX(tick), top + plotHeight + 18, { said: shortNumber(tick), anchor: 'middle' }),
  );
  const drawn = series.flatMap(({ name, points }, index) => {
    const stroke = COLOURS[index % COLOURS.length];
    const path = points.map(([px, py]) => `${place(atX(px))},${place(atY(py))}`).join(' ');
    return [
      `<polyline points="${path}" fill="none" stroke="${stroke}" stroke-width="2"/>`,
      text(end + 10, top + 14 + index * 18, { said: name, fill: stroke }),
    ];
  });
  const goalLine =
    goal === undefined
      ? []
      : [
          line([left, atY(goal.at)], [end, atY(goal.at)], { stroke: GOAL, dash: '4 3' }),
          text(end + 10, atY(goal.at) + 4, { said: goal.label, fill: GOAL }),
        ];
  const labels = [
    text((left + end) / 2, top + plotHeight + 38, { said: x.label, anchor: 'middle' }),
    text(12, top - 16, { said: y.label, fill: '#57606a' }),
  ];
  return picture(top + plotHeight + 52, title, [
    ...grid,
    ...ticks,
    ...drawn,
    ...goalLine,
    ...labels,
  ]);
}

/** The share of samples at or below each value, as points of a line. */
export function shareBelow(samples) {
  const sorted = samples.filter(Number.isFinite).sort((one, other) => one - other);
  const every = Math.max(1, Math.floor(sorted.length / 100));
  return sorted.flatMap((value, index) =>
    index % every === 0 || index === sorted.length - 1
      ? [[value, (100 * (index + 1)) / sorted.length]]
      : [],
  );
}
