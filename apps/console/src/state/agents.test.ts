import assert from 'node:assert/strict';
import test from 'node:test';
import { agentNamed, parseAgents } from './agents.ts';

test('[PGD14] the agents of the server are read with their variables', () => {
  const state = parseAgents({
    object: 'list',
    choice: true,
    data: [
      {
        name: 'receptionist',
        description: 'Answers the telephone.',
        variables: [
          { name: 'guest', required: true, chars_max: 80 },
          { name: 'house', required: false },
          { required: true },
        ],
      },
      { description: 'nameless' },
    ],
  });
  assert.deepEqual(state, {
    type: 'known',
    isChoice: true,
    agents: [
      {
        name: 'receptionist',
        description: 'Answers the telephone.',
        variables: [
          { name: 'guest', isRequired: true, charsMax: 80 },
          { name: 'house', isRequired: false, charsMax: 200 },
        ],
      },
    ],
  });
  assert.equal(agentNamed(state, 'receptionist')?.variables.length, 2);
  assert.equal(agentNamed(state, 'porter'), undefined);
});

test('[PGD14] anything else than a list is no list of agents', () => {
  for (const body of [null, [], {}, { data: {} }, 'x']) {
    assert.deepEqual(parseAgents(body), { type: 'unavailable' });
  }
});
