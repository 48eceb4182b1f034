import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadSettings } from '../config/load-settings.ts';
import { chooseUpstream, realtimeUrl, type UpstreamChoice } from './choose-upstream.ts';

function choose(env: Record<string, string>): UpstreamChoice {
  return chooseUpstream(loadSettings({ filePath: undefined, env, flags: {} }).settings);
}

suite('choice of upstream', () => {
  test('[CFG4] the engine answers without a key, and says so', () => {
    const choice = choose({});
    assert.equal(choice.kind, 'engine');
    assert.equal(choice.reason, 'no OPENAI_API_KEY is set');
  });

  test('[CFG4] OpenAI answers with a key', () => {
    assert.deepEqual(choose({ OPENAI_API_KEY: 'sk-1' }), {
      kind: 'openai',
      label: 'OpenAI',
      reason: 'OPENAI_API_KEY is set',
      model: 'gpt-realtime-2.1',
      server: {
        baseUrl: 'https://api.openai.com/v1',
        headers: { 'user-agent': 'Prism', authorization: 'Bearer sk-1' },
      },
    });
  });

  test('[CFG4] what is asked for wins, and a choice that cannot be made says what to set', () => {
    assert.equal(choose({ OPENAI_API_KEY: 'sk-1', PRISM_UPSTREAM: 'engine' }).kind, 'engine');
    assert.throws(() => choose({ PRISM_UPSTREAM: 'openai' }), /set OPENAI_API_KEY/);
    assert.throws(() => choose({ PRISM_UPSTREAM: 'realtime' }), /upstream\.url is not set/);
  });

  test('[CFG8] a deployment on Azure is dialled with its own key and path', () => {
    const azure = {
      PRISM_UPSTREAM: 'azure',
      OPENAI_BASE_URL: 'https://res.openai.azure.com',
      PRISM_MODEL: 'my deployment',
      AZURE_OPENAI_API_KEY: 'azure-1',
      OPENAI_API_KEY: 'sk-1',
      OPENAI_ORG_ID: 'org-1',
    };
    for (const url of ['', '/', '/openai/v1', '/openai/v1/']) {
      const choice = choose({ ...azure, OPENAI_BASE_URL: `${azure.OPENAI_BASE_URL}${url}` });
      assert.ok(choice.server);
      assert.equal(
        realtimeUrl(choice.server.baseUrl, choice.model),
        'wss://res.openai.azure.com/openai/v1/realtime?model=my+deployment',
      );
      assert.deepEqual(choice.server.headers, { 'user-agent': 'Prism', 'api-key': 'azure-1' });
    }
    assert.throws(() => choose({ ...azure, AZURE_OPENAI_API_KEY: '' }), /set AZURE_OPENAI_API_KEY/);
    assert.throws(() => choose({ ...azure, OPENAI_BASE_URL: '' }), /upstream\.url is not set/);
    assert.throws(() => choose({ ...azure, PRISM_MODEL: '' }), /name of the deployment/);
  });

  test('[CFG9] organization and project go to servers that know them', () => {
    const { server } = choose({
      OPENAI_API_KEY: 'sk-1',
      OPENAI_ORG_ID: 'org-1',
      OPENAI_PROJECT_ID: 'proj-1',
    });
    assert.equal(server?.headers['openai-organization'], 'org-1');
    assert.equal(server?.headers['openai-project'], 'proj-1');
  });

  test('[CFG4] base URLs are read as official SDKs read them', () => {
    assert.equal(
      realtimeUrl('http://127.0.0.1:9/v1', 'm 1'),
      'ws://127.0.0.1:9/v1/realtime?model=m+1',
    );
    assert.equal(
      realtimeUrl('wss://x.example/openai/v1/', 'm'),
      'wss://x.example/openai/v1/realtime?model=m',
    );
  });
});
