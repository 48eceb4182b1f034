/**
 * What an application with the `openai` package does in its page, in its own words: the browser's own WebSocket, by
 * base URL and client secret alone. `window.app` is what a test may look at.
 */
export const OPENAI_APPLICATION = `
import OpenAI from '/openai/index.mjs';
import { OpenAIRealtimeWebSocket } from '/openai/realtime/websocket.mjs';

const events = [];
const errors = [];
const app = {
  events, errors,
  connect(apiKey, baseURL) {
    const openai = new OpenAI({ apiKey, baseURL, dangerouslyAllowBrowser: true });
    app.realtime = new OpenAIRealtimeWebSocket({ model: 'gpt-realtime-2.1' }, openai);
    app.realtime.on('event', (event) => events.push(event));
    app.realtime.on('error', (error) => errors.push(error.message));
    app.realtime.socket.addEventListener('close', ({ code, reason }) => { app.closed = { code, reason }; });
  },
  ask(text) {
    const content = [{ type: 'input_text', text }];
    app.realtime.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    app.realtime.send({ type: 'response.create' });
  },
  types: () => events.map((event) => event.type),
};
window.app = app;
document.title = 'ready';
`;
