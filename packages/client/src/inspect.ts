export {
  type EventDirection,
  EventLog,
  type EventLogLimits,
  type LoggedEvent,
} from './inspect/event-log.ts';
export { type TurnLatency, TurnLatencyMeter, type TurnOrigin } from './inspect/turn-latency.ts';
