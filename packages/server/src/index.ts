export {
  ConfigError,
  type LoadedSettings,
  loadSettings,
  type SettingsSources,
} from './config/load-settings.ts';
export type { SettingName, Settings } from './config/settings.ts';
export { createPrism, PRISM_VERSION, type Prism, type PrismOptions } from './main/create-prism.ts';
export type { CheckId, CheckState } from './main/doctor/check.ts';
export type { CheckResult } from './main/doctor/examine.ts';
export type { DoctorReport } from './main/doctor/report.ts';
export { StartError } from './main/start-error.ts';
export { createLogger, type Logger, type LoggerOptions } from './observability/logger.ts';
export {
  type DefinedTool,
  defineTool,
  ToolError,
  type ToolHandler,
  type ToolHandlerContext,
} from './tools/function-tool.ts';
