import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { OPEN_ACCESS } from '@prism/protocol';
import { SessionPlaces } from './session-places.ts';
import { UseLedger } from './use-ledger.ts';

suite('places of sessions', () => {
  test('[RAT3] a key, a user and an address have so many at a time', () => {
    const places = new SessionPlaces(new UseLedger(() => 0), {
      perKey: 3,
      perUser: 2,
      perAddress: 1,
    });
    const opener = (keyId: string, user: string, countedAddress: string) => ({
      access: { ...OPEN_ACCESS, keyId, user },
      countedAddress,
    });
    const codeOf = (one: ReturnType<typeof opener>): string | undefined =>
      places.refusal(one)?.code;
    const first = opener('k', 'u', 'a');
    places.opened(first);
    assert.equal(codeOf(opener('k', 'u', 'a')), 'concurrent_sessions_exceeded');
    places.opened(opener('k', 'u', 'b'));
    assert.equal(codeOf(opener('k', 'u', 'c')), 'concurrent_sessions_exceeded');
    places.opened(opener('k', 'v', 'c'));
    const error = places.refusal(opener('k', 'w', 'd'));
    assert.match(error?.message ?? '', /^This key has 3 sessions/);
    assert.equal(codeOf(opener('l', 'w', 'd')), undefined);
    places.closed(first);
    assert.equal(codeOf(opener('k', 'u', 'a')), undefined);
  });

  test('[RAT3] who has no name is not counted', () => {
    const places = new SessionPlaces(new UseLedger(() => 0), {
      perKey: 1,
      perUser: 1,
      perAddress: 1,
    });
    const nobody = { access: OPEN_ACCESS, countedAddress: undefined };
    for (let count = 0; count < 5; count += 1) {
      assert.equal(places.refusal(nobody), undefined);
      places.opened(nobody);
    }
  });
});
