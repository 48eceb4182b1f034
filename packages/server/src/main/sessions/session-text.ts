import type { SessionSummary } from '../../runtime/sessions/session-document.ts';

/** One session as the server tells it, as far as it is shown. */
export interface ShownSession extends SessionSummary {
  readonly timeline: {
    readonly setup: { readonly parts: Readonly<Record<string, number>> };
    readonly turns: readonly ShownTurn[];
    readonly entries: readonly Readonly<Record<string, unknown>>[];
    readonly dropped: Readonly<Record<string, number>>;
  } | null;
}

interface ShownTurn {
  readonly turn: number;
  readonly cause: string;
  readonly state: string;
  readonly start_ms: number;
  readonly from: string;
  readonly to: string;
  readonly total_ms: number;
  readonly error_ms: number;
  readonly parts: readonly {
    readonly part: string;
    readonly start_ms: number;
    readonly duration_ms: number;
  }[];
  readonly interruption: {
    readonly trigger: string;
    readonly after_ms: number;
    readonly to_silence_ms: number | null;
    readonly truncated_ms: number | null;
  } | null;
}

/** Columns that a bar may take: all of the longest turn. */
const BAR_COLUMNS = 50;

/** A table of sessions. */
export function sessionTable(sessions: readonly SessionSummary[]): string {
  if (sessions.length === 0) return 'No sessions.';
  const head = [
    'id',
    'state',
    'kind',
    'began',
    'lasted',
    'turns',
    'mouth to ear',
    'agent',
    'user',
    'end',
  ];
  const rows = sessions.map((session) => [
    session.id,
    session.state,
    session.kind,
    session.started_at.replace('T', ' ').slice(0, 19),
    lasting(session.duration_ms),
    String(session.turn_count),
    session.mouth_to_ear_ms === null ? '' : `${Math.round(session.mouth_to_ear_ms)} ms`,
    session.agent ?? '',
    session.user ?? '',
    session.reason ?? '',
  ]);
  return table([head, ...rows], new Set([4, 5, 6]));
}

/** A session with its set-up, a waterfall of its turns and what else happened, for a terminal. */
export function sessionText(session: ShownSession): string {
  const { timeline } = session;
  const lines = [sessionTable([session]), ''];
  if (timeline === null)
    return [...lines, 'No timeline is recorded (timeline.enabled).'].join('\n');
  const parts = Object.entries(timeline.setup.parts).map(([part, ms]) => [
    part,
    `${ms.toFixed(1)} ms`,
  ]);
  lines.push('Set-up', ...indented(table(parts, new Set([1]))), '');
  lines.push(...waterfall(timeline.turns));
  const counts = countsOf(timeline.entries);
  if (counts.length > 0) lines.push('What happened', ...indented(table(counts, new Set([1]))), '');
  const dropped = Object.entries(timeline.dropped).filter(([, count]) => count > 0);
  if (dropped.length > 0)
    lines.push(
      `Let go at the bound: ${dropped.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    );
  return lines.join('\n').trimEnd();
}

function waterfall(turns: readonly ShownTurn[]): readonly string[] {
  const longestMs = Math.max(1, ...turns.map(({ total_ms: totalMs }) => totalMs));
  const columnsOf = (ms: number): number => Math.round((ms / longestMs) * BAR_COLUMNS);
  return turns.flatMap((turn) => {
    const head =
      `Turn ${turn.turn} at ${lasting(turn.start_ms)}, ${turn.cause}, ${turn.state}: ` +
      `${Math.round(turn.total_ms)} ms ± ${Math.round(turn.error_ms)} from ${turn.from} to ${turn.to}`;
    const rows = turn.parts.map((part) => [
      part.part,
      part.duration_ms.toFixed(1),
      bar(columnsOf(part.start_ms), columnsOf(part.start_ms + part.duration_ms)),
    ]);
    return [head, ...indented(table(rows, new Set([1]))), ...interruptionOf(turn), ''];
  });
}

function interruptionOf({ interruption }: ShownTurn): readonly string[] {
  if (interruption === null) return [];
  const {
    trigger,
    after_ms: afterMs,
    to_silence_ms: silenceMs,
    truncated_ms: cutMs,
  } = interruption;
  const silence = silenceMs === null ? '' : `, silent ${Math.round(silenceMs)} ms later`;
  const cut = cutMs === null ? '' : `, truncated at ${cutMs} ms`;
  return [`  interrupted by ${trigger} after ${Math.round(afterMs)} ms${silence}${cut}`];
}

/** At least a mark, so that no part is without one. */
function bar(from: number, to: number): string {
  return ' '.repeat(from) + (to > from ? '█'.repeat(to - from) : '▏');
}

function countsOf(entries: readonly Readonly<Record<string, unknown>>[]): readonly string[][] {
  const counts = new Map<string, number>();
  for (const { type } of entries) {
    const name = String(type);
    if (name !== 'setup') counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => [name, String(count)]);
}

function lasting(ms: number): string {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`;
}

function table(rows: readonly (readonly string[])[], rightColumns: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return rightColumns.has(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function indented(text: string): readonly string[] {
  return text === '' ? [] : text.split('\n').map((line) => `  ${line}`);
}
