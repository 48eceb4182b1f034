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
      url: 'wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1',
      apiKey: 'sk-1',
    });
  });

  test('[CFG4] what is asked for wins, and a choice that cannot be made says what to set', () => {
    assert.equal(choose({ OPENAI_API_KEY: 'sk-1', PRISM_UPSTREAM: 'engine' }).kind, 'engine');
    assert.throws(() => choose({ PRISM_UPSTREAM: 'openai' }), /set OPENAI_API_KEY/);
    assert.throws(() => choose({ PRISM_UPSTREAM: 'realtime' }), /upstream\.url is not set/);
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
