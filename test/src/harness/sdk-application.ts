/**
 * A page with Prism's own SDK, as it is published: `app.connect(options)` begins a call, and `window.app` is what a test
 * may look at. Everything that was heard of the session is kept with its time.
 */
export const SDK_APPLICATION = `
import { PrismSession, emptyTranscript, reduceTranscript, visibleEntries } from '/prism/index.js';

const statuses = [];
const events = [];
const errors = [];
const levels = [];
let transcript = emptyTranscript();
let session;
let closed = 'open';
let refusal;
const note = (list, value) => list.push({ atMs: performance.now(), ...value });
const listeners = {
  onStatus: ({ phase, link, callId }) => note(statuses, { phase, link, callId }),
  onServerEvent: (event) => {
    note(events, { type: event.type, id: event.event_id, itemId: event.item?.id });
    transcript = reduceTranscript(transcript, event);
  },
  onError: (error) => note(errors, { code: error.code, serverCode: error.serverCode }),
  onClosed: (error) => { closed = error === undefined ? 'hung up' : error.code; },
};
setInterval(() => {
  if (session !== undefined) note(levels, session.levels());
}, 20);
window.app = {
  statuses, events, errors, levels,
  closed: () => closed,
  session: () => session,
  restored: () => session.restored && visibleEntries(session.restored.transcript),
  refusal: () => refusal,
  /** \`tokens\` are what getToken gives, one after the other. Refusals are kept, so that a test can look at them. */
  connect: async ({ tokens, ...options }) => {
    try {
      if (tokens !== undefined) options.getToken = async () => tokens.shift();
      session = await PrismSession.connect(options, listeners);
      return 'connected';
    } catch (error) {
      const { code, serverCode, message } = error;
      refusal = { code, serverCode, message };
      return error.code;
    }
  },
  /** Adds a message to the conversation every 50 ms, by counted ids, whatever happens to the way. */
  remark: () => {
    let count = 0;
    const timer = setInterval(() => {
      count += 1;
      const content = [{ type: 'input_text', text: 'remark ' + count }];
      const item = { id: 'remark_' + count, type: 'message', role: 'user', content };
      session.send({ type: 'conversation.item.create', item });
    }, 50);
    window.app.endRemarks = () => {
      clearInterval(timer);
      return count;
    };
  },
  status: () => session?.status,
  statistics: () => session?.statistics(),
  transcript: () => visibleEntries(transcript),
};
document.title = 'ready';
`;
