import { callIdsFromSuffix } from '@prism/protocol';
import type { IdSource } from '../ids/id-source.ts';

/** Identifiers that count up, so that tests can name them. */
export function countedIds(): IdSource {
  let count = 0;
  return {
    nextCallIds: () => {
      count += 1;
      return callIdsFromSuffix(`call${count}`);
    },
    nextEventId: () => {
      count += 1;
      return `event_${count}`;
    },
  };
}
