import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Agent } from '@prism/protocol';
import { Agents } from './agent-directory.ts';
import { AgentError, agentOfSettings } from './agent-of-settings.ts';
import { agentSchema } from './agent-schema.ts';

const FILES: Readonly<Record<string, string>> = { 'guide.txt': '\nGuide {{guest}}.\n' };

function agentOf(settings: object): Agent {
  return agentOfSettings('guide', agentSchema.parse(settings), (path) => {
    const text = FILES[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  });
}

function mistakeOf(settings: object): string {
  try {
    agentOf(settings);
  } catch (error) {
    assert.ok(error instanceof AgentError, String(error));
    assert.equal(error.message.split('\n').length, 1);
    return error.message;
  }
  return assert.fail(`accepted: ${JSON.stringify(settings)}`);
}

const TOOL = { kind: 'client', name: 'paint', description: 'Paints.' };

suite('an agent of its settings', () => {
  test('[AGT1] has what is said, and nothing that is not', () => {
    assert.deepEqual(agentOf({}).session, { type: 'realtime' });
    const agent = agentOf({
      model: 'gpt-realtime-2.1-mini',
      instructions: 'Guide.',
      voice: 'cedar',
      session: {
        truncation: 'auto',
        audio: { input: { turn_detection: { type: 'semantic_vad' } }, output: { speed: 1.1 } },
      },
      limits: { sessionS: 600, costUsd: 0.25 },
    });
    assert.deepEqual(agent.session, {
      type: 'realtime',
      model: 'gpt-realtime-2.1-mini',
      instructions: 'Guide.',
      truncation: 'auto',
      audio: {
        input: { turn_detection: { type: 'semantic_vad' } },
        output: { speed: 1.1, voice: 'cedar' },
      },
    });
    assert.equal(agent.limits.sessionMs, 600_000);
    assert.equal(agent.limits.costMicroUsd, 250_000);
    assert.equal(agent.policy.preset, 'browser');
    const fromFile = agentOf({ instructionsFile: 'guide.txt', variables: { guest: {} } });
    assert.deepEqual(fromFile.session, { type: 'realtime', instructions: 'Guide {{guest}}.' });
  });

  test('[AGT3] what is said twice, or wrong, is a mistake', () => {
    for (const [settings, message] of [
      [{ model: 'a', session: { model: 'b' } }, /^agents\.guide\.session\.model: .*twice/],
      [
        { voice: 'a', session: { audio: { output: { voice: 'b' } } } },
        /^agents\.guide\.session\.audio\.output\.voice: .*twice/,
      ],
      [{ instructions: 'a', instructionsFile: 'guide.txt' }, /^agents\.guide\.instructionsFile: /],
      [{ instructionsFile: 'gone.txt' }, /gone\.txt can't be read \(ENOENT\)/],
      [
        { session: { audio: { input: { turn_detection: { type: 'psychic' } } } } },
        /^agents\.guide\.session\.audio\.input\.turn_detection/,
      ],
      [{ session: { type: 'transcription' }, voice: 'a' }, /^agents\.guide\.session\.type: /],
      [
        { instructions: '{{a}}', variables: { a: { default: 'long', charsMax: 3 } } },
        /^agents\.guide\.variables\.a\.default: /,
      ],
    ] as const)
      assert.match(mistakeOf(settings), message);
  });

  test('[AGT4] places and variables belong together', () => {
    const variables = { guest: { default: 'friend' } };
    assert.match(
      mistakeOf({ instructions: 'Hi {{ guset }}.', variables }),
      /\{\{guset\}\} is no variable of this agent\. Did you mean 'guest'\./,
    );
    assert.match(mistakeOf({ instructions: 'Hi {{guest}}.' }), /Declare it in variables/);
    assert.match(mistakeOf({ instructions: 'Hi.', variables }), /no place \{\{guest\}\}/);
    agentOf({ instructions: 'Hi {{ guest }}, {{not a place}}, {{}}.', variables });
  });
});

suite('the directory of agents', () => {
  const agents = new Agents([
    agentOf({
      instructions: 'Greet {{guest}} of {{ house }}, then {{guest}} again.',
      variables: { guest: { charsMax: 20 }, house: { default: 'Hotel $& Garni' } },
    }),
  ]);

  function instructionsOf(variables: Record<string, string>): unknown {
    const resolved = agents.resolve('guide', variables);
    assert.ok(resolved.isFound);
    return resolved.session['instructions'];
  }

  test('[AGT6] variables are filled in, or their defaults', () => {
    assert.equal(instructionsOf({ guest: 'Ann' }), 'Greet Ann of Hotel $& Garni, then Ann again.');
    assert.equal(instructionsOf({ guest: '', house: 'Inn' }), 'Greet  of Inn, then  again.');
  });

  test('[AGT7] what the agent does not take is refused by its name', () => {
    const given: readonly (readonly [Record<string, string>, string])[] = [
      [{}, 'variables.guest'],
      [{ guest: 'x'.repeat(21) }, 'variables.guest'],
      [{ guest: 'a', gest: 'b' }, 'variables.gest'],
      [{ guest: 'a', ['__proto__']: 'b' }, 'variables.__proto__'],
      [{ guest: 'a', toString: 'b' }, 'variables.toString'],
    ];
    for (const [variables, param] of given) {
      const resolved = agents.resolve('guide', variables);
      assert.ok(!resolved.isFound);
      assert.equal(resolved.error.param, param);
      assert.ok(!resolved.error.message.includes('xxx'));
    }
  });

  test('[AGT8] a value that looks like a place stays text', () => {
    assert.equal(
      instructionsOf({ guest: '{{house}}', house: '{{guest}}' }),
      'Greet {{house}} of {{guest}}, then {{house}} again.',
    );
  });

  test('[AGT9] an agent with tools owns them; its clients answer for their own', () => {
    const tools: readonly object[] = [TOOL, { ...TOOL, kind: 'function', name: 'lookup' }];
    const raw = { type: 'function', name: 'show' };
    const resolved = (settings: object): unknown => {
      const found = new Agents([agentOf(settings)]).resolve('guide', {});
      return found.isFound ? [found.session, found.policy.clientTools] : undefined;
    };
    const type = 'realtime';
    assert.deepEqual(resolved({ tools }), [{ type, tools: [] }, ['paint']]);
    assert.deepEqual(resolved({ session: { tools: [raw] }, tools }), [
      { type, tools: [raw] },
      ['show', 'paint'],
    ]);
    assert.deepEqual(resolved({ voice: 'cedar' }), [
      { type, audio: { output: { voice: 'cedar' } } },
      undefined,
    ]);
    assert.deepEqual(
      agentOf({ tools }).tools.map(({ name }) => name),
      ['paint', 'lookup'],
    );
  });

  test('[AGT10] a name that no agent has is not found', () => {
    for (const name of ['guid', '', 'toString', '__proto__']) {
      const resolved = agents.resolve(name, {});
      assert.ok(!resolved.isFound);
      assert.equal(resolved.error.code, 'agent_not_found');
    }
  });
});
