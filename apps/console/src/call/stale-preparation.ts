import type { PlaygroundAction, PlaygroundState } from '../state/playground-state.ts';
import type { Store } from '../state/store.ts';
import type { CallController } from './call-controller.ts';

/** Closes what was prepared once its call would be another, and when nobody sees the page any more. */
export function unprepareWhenStale(
  store: Store<PlaygroundState, PlaygroundAction>,
  controller: Pick<CallController, 'unprepare'>,
): void {
  let { settings } = store.state();
  store.subscribe(() => {
    const { settings: now } = store.state();
    if (now === settings) return;
    settings = now;
    controller.unprepare();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) controller.unprepare();
  });
}
