import { pino } from 'pino'

/** What a component says while it runs. Nothing secret is ever passed to it. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** The same log with fields on every line. */
  child(fields: object): Logger
}

/** One JSON line per message on standard error; the level is `$PORTOLAN_LOG_LEVEL`, or info. */
export const createLogger = (component: string, level = process.env['PORTOLAN_LOG_LEVEL'] ?? 'info'): Logger =>
  pino({ level, base: { component } }, pino.destination({ dest: 2, sync: true }))

/** A log that keeps nothing, for tests and for callers that don't care. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
