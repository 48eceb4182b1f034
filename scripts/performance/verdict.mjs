// Met or missed: what the results of the benchmarks say of a figure of a target. Nothing else decides it.

/** @typedef {'met' | 'missed' | 'void' | 'not measured' | 'no goal'} Verdict */

/** A machine whose cores were busy for more of the time before or after a run did other work meanwhile. */
const BUSY_SHARE_MAX = 0.2;

/** Whether a machine was busy with something else while a table was made. */
export function isBusy({ machine: { busyBefore, busyAfter } }) {
  return Math.max(busyBefore, busyAfter) > BUSY_SHARE_MAX;
}

/** Whether a value keeps a goal: `{ atMost }`, `{ atLeast }` or `{ below }`. */
function keeps(value, { atMost, atLeast, below }) {
  if (atMost !== undefined) return value <= atMost;
  return below === undefined ? value >= atLeast : value < below;
}

/** What `read` makes of a result; undefined of one whose shape it doesn't know. */
export function readFrom(result, read) {
  try {
    return read(result);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * One figure: its value, what it was beside, and its verdict.
 *
 * @param {object} figure - From the catalogue of targets.
 * @param {ReadonlyMap<string, object>} results - By table.
 */
export function judgeFigure(figure, results) {
  const result = results.get(figure.table);
  if (result === undefined) return { figure, verdict: 'not measured', peers: [] };
  if (result.isVoid) return { figure, verdict: 'void', peers: [] };
  const value = readFrom(result, figure.read);
  if (!Number.isFinite(value)) return { figure, verdict: 'not measured', peers: [] };
  const peers = (readFrom(result, figure.peers ?? (() => [])) ?? []).filter((peer) =>
    Number.isFinite(peer.value),
  );
  const verdict =
    figure.goal === undefined ? 'no goal' : keeps(value, figure.goal) ? 'met' : 'missed';
  return { figure, value, peers, verdict, isBusy: !figure.isCount && isBusy(result) };
}

/** A target is missed by one figure, and met by all of them. */
export function judgeTarget(target, results) {
  const figures = target.figures.map((figure) => judgeFigure(figure, results));
  const verdicts = figures.map(({ verdict }) => verdict).filter((verdict) => verdict !== 'no goal');
  const first = ['missed', 'void', 'not measured'].find((verdict) => verdicts.includes(verdict));
  const isPartly = first !== undefined && first !== 'missed' && verdicts.includes('met');
  return {
    target,
    figures,
    verdict: isPartly ? `met in part, the rest ${first}` : (first ?? 'met'),
  };
}
