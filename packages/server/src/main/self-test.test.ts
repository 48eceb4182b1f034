import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createAudioCodecs } from '../media/audio-codecs.ts';
import { type SelfTestParts, testSelf } from './self-test.ts';
import { StartError } from './start-error.ts';

const codecs = createAudioCodecs();

function parts(change: Partial<SelfTestParts> = {}): SelfTestParts {
  return {
    codecs,
    store: undefined,
    mediaPortTrouble: () => Promise.resolve(undefined),
    notReadyBecause: () => undefined,
    wallMs: () => 0,
    ...change,
  };
}

function failsAt(name: string, change: Partial<SelfTestParts>): Promise<void> {
  return assert.rejects(testSelf(parts(change)), (error) => {
    assert.ok(error instanceof StartError);
    assert.match(error.message, new RegExp(`^The self-test failed at the ${name}: .+\\.$`));
    return true;
  });
}

suite('the self-test', () => {
  test('[HLT2] passes where everything works', async () => {
    await testSelf(parts());
  });

  test('[HLT2] a codec that hands nothing back is named', async () => {
    const { pcmu } = codecs;
    const mute = {
      ...pcmu,
      openDecoder: () => ({ ...pcmu.openDecoder(), decode: () => undefined }),
    };
    await failsAt('codec', { codecs: { ...codecs, pcmu: mute } });
  });

  test('[HLT2] a port that hears nothing, a store that forgets, an upstream that is gone', async () => {
    await failsAt('media port', { mediaPortTrouble: () => Promise.resolve('nothing comes in') });
    const store = {
      putHandover: () => Promise.resolve(),
      findHandover: () => Promise.resolve(undefined),
      takeHandover: () => Promise.resolve(false),
    };
    await failsAt('storage', { store });
    const full = { ...store, putHandover: () => Promise.reject(new Error('disk full')) };
    await failsAt('storage', { store: full });
    await failsAt('upstream', { notReadyBecause: () => 'the engine has stopped' });
  });
});
