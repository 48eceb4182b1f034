// Random sentences of a JSGF grammar, by a seeded generator.

/** A small deterministic generator (mulberry32), uniform in [0, 1). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Parses a grammar into rules; the tree's nodes are words, rule references, sequences, choices and repetitions. */
function parse(jsgf) {
  const text = jsgf
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
    .replace(/#JSGF[^;]*;|\bgrammar\s[^;]*;/g, ' ')
    .replace(/\{[^}]*\}|\/[\d.]+\//g, ' ');
  const tokens = text.match(/<[^<>]*>|[()[\]|*+=;]|[^\s()[\]|*+=;<>]+/g) ?? [];
  let at = 0;
  const rules = new Map();
  let start;

  function choice() {
    const options = [sequence()];
    while (tokens[at] === '|') {
      at++;
      options.push(sequence());
    }
    return options.length === 1 ? options[0] : { type: 'choice', options };
  }
  function sequence() {
    const parts = [];
    while (at < tokens.length && !['|', ')', ']', ';'].includes(tokens[at])) {
      const token = tokens[at++];
      let node;
      if (token === '(' || token === '[') {
        node = choice();
        at++;
        if (token === '[') node = { type: 'optional', node };
      } else if (token.startsWith('<')) node = { type: 'rule', name: token };
      else node = { type: 'word', word: token };
      if (tokens[at] === '*' || tokens[at] === '+') {
        node = tokens[at++] === '*' ? { type: 'optional', node } : node;
      }
      parts.push(node);
    }
    return { type: 'sequence', parts };
  }

  while (at < tokens.length) {
    const isPublic = tokens[at] === 'public';
    if (isPublic) at++;
    const name = tokens[at++];
    if (tokens[at++] !== '=') throw new Error(`no "=" after ${name}`);
    rules.set(name, choice());
    at++;
    if (isPublic) start ??= name;
  }
  return { rules, start };
}

/** Distinct random sentences; alternatives are equally likely, options are taken in one of two cases. Of `startRule`, or the public one. */
export function randomSentences(jsgf, { count, seed, startRule }) {
  const { rules, start } = parse(jsgf);
  const random = seededRandom(seed);
  function expand(node) {
    switch (node.type) {
      case 'word':
        return [node.word];
      case 'rule': {
        if (node.name === '<NULL>') return [];
        const rule = rules.get(node.name);
        if (rule === undefined) throw new Error(`no rule ${node.name}`);
        return expand(rule);
      }
      case 'sequence':
        return node.parts.flatMap(expand);
      case 'choice':
        return expand(node.options[Math.floor(random() * node.options.length)]);
      default:
        return random() < 0.5 ? expand(node.node) : [];
    }
  }
  const sentences = new Set();
  for (let tries = 0; tries < count * 50 && sentences.size < count; tries++) {
    const sentence = expand(rules.get(startRule ?? start)).join(' ');
    if (sentence !== '') sentences.add(sentence);
  }
  return [...sentences];
}
