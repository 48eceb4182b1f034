export {
  type EventDirection,
  EventLog,
  type EventLogLimits,
  type LoggedEvent,
} from './event-log.ts';
export { type TurnLatency, TurnLatencyMeter, type TurnOrigin } from './turn-latency.ts';
