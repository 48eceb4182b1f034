// Counts what the test runner reports and says it in lines: a machine that is fed the runner's events and prints
// nothing itself.
import { inspect } from 'node:util';

const OUTPUT_CHARACTERS_MAX = 20_000;
const SLOW_TEST_MS = 1000;

/** A stack without the frames of Node and its test runner. */
function withoutRunner(text) {
  const frame = /^\s+at .*\bnode:[\w/]+:\d+:\d+\)?( \{)?$|^\s+at async Promise\.all /;
  return text
    .split('\n')
    .flatMap((line) => (frame.test(line) ? (line.endsWith(' {') ? ['    {'] : []) : [line]))
    .join('\n');
}

function describeError(error) {
  const cause = error?.cause ?? error;
  const text = typeof cause === 'object' && cause !== null ? inspect(cause, { depth: 6 }) : cause;
  return withoutRunner(String(text ?? 'failed without an error'));
}

function indented(text, width) {
  return text.split('\n').map((line) => `${' '.repeat(width)}${line}`);
}

/** The totals of a run, its failures and its skips. `nameOf` turns a compiled path into the one to show. */
export class TestTally {
  passedCount = 0;
  failedCount = 0;
  skippedCount = 0;
  #nameOf;
  #failures = [];
  #skips = [];
  #outputs = new Map();
  #failedFiles = new Set();
  #openNames = [];
  #shownFile;
  #shownNames = [];

  constructor(nameOf = (path) => path) {
    this.#nameOf = nameOf;
  }

  /** Takes one event of the runner (`type` and `data`); answers the lines to print for it. */
  take({ type, data }) {
    switch (type) {
      case 'test:start':
        this.#openNames[data.nesting] = data.name;
        this.#openNames.length = data.nesting + 1;
        return [];
      case 'test:pass':
        return this.#ended(data, undefined);
      case 'test:fail':
        return this.#ended(data, data.details.error);
      case 'test:diagnostic':
        return this.#said(data);
      case 'test:stdout':
      case 'test:stderr':
        this.#keepOutput(data);
        return [];
      default:
        return [];
    }
  }

  /** What a test measured and tells. The runner's own totals come the same way and are left out. */
  #said({ message, nesting }) {
    if (/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message))
      return [];
    return [`${'  '.repeat(nesting + 1)}  ${message}`];
  }

  /** The last line of a test run. */
  get countLine() {
    const skipped = this.skippedCount > 0 ? `, ${this.skippedCount} skipped` : '';
    return `${this.passedCount} passed, ${this.failedCount} failed${skipped}`;
  }

  /** Whether the run proves anything: something passed and nothing failed. */
  get isGreen() {
    return this.failedCount === 0 && this.passedCount > 0;
  }

  /** The failures in full, then the reasons of what was skipped. */
  get closingLines() {
    const lines = [];
    for (const [index, { title, at, text }] of this.#failures.entries()) {
      lines.push('', `${index + 1}) ${title}`, `   ${at}`, ...indented(text, 3));
    }
    for (const file of this.#failedFiles) {
      const output = this.#outputs.get(file);
      if (output) lines.push('', `output of ${file}:`, ...indented(output.trimEnd(), 3));
    }
    if (this.#skips.length > 0) lines.push('', 'skipped:');
    for (const { title, at, reason } of this.#skips) lines.push(`   ${title} (${at}): ${reason}`);
    return lines;
  }

  #ended(data, error) {
    const isFile = data.nesting === 0 && data.file !== undefined && data.name === data.file;
    if (isFile) return this.#fileEnded(data, error);
    const title = [...this.#openNames.slice(0, data.nesting), data.name].join(' > ');
    const place = { title, at: `${this.#nameOf(data.file)}:${data.line ?? 1}` };
    const lines = [...this.#headingOf(data.file), ...this.#suitesAbove(data)];
    const indent = '  '.repeat(data.nesting + 1);
    if (error) return [...lines, ...this.#failed({ data, error, place, indent })];
    if (data.skip !== undefined || data.todo !== undefined) {
      return [...lines, ...this.#skipped({ data, place, indent })];
    }
    if (data.details.type === 'suite') return lines;
    this.passedCount += 1;
    const durationMs = data.details.duration_ms;
    const slow = durationMs >= SLOW_TEST_MS ? ` (${(durationMs / 1000).toFixed(1)} s)` : '';
    return [...lines, `${indent}✔ ${data.name}${slow}`];
  }

  /** A file reports for itself only if it holds no test, or if its process failed. */
  #fileEnded(data, error) {
    const reason = error
      ? describeError(error)
      : 'The file holds no test. Delete it, or find out why its tests do not register.';
    this.#fail({ title: this.#nameOf(data.file), at: this.#nameOf(data.file) }, data.file, reason);
    return [...this.#headingOf(data.file), '  ✖ the file itself'];
  }

  #failed({ data, error, place, indent }) {
    // The failure stands with the test inside; counting its parents would count it again.
    if (error.failureType !== 'subtestsFailed') this.#fail(place, data.file, describeError(error));
    return [`${indent}✖ ${data.name}`];
  }

  #skipped({ data, place, indent }) {
    const reason = [data.skip, data.todo].find(
      (value) => typeof value === 'string' && value !== '',
    );
    if (reason === undefined) {
      this.#fail(place, data.file, "Skipped without a reason: give { skip: 'why' }.");
      return [`${indent}✖ ${data.name} (skipped without a reason)`];
    }
    this.skippedCount += 1;
    this.#skips.push({ ...place, reason });
    return [`${indent}- ${data.name} (skipped: ${reason})`];
  }

  #fail(place, file, text) {
    this.failedCount += 1;
    this.#failures.push({ ...place, text });
    this.#failedFiles.add(this.#nameOf(file));
  }

  #headingOf(file) {
    const name = this.#nameOf(file);
    if (name === this.#shownFile) return [];
    this.#shownFile = name;
    this.#shownNames = [];
    return ['', name];
  }

  /** The names of the suites around a test that are not shown yet. */
  #suitesAbove({ nesting }) {
    const lines = [];
    for (let depth = 0; depth < nesting; depth += 1) {
      const name = this.#openNames[depth];
      if (this.#shownNames[depth] === name) continue;
      this.#shownNames = [...this.#shownNames.slice(0, depth), name];
      lines.push(`${'  '.repeat(depth + 1)}${name}`);
    }
    return lines;
  }

  #keepOutput({ file: path, message }) {
    const file = this.#nameOf(path);
    const kept = this.#outputs.get(file) ?? '';
    // The end of the output is what tells why a test failed.
    this.#outputs.set(file, `${kept}${message}`.slice(-OUTPUT_CHARACTERS_MAX));
  }
}
