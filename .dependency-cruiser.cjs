// Who may import whom. ARCHITECTURE.md says why; scripts/checks/boundaries.test.mjs proves that every rule bites.
//
// A workspace package is seen as its folder when it is built and as its name when it is not, so rules name both.
const TEST_CODE = '\\.(test|contract)\\.tsx?$|/testing[^/]*/|^test/';
const TEST_FILE = '\\.(test|contract)\\.tsx?$';

/** A pattern for workspace packages: `workspace('core|protocol')`. */
function workspace(names) {
  return `^(packages|apps)/(${names})/|^@prism/(${names})(/|$)`;
}

/** A pattern for installed packages, whether the resolver found them or not. */
function installed(names) {
  return `(^|node_modules/)(@types/)?(${names})(/|$)`;
}

/** An outside package and the only folders whose production code may import it. */
function onlyIn({ name, packages, folders }) {
  return {
    name,
    severity: 'error',
    from: { path: '^(packages|apps)/[^/]+/src/', pathNot: `${folders}|${TEST_CODE}` },
    to: { path: installed(packages) },
  };
}

/** A folder and everything it may import. */
function allowedFor({ name, comment, from, to }) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from, pathNot: TEST_FILE },
    to: { pathNot: to },
  };
}

const layers = [
  allowedFor({
    name: 'protocol-stands-alone',
    comment: 'L0 knows the wires and the schema library, nothing else.',
    from: '^packages/protocol/src/',
    to: `^packages/protocol/src/|${installed('zod')}`,
  }),
  allowedFor({
    name: 'core-imports-protocol-only',
    comment: 'L1 decides; it knows the wires and itself. Schemas are read before core is asked.',
    from: '^packages/core/src/',
    to: `^packages/core/src/|${workspace('protocol')}`,
  }),
  {
    name: 'runtime-below-adapters',
    comment: 'L2 declares the ports; adapters implement them.',
    severity: 'error',
    from: { path: '^packages/server/src/runtime/', pathNot: TEST_FILE },
    to: {
      path: `^packages/server/src/|${workspace('engine|client|console')}|${installed('[^/]+|@[^/]+/[^/]+')}`,
      pathNot: `^packages/server/src/runtime/|${workspace('core|protocol')}`,
      dependencyTypesNot: ['core'],
    },
  },
  {
    name: 'adapters-are-siblings',
    comment: 'An adapter wraps one outside thing and knows no other adapter; only main wires.',
    severity: 'error',
    from: {
      path: '^packages/server/src/(?!runtime/|auth/|main/|testing)([^/]+)/',
      pathNot: TEST_FILE,
    },
    to: {
      path: '^packages/server/src/(?!runtime/|auth/|agents/|testing)[^/]+/',
      pathNot: '^packages/server/src/$1/',
    },
  },
  allowedFor({
    name: 'agents-know-ports-alone',
    comment:
      'What an agent is depends on no way in, and on nothing that runs; the settings are checked by it.',
    from: '^packages/server/src/agents/',
    to: `^packages/server/src/(agents|runtime/ports)/|${workspace('protocol')}|${installed('zod|fastest-levenshtein')}`,
  }),
  {
    name: 'auth-knows-no-way-in',
    comment:
      'Who may call is decided in one place, for HTTP and WebSocket alike; it knows ports alone.',
    severity: 'error',
    from: { path: '^packages/server/src/auth/', pathNot: TEST_FILE },
    to: {
      path: `^packages/server/src/|${workspace('core|engine|client|console')}|${installed('[^/]+|@[^/]+/[^/]+')}`,
      pathNot: `^packages/server/src/(auth|runtime/ports)/|${workspace('protocol')}`,
      dependencyTypesNot: ['core'],
    },
  },
  {
    name: 'main-imported-by-nobody',
    severity: 'error',
    from: { pathNot: '^packages/server/(src/main/|src/(index|internal)\\.ts$|bin/)|^test/' },
    to: { path: '^packages/server/src/main/' },
  },
  {
    name: 'engine-started-by-main-only',
    comment: 'To the session the engine is one more upstream behind a socket.',
    severity: 'error',
    from: { path: '^packages/server/src/(?!main/)', pathNot: TEST_CODE },
    to: { path: workspace('engine') },
  },
  {
    name: 'engine-reads-the-wire-itself',
    comment: 'Two independent readings of the wire check each other.',
    severity: 'error',
    from: { path: '^packages/engine/src/' },
    to: { path: workspace('core|server|client|console') },
  },
  {
    name: 'engine-takes-types-of-protocol-only',
    comment: 'Whether an import is of types alone is known only of packages that are built.',
    severity: 'error',
    from: { path: '^packages/engine/src/' },
    to: { path: '^packages/protocol/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'conformance-reads-the-wire-itself',
    comment: 'What the kit expects is written from the reference, not from what Prism does.',
    severity: 'error',
    from: { path: '^packages/conformance/src/' },
    to: { path: workspace('protocol|core|engine|server|client|console') },
  },
  {
    name: 'conformance-run-by-main-only',
    comment: 'The kit is a client of servers; no server needs it.',
    severity: 'error',
    from: { path: '^(packages|apps)/(?!conformance/|server/src/main/)', pathNot: TEST_CODE },
    to: { path: workspace('conformance') },
  },
  allowedFor({
    name: 'doctor-checks-do-no-io',
    comment:
      'A check sees the world through its environment, so that each of its failures can be shown.',
    from: '^packages/server/src/main/doctor/checks/',
    to: `^packages/server/src/main/(doctor/(?!probes/|system-environment)|choose-upstream)|^packages/server/src/(config/|auth/turn-credentials|auth/origin-rules|ice/host-candidates)|${workspace('core|protocol')}`,
  }),
  allowedFor({
    name: 'client-imports-protocol-only',
    comment: 'What the browser downloads is the SDK and the wires.',
    from: '^packages/client/src/',
    to: `^packages/client/src/|${workspace('protocol')}`,
  }),
  allowedFor({
    name: 'react-imports-client-only',
    comment: 'The hooks are the SDK and React.',
    from: '^packages/react/src/',
    to: `^packages/react/src/|${workspace('client')}|${installed('react')}`,
  }),
  allowedFor({
    name: 'console-is-a-client',
    comment: 'The playground can do what any page with the SDK can.',
    from: '^apps/console/src/',
    to: `^apps/console/src/|${workspace('client|protocol')}|${installed('react|react-dom')}`,
  }),
];

const outsideThings = [
  onlyIn({
    name: 'node-datachannel-in-webrtc',
    packages: 'node-datachannel|@node-datachannel',
    folders: '^packages/server/src/webrtc/',
  }),
  onlyIn({
    name: 'ws-behind-sockets',
    packages: 'ws',
    folders:
      '^packages/server/src/(upstream|websocket)/|^packages/engine/src/door/|^packages/conformance/src/transport/',
  }),
  onlyIn({ name: 'opus-in-media', packages: '@evan/opus', folders: '^packages/server/src/media/' }),
  onlyIn({
    name: 'pino-in-observability',
    packages: 'pino|pino-pretty',
    folders: '^packages/server/src/observability/|^packages/engine/src/',
  }),
  onlyIn({
    name: 'metrics-and-traces-in-observability',
    packages: 'prom-client|@opentelemetry/[^/]+',
    folders: '^packages/server/src/observability/',
  }),
  onlyIn({
    name: 'fastify-in-http',
    packages: 'fastify|@fastify/[^/]+',
    folders: '^packages/server/src/(http|main)/',
  }),
  onlyIn({
    name: 'commander-in-main',
    packages: 'commander',
    folders: '^packages/server/src/main/',
  }),
  onlyIn({ name: 'jose-in-tokens', packages: 'jose', folders: '^packages/server/src/tokens/' }),
  onlyIn({
    name: 'rate-limiter-in-rates',
    packages: 'rate-limiter-flexible',
    folders: '^packages/server/src/rates/',
  }),
  onlyIn({
    name: 'mcp-in-mcp',
    packages: '@modelcontextprotocol/[^/]+',
    folders: '^packages/server/src/mcp/',
  }),
  onlyIn({ name: 'ajv-in-tools', packages: 'ajv', folders: '^packages/server/src/tools/' }),
  onlyIn({
    name: 'x509-in-tls',
    packages: '@peculiar/x509|reflect-metadata',
    folders: '^packages/server/src/tls/',
  }),
  onlyIn({
    name: 'sql-in-storage',
    packages: 'libsql|kysely',
    folders: '^packages/server/src/storage/',
  }),
  onlyIn({
    name: 'speech-in-ears-and-voice',
    packages: 'soundswallower|@echogarden/[^/]+',
    folders: '^packages/engine/src/(ears|voice|workers)/',
  }),
];

const hygiene = [
  {
    name: 'no-cycles',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-node-builtins',
    comment: 'protocol, core, client and its hooks run anywhere.',
    severity: 'error',
    from: {
      path: '^packages/(protocol|core|client|react)/src/|^apps/console/src/',
      pathNot: TEST_FILE,
    },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'production-imports-no-test-code',
    severity: 'error',
    from: { pathNot: TEST_CODE },
    to: { path: '\\.(test|contract)\\.(ts|tsx|js)$|/testing[^/]*/|^@prism/[^/]+/testing|^test/' },
  },
  {
    name: 'no-deep-imports',
    comment: 'A package is entered by its exports, never by a path into its sources.',
    severity: 'error',
    from: { path: '^(packages/[^/]+|apps/[^/]+|test)/' },
    to: { path: '^(packages|apps)/[^/]+/src/', pathNot: '^$1/src/' },
  },
];

module.exports = {
  forbidden: [...layers, ...outsideThings, ...hygiene],
  options: {
    doNotFollow: { path: 'node_modules|(^|/)dist/' },
    exclude: { path: '(^|/)(\\.build|coverage)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
