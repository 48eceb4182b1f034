// Behaviour is numbered rules in spec/*.md, and every rule has a test whose title begins with its ID.
//
// A rule is a line `- **ENG3** One observable sentence.`; a title is `[ENG3] …`, or `[ENG3] [ENG4] …` for several.
const RULE_LINE = /^- \*\*([A-Z]{2,4}\d+)\*\*(.*)$/;
const RULE_LIKE = /^\s*[-*]\s+\**([A-Z]{2,4}\d+)\b/;
const TITLE = /(['"`])((?:\[[A-Z]{2,4}\d+\]\s*)+)/g;
/** Tests of the checks quote titles that are none. */
const TEST_FILE =
  /^(?:(?!scripts\/).*\.(?:test|contract)\.tsx?|scripts\/(?:packaging|performance)\/.*\.test\.mjs)$/;

function readRules(repository, findings) {
  const rules = new Map();
  const prefixHomes = new Map();
  for (const path of repository.paths.filter((name) => /^spec\/[^/]+\.md$/.test(name))) {
    repository
      .read(path)
      .split('\n')
      .forEach((line, index) => {
        const at = `${path}:${index + 1}`;
        const rule = line.match(RULE_LINE);
        if (!rule) {
          const like = path === 'spec/README.md' ? null : line.match(RULE_LIKE);
          if (like) findings.push(`${at}: write the rule as "- **${like[1]}** One sentence."`);
          return;
        }
        const [, id, sentence] = rule;
        if (rules.has(id)) findings.push(`${at}: ${id} is already the rule at ${rules.get(id)}`);
        if (sentence.trim() === '') findings.push(`${at}: ${id} says nothing`);
        rules.set(id, at);
        const prefix = id.replace(/\d+$/, '');
        const home = prefixHomes.get(prefix) ?? path;
        prefixHomes.set(prefix, home);
        if (home !== path) findings.push(`${at}: ${prefix} rules live in ${home}`);
      });
  }
  return rules;
}

function readTitles(repository) {
  const titles = [];
  for (const path of repository.paths.filter((name) => TEST_FILE.test(name))) {
    const text = repository.read(path);
    for (const match of text.matchAll(TITLE)) {
      const line = text.slice(0, match.index).split('\n').length;
      for (const [, id] of match[2].matchAll(/\[([A-Z]{2,4}\d+)\]/g)) {
        titles.push({ id, at: `${path}:${line}` });
      }
    }
  }
  return titles;
}

/** No rule without a test, no test of a rule that is not there, no ID twice. */
export function checkSpec(repository) {
  const findings = [];
  const rules = readRules(repository, findings);
  const titles = readTitles(repository);
  const tested = new Set(titles.map((title) => title.id));
  for (const [id, at] of rules) {
    if (!tested.has(id))
      findings.push(`${at}: ${id} has no test; begin a test's title with [${id}]`);
  }
  for (const id of [...tested].filter((name) => !rules.has(name))) {
    const places = titles.filter((title) => title.id === id).map((title) => title.at);
    const others = places.length > 1 ? ` and ${places.length - 1} more` : '';
    findings.push(`${places[0]}${others}: the title names ${id}, which no spec page has`);
  }
  return { findings, notes: [], summary: `${rules.size} rules, ${titles.length} titles` };
}
