/**
 * What an application with the Agents SDK does in its page, in its own words: an agent with a tool, connected over
 * WebRTC by the URL alone. `window.app` is what a test may look at.
 */
export const AGENTS_APPLICATION = `
import { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession, tool } from '/sdk/openai-realtime-agents.mjs';

const colors = [];
const paint = tool({
  name: 'set_theme_color',
  description: 'Paints the page in a color.',
  strict: false,
  parameters: {
    type: 'object',
    properties: { color: { type: 'string', enum: ['purple', 'green', 'orange'] } },
    required: ['color'],
    additionalProperties: false,
  },
  execute: async ({ color }) => {
    colors.push(color);
    return 'The page is ' + color + ' now.';
  },
});
const agent = new RealtimeAgent({ name: 'Painter', instructions: 'You paint.', tools: [paint] });
// A guardrail that takes its time, as those that ask a service do.
const outputGuardrails = [{
  name: 'No trade secrets',
  execute: async ({ agentOutput }) => {
    const tripwireTriggered = /stops the sound/.test(agentOutput);
    if (tripwireTriggered) await new Promise((resolve) => setTimeout(resolve, 1_000));
    return { tripwireTriggered, outputInfo: {} };
  },
}];
const transport = new OpenAIRealtimeWebRTC();
const session = new RealtimeSession(agent, {
  transport,
  outputGuardrails,
  outputGuardrailSettings: { debounceTextLength: 20 },
});
const events = [];
const errors = [];
const tripped = [];
transport.on('*', (event) => events.push(event));
session.on('error', (error) => errors.push(JSON.stringify(error)));
session.on('guardrail_tripped', (_context, _agent, error) => tripped.push(error.result.guardrail.name));
window.app = {
  colors, events, errors, tripped, session, transport,
  connect: (apiKey, url) => session.connect({ apiKey, url }),
  types: () => events.map((event) => event.type),
};
document.title = 'ready';
`;
