import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import ts from 'typescript';
import { ROOT_PATH } from '../repository.mjs';
import { bundleModule, bundlePage, gzipBytes } from './bundle.mjs';
import { judgePackage } from './judge-package.mjs';
import { packPackage } from './pack-package.mjs';
import { PUBLISHED_PACKAGES } from './published-packages.mjs';
import { weighPackage } from './weigh-package.mjs';

/** A project outside of the repository, where nothing but what is published is installed. */
let projectPath;

before(async () => {
  projectPath = mkdtempSync(join(tmpdir(), 'prism-consumer-'));
  for (const each of PUBLISHED_PACKAGES) await packPackage(each, pathOf(each));
  for (const name of ['@types/react', 'csstype', 'react']) {
    cpSync(join(ROOT_PATH, 'node_modules', name), join(projectPath, 'node_modules', name), {
      recursive: true,
      dereference: true,
    });
  }
});

after(() => {
  rmSync(projectPath, { recursive: true, force: true });
});

function pathOf({ folder }) {
  return join(projectPath, 'node_modules/@prism', folder);
}

function manifestOf(each) {
  return JSON.parse(readFileSync(join(pathOf(each), 'package.json'), 'utf8'));
}

function publishedAs(folder) {
  return PUBLISHED_PACKAGES.find((candidate) => candidate.folder === folder);
}

