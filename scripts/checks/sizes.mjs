// Files stay small: a source file over 600 lines fails (tests 800), one over 400 is named; the overview documents
// have limits of their own. Function length is oxlint's (max-lines-per-function).
const FILE_LINES_MAX = 600;
const TEST_FILE_LINES_MAX = 800;
const FILE_LINES_ASK = 400;
const DOCUMENT_LINES_MAX = { 'ARCHITECTURE.md': 300, 'AGENTS.md': 120 };

function lineCountOf(text) {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** Lines of every source file against the limits. */
export function checkSizes(repository) {
  const findings = [];
  const notes = [];
  let fileCount = 0;
  for (const path of repository.paths) {
    const isSource = /\.(tsx?|mjs|cjs|css)$/.test(path) && !path.includes('/generated/');
    if (!isSource && DOCUMENT_LINES_MAX[path] === undefined) continue;
    fileCount += 1;
    const isTest = /\.test\.(tsx?|mjs)$/.test(path);
    const linesMax = DOCUMENT_LINES_MAX[path] ?? (isTest ? TEST_FILE_LINES_MAX : FILE_LINES_MAX);
    const lines = lineCountOf(repository.read(path));
    if (lines > linesMax) {
      findings.push(`${path}: ${lines} lines, the limit is ${linesMax}. Give a part its own file.`);
    } else if (isSource && !isTest && lines > FILE_LINES_ASK) {
      notes.push(`${path}: ${lines} lines; what in it wants a file of its own?`);
    }
  }
  return { findings, notes, summary: `${fileCount} files` };
}
