import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { accessKeyFrom } from './call/access-key.ts';
import { CallController } from './call/call-controller.ts';
import { fetchServerInfo } from './call/fetch-server-info.ts';
import {
  type CallAction,
  type CallState,
  initialCallState,
  reduceCall,
} from './state/call-state.ts';
import { createStore } from './state/store.ts';
import { App } from './view/app.tsx';
import { applyThemeColor } from './view/appearance.ts';

const url = new URL('.', document.baseURI).href.replace(/\/$/u, '');
const apiKey = accessKeyFrom(location.hash);
const store = createStore<CallState, CallAction>(reduceCall, initialCallState());
const controller = new CallController({
  url,
  apiKey,
  dispatch: store.dispatch,
  applyThemeColor,
});

void fetchServerInfo(url, apiKey).then((info) => {
  store.dispatch({ type: 'info.read', info });
});

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App store={store} controller={controller} />
    </StrictMode>,
  );
}
