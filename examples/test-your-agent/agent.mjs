import { RealtimeAgent, tool } from '@openai/agents-realtime';

const getWeather = tool({
  name: 'get_weather',
  description: 'Tells the weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', enum: ['Berlin', 'Paris', 'Tokyo'] } },
    required: ['city'],
    additionalProperties: false,
  },
  execute: ({ city }) => `It is sunny in ${city}.`,
});

export const agent = new RealtimeAgent({ name: 'Weather', tools: [getWeather] });
