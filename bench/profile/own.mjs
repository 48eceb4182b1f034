// A profile of this very process.
import { Session } from 'node:inspector/promises';
import { foldProfile } from './parts.mjs';

/** The folded profile of what `action` does. */
export async function profileOwn(what, action) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await action();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return foldProfile(profile, what);
}
