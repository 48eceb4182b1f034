// The performance page, from the JSON of the benchmarks alone: the same results give the same text and plots.
import { markdownTable, shownNumber, shownShare, shownValue } from './format.mjs';
import { ALSO_SECTIONS, ALSO_TARGETS } from './targets/also.mjs';
import { BRIDGE_SECTIONS, BRIDGE_TARGETS } from './targets/bridge.mjs';
import { LATENCY_SECTIONS, LATENCY_TARGETS } from './targets/latency.mjs';
import { NETWORK_SECTIONS, NETWORK_TARGETS } from './targets/network.mjs';
import { SETUP_SECTIONS, SETUP_TARGETS } from './targets/setup.mjs';
import { TURN_SECTIONS, TURN_TARGETS } from './targets/turns.mjs';
import { isBusy, judgeTarget, readFrom } from './verdict.mjs';

export const PAGE_PATH = 'docs/performance.md';
export const PLOTS_PATH = 'docs/performance';
export const RESULTS_PATH = 'bench/results';

const FUNCTIONS_SHOWN = 8;
/** Tables that come out alike on any machine. */
const COUNTED = new Set(['counts']);

const numberOf = ({ id }) => Number(id.slice(1));

/** T1 to T15, and what is asked for besides. */
export const TARGETS = [
  ...LATENCY_TARGETS,
  ...BRIDGE_TARGETS,
  ...TURN_TARGETS,
  ...SETUP_TARGETS,
  ...NETWORK_TARGETS,
]
  .sort((one, other) => numberOf(one) - numberOf(other))
  .concat(ALSO_TARGETS);

export const SECTIONS = [
  ...LATENCY_SECTIONS,
  ...BRIDGE_SECTIONS,
  ...TURN_SECTIONS,
  ...SETUP_SECTIONS,
  ...NETWORK_SECTIONS,
  ...ALSO_SECTIONS,
];

const titleOf = (table) => SECTIONS.find((section) => section.table === table)?.title ?? table;

function anchorOf(title) {
  return title.toLowerCase().replaceAll(' ', '-');
}

function goalText({ goal, unit }) {
  if (goal === undefined) return '';
  const [[kind, value]] = Object.entries(goal);
  if (kind === 'atMost' && value === 0) return '0';
  const sign = { atMost: '≤', atLeast: '≥', below: '<' }[kind];
  return `${sign} ${shownValue(value, unit)}`;
}

function peerText({ value, peers, figure }) {
  return peers
    .map(({ name, value: peer, ours = value }) => {
      const ratio = peer === 0 || ours === undefined ? '' : ` (${shownNumber(ours / peer)} ×)`;
      return `${name} ${shownValue(peer, figure.unit)}${ratio}`;
    })
    .join('; ');
}

function limitText({ value, figure: { limit, unit } }) {
  if (limit === undefined) return '';
  const ratio = value === undefined ? '' : ` (${shownNumber(value / limit)} ×)`;
  return `${shownValue(limit, unit)}${ratio}`;
}

const SHOWN_VERDICT = { missed: '**missed**', 'no goal': '' };

/** The verdict, with what weakens it. */
function verdictText({ value, verdict, isBusy: wasBusy }) {
  if (value === undefined) return '';
  const said = SHOWN_VERDICT[verdict] ?? verdict;
  return wasBusy && said !== '' ? `${said}, busy machine` : said;
}

function figureRow(judged, lead) {
  const { figure, value, verdict } = judged;
  return [
    lead,
    figure.what,
    goalText(figure),
    value === undefined ? verdict : shownValue(value, figure.unit),
    verdictText(judged),
    value === undefined ? '' : peerText(judged),
    limitText(judged),
  ];
}

function targetsTable(judgedTargets) {
  const rows = judgedTargets.flatMap(({ target, figures }) =>
    figures.map((judged, index) =>
      figureRow(
        judged,
        index === 0
          ? `[${target.id}](#${anchorOf(`${target.id} ${target.title}`)}) ${target.title}`
          : '',
      ),
    ),
  );
  return markdownTable(
    [
      'target',
      'figure',
      'goal',
      'measured',
      '',
      'beside it, same run (Prism is … × that)',
      'limit (Prism is … × that)',
    ],
    rows,
  );
}

function verdictLine(judgedTargets) {
  const groups = new Map();
  for (const { target, verdict } of judgedTargets)
    groups.set(verdict, [...(groups.get(verdict) ?? []), target.id]);
  return [...groups].map(([verdict, ids]) => `${verdict}: ${ids.join(', ')}`).join('. ');
}

