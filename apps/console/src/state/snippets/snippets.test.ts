import assert from 'node:assert/strict';
import test from 'node:test';
import { runInNewContext } from 'node:vm';
import { DEFAULT_SETTINGS, TRANSPORTS } from '../settings.ts';
import { snippetsOf } from './all-snippets.ts';
import { highlight } from './highlight.ts';
import { printLiteral, printText, shellWord } from './print-literal.ts';
import type { SnippetContext } from './snippet-context.ts';

const CONTEXT: SnippetContext = {
  url: 'https://prism.example.com',
  settings: {
    ...DEFAULT_SETTINGS,
    transport: 'tcp',
    microphoneId: 'usb-1',
    agent: 'receptionist',
    variables: { guest: "Ann 'Andy' Droid", house: '' },
  },
  needsToken: true,
  microphoneLabel: 'USB headset',
  sessionConfig: { audio: { input: { transcription: { model: 'm' } } } },
  actions: [
    { name: 'show', description: "Shows the guest's room.", parameters: { type: 'object' } },
  ],
};

const codeOf = (name: string, change: Partial<SnippetContext> = {}): string =>
  snippetsOf({ ...CONTEXT, ...change }).find((snippet) => snippet.name === name)?.code ?? '';

test('[PGD30] values are printed as a program reads them back', () => {
  const value = {
    text: 'a \'quoted\'\n"line" \\ of words',
    'not-a-name': [1, true, null, { deep: [] }],
    list: Array.from({ length: 30 }, (_, index) => `member ${index}`),
    nothing: undefined,
  };
  const printed = printLiteral(value, '  ');
  const read = runInNewContext(`JSON.stringify(${printed})`) as string;
  assert.deepEqual(JSON.parse(read), JSON.parse(JSON.stringify(value)));
  assert.ok(printed.split('\n').every((line) => line.length <= 80));
  assert.equal(printText('plain'), "'plain'");
  assert.equal(shellWord("it's"), "'it'\\''s'");
});

test('[PGD31] with a key the agent is named by the client secret, without one by the call', () => {
  for (const name of ['sdk', 'react', 'webrtc']) {
    assert.doesNotMatch(codeOf(name), /receptionist/, name);
    assert.match(codeOf(name, { needsToken: false }), /receptionist/, name);
  }
  assert.match(codeOf('sdk'), /getToken,/);
  assert.doesNotMatch(codeOf('sdk', { needsToken: false }), /getToken/);
  assert.match(
    codeOf('curl'),
    /"agent":"receptionist","variables":\{"guest":"Ann '\\''Andy'\\'' Droid"\}/,
  );
  assert.match(codeOf('curl'), /Bearer \$PRISM_KEY/);
  assert.doesNotMatch(codeOf('curl', { needsToken: false }), /PRISM_KEY/);
});

test('[PGD31] the snippets have the transport, the microphone and the tools of the page', () => {
  assert.match(codeOf('sdk'), /transport: 'webrtc',\n {4}path: 'tcp',/);
  assert.match(codeOf('sdk'), /microphoneId: 'usb-1', \/\/ USB headset/);
  assert.match(codeOf('sdk'), /name: 'show'/);
  assert.match(codeOf('webrtc'), /deviceId: \{ exact: 'usb-1' \}/);
  const relay = { ...CONTEXT.settings, transport: 'relay' } as const;
  assert.match(codeOf('webrtc', { settings: relay }), /iceTransportPolicy: 'relay'/);
});

test('[PGD32] colouring changes nothing of the code', () => {
  for (const transport of TRANSPORTS) {
    const settings = { ...CONTEXT.settings, transport };
    for (const needsToken of [true, false]) {
      for (const { code } of snippetsOf({ ...CONTEXT, settings, needsToken })) {
        const pieces = highlight(code);
        assert.equal(pieces.map(({ text }) => text).join(''), code);
      }
    }
  }
  assert.deepEqual(
    highlight("const a = 'https://x'; // note").map(({ kind }) => kind),
    ['word', 'plain', 'text', 'plain', 'comment'],
  );
});
