import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NO_LIMITS } from '@prism/protocol';
import type { AgentDirectory } from '../runtime/ports/agents.ts';
import { AccessBench, NO_GRANTS } from '../testing/access-bench.ts';
import { admit, fileKey, secretOf } from '../testing/gate-caller.ts';
import type { SecretGrants } from './secret-claims.ts';

suite('what a secret grants', () => {
  const AGENTS: AgentDirectory = {
    resolve: (name, variables) =>
      name === 'clerk'
        ? {
            isFound: true,
            session: {
              type: 'realtime',
              instructions: `Help ${variables['name'] ?? ''}.`,
              audio: { output: { voice: 'cedar' } },
            },
            policy: {
              preset: 'browser',
              allowedClientEvents: ['response.create', 'response.cancel'],
              allowedServerEvents: 'all',
            },
            limits: { ...NO_LIMITS, sessionMs: 60_000, tokens: 500, ending: 'spoken' },
          }
        : {
            isFound: false,
            error: { code: 'agent_not_found', message: 'There is none.', param: 'agent' },
          },
  };

  test('[SCR14] agent and session make the session, and both are the server’s', async () => {
    const bench = new AccessBench({ agents: AGENTS });
    const secret = await secretOf(bench, {
      agent: 'clerk',
      variables: { name: 'Ada' },
      user: 'user-1',
      session: { type: 'realtime', max_output_tokens: 10, audio: { output: { speed: 1.1 } } },
    });
    const admission = await admit(bench, secret, 'sessions');
    assert.ok(admission.isAdmitted);
    const { access, session } = admission.admitted;
    assert.deepEqual(session, {
      type: 'realtime',
      instructions: 'Help Ada.',
      max_output_tokens: 10,
      audio: { output: { voice: 'cedar', speed: 1.1 } },
    });
    assert.deepEqual([access.user, access.agent], ['user-1', 'clerk']);
    assert.deepEqual(access.policy, {
      preset: 'browser',
      allowedClientEvents: ['response.create', 'response.cancel'],
      allowedServerEvents: 'all',
      ownedFields: [
        'audio.output.speed',
        'audio.output.voice',
        'instructions',
        'max_output_tokens',
      ],
      clientTools: undefined,
      contextBytesMax: undefined,
    });
    const bare = await admit(bench, await secretOf(bench), 'sessions');
    assert.ok(bare.isAdmitted);
    assert.deepEqual(bare.admitted.access.policy, {
      preset: 'browser',
      allowedClientEvents: undefined,
      allowedServerEvents: undefined,
      ownedFields: [],
      clientTools: undefined,
      contextBytesMax: undefined,
    });
  });

  test('[SCR14] the preset of a secret that says nothing is the setting’s', async () => {
    const bench = new AccessBench({ agents: AGENTS, defaultPreset: 'open' });
    for (const [grants, preset] of [
      [{}, 'open'],
      [{ policy: { ...NO_GRANTS.policy, preset: 'locked' } }, 'locked'],
      [{ agent: 'clerk' }, 'browser'],
    ] as const) {
      const admission = await admit(bench, await secretOf(bench, grants), 'sessions');
      assert.ok(admission.isAdmitted);
      assert.equal(admission.admitted.access.policy.preset, preset);
    }
  });

  test('[CTX4] of the bytes of context the lower bound counts, and an agent that takes none takes none', async () => {
    const bound = async (
      ofAgent: number | undefined,
      ofSecret: number | undefined,
      agent = 'clerk',
    ): Promise<unknown> => {
      const agents: AgentDirectory = {
        resolve: (name, variables) => {
          const found = AGENTS.resolve(name, variables);
          if (!found.isFound) return found;
          return { ...found, policy: { ...found.policy, contextBytesMax: ofAgent } };
        },
      };
      const bench = new AccessBench({ agents });
      const policy = { ...NO_GRANTS.policy, contextBytesMax: ofSecret };
      const grants = agent === '' ? { policy } : { agent, policy };
      const admission = await admit(bench, await secretOf(bench, grants), 'sessions');
      assert.ok(admission.isAdmitted);
      return admission.admitted.access.policy.contextBytesMax;
    };
    assert.equal(await bound(undefined, 500), undefined);
    assert.equal(await bound(400, undefined), 400);
    assert.equal(await bound(400, 500), 400);
    assert.equal(await bound(400, 0), 0);
    assert.equal(await bound(undefined, 500, ''), 500);
  });

  test('[SCR13] of events and limits what both allow is left', async () => {
    const bench = new AccessBench({ agents: AGENTS });
    const secret = await secretOf(bench, {
      agent: 'clerk',
      policy: {
        preset: 'locked',
        allowedClientEvents: ['response.cancel', 'session.update'],
        allowedServerEvents: ['error'],
      },
      limits: { ...NO_LIMITS, sessionMs: 90_000, tokens: 100, idleMs: 1_000 },
    });
    const admission = await admit(bench, secret, 'sessions');
    assert.ok(admission.isAdmitted);
    const { policy, limits } = admission.admitted.access;
    assert.deepEqual(
      [policy.preset, policy.allowedClientEvents, policy.allowedServerEvents],
      ['locked', ['response.cancel'], ['error']],
    );
    assert.deepEqual(limits, { ...NO_LIMITS, sessionMs: 60_000, tokens: 100, idleMs: 1_000 });
  });

  test('[SCR13] nobody makes a secret that allows more than he may', async () => {
    const bench = new AccessBench({
      agents: AGENTS,
      fileKeys: [fileKey('minter', ['secrets']), fileKey('both', ['secrets', 'sessions'])],
    });
    const open: Partial<SecretGrants> = { policy: { ...NO_GRANTS.policy, preset: 'open' } };
    const make = async (key: string, grants: Partial<SecretGrants>): Promise<string> => {
      const asked = { grants: { ...NO_GRANTS, ...grants }, ttlS: 600 };
      const made = await bench.maker.make({ key: bench.keys.find(key) }, asked);
      return made.isMinted ? 'made' : `${made.error.code} ${made.error.param ?? ''}`;
    };
    const denied = 'insufficient_permissions prism.policy.preset';
    assert.equal(await make('minter', open), denied);
    assert.equal(await make('both', open), 'made');
    assert.equal(await make('both', { ...open, agent: 'clerk' }), denied);
    assert.equal(await make('minter', { agent: 'clerk' }), 'made');
    assert.equal(await make('minter', { agent: 'nobody' }), 'agent_not_found prism.agent');
    const session = { type: 'transcription' } as const;
    assert.equal(await make('minter', { agent: 'clerk', session }), 'invalid_session session.type');
  });
});
