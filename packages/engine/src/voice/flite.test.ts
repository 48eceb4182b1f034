import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLITE_VOICES, Flite } from './flite.ts';

const flite = Flite.load();

for (const voice of FLITE_VOICES) {
  test(`[VOX6] ${voice} speaks, twice the same`, () => {
    const request = { text: 'Good morning.', voice, durationStretchRatio: 1, pitchHz: undefined };
    const first = flite.speak(request);
    assert.ok(first.type === 'spoken');
    assert.equal(first.recording.rateHz, 16_000);
    const seconds = first.recording.pcm.length / first.recording.rateHz;
    assert.ok(seconds > 0.5 && seconds < 2.5, `${seconds} s`);
    assert.deepEqual(flite.speak(request), first);
  });
}

test('[VOX6] a text sounds the same from an instance that was made beforehand, which serves one text', () => {
  const request = {
    text: 'Good day.',
    voice: 'rms',
    durationStretchRatio: 1,
    pitchHz: 90,
  } as const;
  const first = flite.speak(request);
  flite.prepare();
  flite.prepare();
  assert.deepEqual(flite.speak({ ...request, text: 'Something else.' }).type, 'spoken');
  assert.deepEqual(flite.speak(request), first);
  flite.prepare();
  assert.deepEqual(flite.speak(request), first);
});

test('[VOX6] stretching makes speech longer', () => {
  const length = (durationStretchRatio: number): number => {
    const result = flite.speak({
      text: 'one two three four five',
      voice: 'kal16',
      durationStretchRatio,
      pitchHz: undefined,
    });
    return result.type === 'spoken' ? result.recording.pcm.length : 0;
  };
  assert.ok(length(2) > 1.7 * length(1));
});

test('[VOX7] words get phones by dictionary or rule, and what is no word gets none', () => {
  const phones = flite.pronounce(['kubernetes', 'zyxel', 'grafana', '§§']);
  assert.equal(phones.get('grafana')?.join(' '), 'G R EY F AE N AH');
  assert.equal(phones.get('zyxel')?.at(0), 'Z');
  assert.ok((phones.get('kubernetes')?.length ?? 0) > 6);
  assert.equal(phones.has('§§'), false);
});

test('[VOX7] many words are pronounced as each alone', () => {
  const words = Array.from(
    { length: 150 },
    (_, i) => `blor${'aeiou'.charAt(i % 5)}${'bdfgklmnprst'.charAt(i % 12)}ix`,
  );
  const distinct = [...new Set(words)];
  const all = flite.pronounce(distinct);
  assert.equal(all.size, distinct.length);
  for (const word of distinct.slice(0, 5)) {
    assert.deepEqual(flite.pronounce([word]).get(word), all.get(word));
  }
});
