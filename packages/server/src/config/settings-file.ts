import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/** A file of settings, and where in it things are. */
export interface SettingsFile {
  /** As YAML has it; `undefined` if the file is empty. */
  readonly content: unknown;
  /** The line of what is at `path`, from 1; of the last that is there if the path leads further. */
  readonly lineOf: (path: readonly string[]) => number;
}

/** Reads YAML. Throws an `Error` with one line for what isn't any. */
export function parseSettingsFile(text: string): SettingsFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined)
    throw new Error(
      `${fault.message.split('\n')[0] ?? ''} (line ${lines.linePos(fault.pos[0]).line})`,
    );
  return {
    content: document.toJS() as unknown,
    lineOf: (path) => lines.linePos(offsetOf(document.contents, path)).line,
  };
}

function offsetOf(root: unknown, path: readonly string[]): number {
  let offset = 0;
  let node = root;
  for (const name of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(name)];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  const { range } = node as { readonly range?: readonly [number, number, number] };
  return range?.[0];
}