/** When, where and how a table was measured. */
function provenance(result) {
  const { machine, commit = '', isChanged, startedAt, isQuick, durationS, command } = result;
  const load = [machine.loadBefore[0], machine.loadAfter[0]].map((each) => each.toFixed(1));
  const facts = [
    `\`${command}\``,
    `${startedAt.slice(0, 10)}, ${durationS} s${isQuick ? ', a quick run' : ''}`,
    `commit ${commit.slice(0, 10)}${isChanged ? ' and changes' : ''}`,
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node}`,
    `load ${load.join(' → ')}; cores busy with other work ${shownShare(machine.busyBefore)} before, ${shownShare(machine.busyAfter)} after; the measuring process itself took ${shownShare(result.ownCore)} of a core`,
  ];
  const busy =
    isBusy(result) && !COUNTED.has(result.table)
      ? ['', '**The machine did other work meanwhile**: times and ratios say little, counts do.']
      : [];
  return [`${facts.join('; ')}.`, ...busy];
}

function profileLines(profile) {
  if (profile === undefined) return [];
  const parts = profile.parts.map(({ part, share }) => [part, shownShare(share)]);
  const functions = profile.functions
    .slice(0, FUNCTIONS_SHOWN)
    .map(({ name, file, share }) => [
      `\`${name}\``,
      file === '' ? '' : `\`${file}\``,
      shownShare(share),
    ]);
  return [
    '',
    `Where the CPU goes, ${profile.what}; the main thread, busy ${shownShare(profile.busyShare)} of the time:`,
    '',
    markdownTable(['part', 'of the busy time'], parts),
    '',
    markdownTable(['function', 'file', 'its own time'], functions),
  ];
}

function tableLines({ caption, head, rows }) {
  return [...(caption === undefined ? [] : ['', `${caption}:`]), '', markdownTable(head, rows)];
}

/** `[path, svg]` of a section's plots. */
function plotsOf(section, result) {
  if (result === undefined || result.isVoid) return [];
  return Object.entries(readFrom(result, section.plots) ?? {}).map(([name, svg]) => [
    `${PLOTS_PATH}/${section.table}-${name}.svg`,
    svg,
  ]);
}

function sectionLines(section, result) {
  const lines = ['', `### ${section.title}`, '', section.says];
  if (result === undefined) return [...lines, '', 'Not measured.'];
  lines.push('', ...provenance(result));
  if (result.isVoid)
    return [...lines, '', `Void: ${result.voidBecause ?? 'the run says so itself'}.`];
  const tables = readFrom(result, section.tables);
  if (tables === undefined)
    return [...lines, '', 'Measured by an older build, whose results this page cannot read.'];
  for (const table of tables) lines.push(...tableLines(table));
  for (const [path] of plotsOf(section, result)) {
    const name = path.slice(PLOTS_PATH.length + 1);
    lines.push('', `![${section.title}](performance/${name})`);
  }
  return [...lines, ...profileLines(result.profile)];
}

/** What a target means, what it is limited by, and where that can be seen. */
function targetLines({ target, verdict }) {
  const { id, title, definition, limitedBy, profileOf } = target;
  const tables = [...new Set([...target.figures.map(({ table }) => table), profileOf])];
  const links = tables.map((table) => `[${titleOf(table)}](#${anchorOf(titleOf(table))})`);
  const sentence = `${definition[0].toUpperCase()}${definition.slice(1)}.`;
  return [
    '',
    `### ${id} ${title}`,
    '',
    `${verdict[0].toUpperCase()}${verdict.slice(1)}. ${sentence} What limits it: ${limitedBy}. Numbers and profile: ${links.join(', ')}.`,
  ];
}

const HEAD = [
  '# Performance',
  '',
  '<!-- Written by `npm run performance` from bench/results. Not to be edited. -->',
  '',
  'What was measured, beside what it should be. This page is written by a script from the JSON in `bench/results`, which `npm run bench` makes; nothing in it is typed by hand, and `npm run check` holds the two equal. What was not measured says so. On another machine times differ: what counts are ratios beside a peer of the same run, and counts. A cell `1.5 ×` behind a peer says that Prism has 1.5 times its number, both taken the same way.',
];

/**
 * The page and its plots, path to text.
 *
 * @param {ReadonlyMap<string, object>} results - By table.
 */
export function performancePages(results) {
  const judged = TARGETS.map((target) => judgeTarget(target, results));
  const lines = [
    ...HEAD,
    '',
    `${verdictLine(judged)}.`,
    '',
    '## Targets',
    '',
    targetsTable(judged),
    '',
    '## What they mean',
    ...judged.flatMap(targetLines),
    '',
    '## Tables',
    ...SECTIONS.flatMap((section) => sectionLines(section, results.get(section.table))),
    '',
  ];
  const plots = SECTIONS.flatMap((section) => plotsOf(section, results.get(section.table)));
  return new Map([[PAGE_PATH, lines.join('\n')], ...plots]);
}