/** What the compiler says of a file of the project, its libraries' declarations included. */
function compile(name, text, moduleName) {
  const path = join(projectPath, name);
  writeFileSync(path, text);
  writeFileSync(join(projectPath, 'package.json'), '{"type":"module"}');
  const isBundler = moduleName === 'esnext';
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      module: moduleName,
      moduleResolution: isBundler ? 'bundler' : moduleName,
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      jsx: 'react-jsx',
      strict: true,
      noEmit: true,
      types: [],
      // All declarations are checked but the compiler's own.
      skipLibCheck: false,
      skipDefaultLibCheck: true,
    },
    projectPath,
  );
  const program = ts.createProgram([path], options);
  const foreign = program
    .getSourceFiles()
    .map(({ fileName }) => fileName)
    .filter(
      (fileName) => !fileName.startsWith(projectPath) && !/\/lib\.[\w.]+\.d\.ts$/.test(fileName),
    );
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ messageText, file }) =>
        `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  return { problems, foreign };
}

const CLIENT_PAGE = `
import { explainError, PrismSession, type SessionStatus } from '@prism/client';
import { EventLog, type LoggedEvent } from '@prism/client/inspect';
const session: PrismSession = await PrismSession.connect({ url: 'https://voice.example.com' });
const status: SessionStatus = session.status;
session.send({ type: 'prism.ping', client_time_ms: 1 });
session.send({ type: 'response.create', response: { output_modalities: ['text'] } });
// @ts-expect-error There is no such event.
session.send({ type: 'response.dance' });
const logged: readonly LoggedEvent[] = new EventLog().entries();
console.log(logged.length, status.phase, explainError('microphone_denied').remedy);
export {};
`;

const REACT_PAGE = `
import { PrismProvider, usePrism, useTranscript, type Prism } from '@prism/react';
function Call() {
  const { status, connect, session }: Prism = usePrism();
  // @ts-expect-error The session's events are typed here too.
  const dance = () => session?.send({ type: 'response.dance' });
  return <button onClick={connect} onBlur={dance}>{status} {useTranscript().length}</button>;
}
export const page = <PrismProvider url="https://voice.example.com"><Call /></PrismProvider>;
`;

test('[PKG1] the SDK depends on nothing; its hooks depend on it, and leave React to the page', () => {
  const { dependencies, peerDependencies, sideEffects, type } = manifestOf(publishedAs('client'));
  assert.deepEqual(
    { dependencies, peerDependencies, sideEffects, type },
    { dependencies: undefined, peerDependencies: undefined, sideEffects: false, type: 'module' },
  );
  const react = manifestOf(publishedAs('react'));
  assert.deepEqual(Object.keys(react.dependencies), ['@prism/client']);
  assert.deepEqual(Object.keys(react.peerDependencies), ['react']);
  assert.equal(react.sideEffects, false);
});

for (const moduleName of ['nodenext', 'esnext']) {
  test(`[PKG2] a project compiles against what is published, and needs no other types (${moduleName})`, () => {
    assert.deepEqual(compile('client-page.ts', CLIENT_PAGE, moduleName), {
      problems: [],
      foreign: [],
    });
    assert.deepEqual(compile('react-page.tsx', REACT_PAGE, moduleName), {
      problems: [],
      foreign: [],
    });
  });
}

test('[PKG3] publint and are-the-types-wrong find nothing in what is published', async () => {
  for (const each of PUBLISHED_PACKAGES) assert.deepEqual(await judgePackage(pathOf(each)), []);
});

test('[PKG3] they find types that are not there and a manifest that points nowhere', async () => {
  const path = join(projectPath, 'wrong');
  cpSync(pathOf(publishedAs('client')), path, { recursive: true });
  const manifest = manifestOf(publishedAs('client'));
  rmSync(join(path, 'dist/session-options.d.ts'));
  const missing = await judgePackage(path);
  assert.match(missing.join('\n'), /are-the-types-wrong: InternalResolutionError.*session-options/);
  writeFileSync(
    join(path, 'package.json'),
    JSON.stringify({ ...manifest, exports: { '.': { default: './dist/gone.js' } } }),
  );
  const gone = await judgePackage(path);
  assert.match(gone.join('\n'), /publint: .*gone\.js/);
  assert.match(gone.join('\n'), /are-the-types-wrong: NoResolution/);
});

test('[PKG4] the whole SDK is at most 25 kB minified and gzipped, its inspection 1.2 kB', async (t) => {
  for (const each of PUBLISHED_PACKAGES) {
    const { folder, gzipBytesMax } = each;
    const weighed = await weighPackage(join(ROOT_PATH, 'packages', folder), each);
    const whole = { name: folder, bytes: weighed.wholeBytes, gzipBytesMax };
    for (const { name, bytes, gzipBytesMax: bytesMax } of [whole, ...weighed.subpaths]) {
      t.diagnostic(`${name}: ${bytes} bytes of ${bytesMax}`);
      assert.ok(bytes > 0 && bytes <= bytesMax, `${name}: ${bytes} bytes`);
    }
  }
  const { gzipBytesMax, subpaths } = publishedAs('client');
  assert.deepEqual([gzipBytesMax, subpaths], [25_000, [{ name: 'inspect', gzipBytesMax: 1_200 }]]);
});

test('[PKG9] the inspection of a call is an entry of its own, and none of it is in the main one', async () => {
  const path = pathOf(publishedAs('client'));
  const inspection = await import(pathToFileURL(join(path, 'dist/inspect.js')).href);
  const names = Object.keys(inspection).sort();
  assert.deepEqual(names, ['EventLog', 'TurnLatencyMeter']);
  const main = await import(pathToFileURL(join(path, 'dist/index.js')).href);
  assert.deepEqual(
    names.filter((name) => name in main),
    [],
  );
  const code = readFileSync(join(path, 'dist/index.js'), 'utf8');
  for (const name of names) assert.doesNotMatch(code, new RegExp(`\\b${name}\\b`), name);
});

test('[PKG5] a page that imports one function gets that function alone', async () => {
  const alias = { '@prism/client': join(pathOf(publishedAs('client')), 'dist/index.js') };
  const one = await bundlePage(
    "import { displayLevel } from '@prism/client'; globalThis.kept = displayLevel(0.5);",
    { alias },
  );
  assert.ok(gzipBytes(one) < 300, one);
  const none = await bundlePage("import '@prism/client';", { alias });
  assert.equal(none.replace(/export\s*\{\s*\};?/, '').trim(), '');
  alias['@prism/react'] = join(pathOf(publishedAs('react')), 'dist/index.js');
  const hook = await bundlePage(
    "import { useServerEvent } from '@prism/react'; globalThis.kept = useServerEvent;",
    { alias, external: ['react'] },
  );
  assert.ok(gzipBytes(hook) < 500, hook);
});

test('[PKG8] the code of the worklets is the same, however old the browsers that a page is bundled for', async () => {
  const alias = { '@prism/client': join(pathOf(publishedAs('client')), 'dist/index.js') };
  const text = "import { PrismSession } from '@prism/client'; globalThis.kept = PrismSession;";
  const [now, old] = await Promise.all(
    ['es2022', 'es2020'].map((target) => bundlePage(text, { alias, target })),
  );
  // To the end of the text that both processors stand in.
  const workletOf = (code) =>
    code.match(/registerProcessor\(.prism-capture[\s\S]+?\}\);["'`]/)?.[0];
  assert.match(workletOf(now) ?? '', /#/);
  assert.equal(workletOf(old), workletOf(now));
  // The bundle itself was written for older browsers.
  assert.ok((old.match(/#\w/g) ?? []).length < (now.match(/#\w/g) ?? []).length);
});

test('[PKG8] that code plays what it is given', async () => {
  const path = join(ROOT_PATH, 'packages/client/src/socket/worklet-source.ts');
  const code = await bundleModule(path, { isMinified: true });
  const { workletSource } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const processors = new Map();
  class FakeProcessor {
    port = { postMessage: () => undefined };
  }
  let currentTime = 0;
  runInNewContext(workletSource(), {
    AudioWorkletProcessor: FakeProcessor,
    registerProcessor: (name, of) => processors.set(name, of),
    get currentTime() {
      return currentTime;
    },
  });
  const playout = new (processors.get('prism-playout'))();
  const samples = new Float32Array(480).fill(0.5);
  playout.port.onmessage({ data: { type: 'frame', rtpTimestamp: 0, samples } });
  let loudest = 0;
  for (; currentTime < 0.1; currentTime += 128 / 24_000) {
    const channel = new Float32Array(128);
    playout.process([], [[channel]]);
    loudest = Math.max(loudest, ...channel);
  }
  assert.equal(loudest, 0.5);
});

test('[PKG6] the packages can be imported where there is no browser', async () => {
  for (const [folder, name] of [
    ['client', 'PrismSession'],
    ['react', 'PrismProvider'],
  ]) {
    const url = pathToFileURL(join(pathOf(publishedAs(folder)), 'dist/index.js'));
    const exported = await import(url.href);
    assert.equal(typeof exported[name], 'function');
  }
});
