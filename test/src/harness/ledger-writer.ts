/** A program that writes usage to the ledger at its argument, one record at a time, and says when each is written. */
import { emptyEntry } from '@prism/core';
import { StorageThread } from '@prism/server/internal';

const [, , path = ''] = process.argv;
const store = await StorageThread.open(path);
for (let count = 1; ; count += 1) {
  const entry = { ...emptyEntry('response', 'm'), costMicroUsd: 1 };
  const names = { keyId: undefined, user: undefined, agent: undefined };
  await store.add([{ sessionId: `s${count % 7}`, ...names, atMs: 0, entry }]);
  process.stdout.write(`${count}\n`);
}
