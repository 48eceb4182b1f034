import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Agents } from '../agents/agent-directory.ts';
import { agentOfSettings } from '../agents/agent-of-settings.ts';
import { agentSchema } from '../agents/agent-schema.ts';
import { fullKey } from '../auth/key-ring.ts';
import { errorOf, makeApp } from '../testing/app-under-test.ts';

const KEY = 'sk-server';
const READER = 'sk-reader';

const OFFERED = [
  agentOfSettings(
    'receptionist',
    agentSchema.parse({
      description: 'Answers the telephone.',
      instructions: 'Secret words about {{guest}} of {{house}}.',
      variables: { guest: { charsMax: 80 }, house: { default: 'a hidden house' } },
    }),
    () => '',
  ),
  agentOfSettings('porter', agentSchema.parse({ instructions: 'Carry.' }), () => ''),
];

suite('agents over HTTP', () => {
  async function makeGet() {
    const { app } = await makeApp({
      fileKeys: [
        fullKey(KEY),
        { ...fullKey(READER), id: 'key_reader', label: 'reader', scopes: ['usage'] },
      ],
      offered: OFFERED,
      agents: new Agents(OFFERED),
    });
    const ask = async (key?: string, secretFor?: object) =>
      app.inject({
        method: secretFor === undefined ? 'GET' : 'POST',
        url: secretFor === undefined ? '/v1/prism/agents' : '/v1/realtime/client_secrets',
        headers: {
          host: 'localhost',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        ...(secretFor === undefined ? {} : { payload: secretFor }),
      });
    return ask;
  }

  test('[PGD20] who may open sessions is told names, descriptions and variables, and nothing else', async () => {
    const ask = await makeGet();
    const response = await ask(KEY);
    assert.equal(response.statusCode, 200);
    assert.deepEqual(JSON.parse(response.body), {
      object: 'list',
      choice: true,
      data: [
        {
          name: 'receptionist',
          description: 'Answers the telephone.',
          variables: [
            { name: 'guest', required: true, chars_max: 80 },
            { name: 'house', required: false, chars_max: 200 },
          ],
        },
        { name: 'porter', variables: [] },
      ],
    });
    assert.doesNotMatch(response.body, /secret|hidden/i);
    assert.equal(errorOf(await ask()).code, 'invalid_api_key');
    const { data } = JSON.parse((await ask(READER)).body) as { data: object[] };
    assert.deepEqual(data, []);
  });

  test('[PGD20] a client secret is told of the agent that it is for, and has no choice', async () => {
    const ask = await makeGet();
    const mint = async (prism: object) =>
      (JSON.parse((await ask(KEY, { prism })).body) as { value: string }).value;
    const bound = await ask(await mint({ agent: 'porter' }));
    assert.deepEqual(JSON.parse(bound.body), {
      object: 'list',
      choice: false,
      data: [{ name: 'porter', variables: [] }],
    });
    const plain = await ask(await mint({}));
    assert.deepEqual(JSON.parse(plain.body), { object: 'list', choice: false, data: [] });
  });
});
