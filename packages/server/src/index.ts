export {
  ConfigError,
  type LoadedSettings,
  loadSettings,
  type SettingsSources,
} from './config/load-settings.ts';
export type { SettingName, Settings } from './config/settings.ts';
export { createPrism, PRISM_VERSION, type Prism } from './main/create-prism.ts';
export { StartError } from './main/start-error.ts';
export { createLogger, type Logger, type LoggerOptions } from './observability/logger.ts';
