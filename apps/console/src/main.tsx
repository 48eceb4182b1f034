import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { accessKeyFrom } from './call/access-key.ts';
import { askServer } from './call/ask-server.ts';
import { CallController } from './call/call-controller.ts';
import { watchDevices } from './call/device-watch.ts';
import { keepSettings, keptSettings } from './call/kept-settings.ts';
import { unprepareWhenStale } from './call/stale-preparation.ts';
import { parseAgents } from './state/agents.ts';
import {
  initialState,
  type PlaygroundAction,
  type PlaygroundState,
  reducePlayground,
} from './state/playground-state.ts';
import { parseServerInfo } from './state/server-info.ts';
import { createStore } from './state/store.ts';
import { App } from './view/app.tsx';
import { applyThemeColor } from './view/appearance.ts';
import { PageContext } from './view/page-context.ts';

const url = new URL('.', document.baseURI).href.replace(/\/$/u, '');
const token = accessKeyFrom(location.hash);
const store = createStore<PlaygroundState, PlaygroundAction>(
  reducePlayground,
  initialState(keptSettings()),
);
const { dispatch } = store;
const settings = () => store.state().settings;
const refreshDevices = watchDevices(settings, dispatch);
const controller = new CallController({
  url,
  token,
  settings,
  dispatch,
  applyThemeColor,
  refreshDevices,
});
keepSettings(store);
unprepareWhenStale(store, controller);

void askServer(`${url}/v1/prism/info`, token).then((body) => {
  const info = parseServerInfo(body);
  dispatch({
    type: 'info.read',
    info: info === undefined ? { type: 'unavailable' } : { type: 'known', info },
  });
});
void askServer(`${url}/v1/prism/agents`, token).then((body) => {
  dispatch({ type: 'agents.read', agents: parseAgents(body) });
});

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <PageContext value={{ store, controller, url, hasToken: token !== undefined }}>
        <App />
      </PageContext>
    </StrictMode>,
  );
}
