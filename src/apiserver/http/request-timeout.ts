import type { RequestInfo } from './request-info.ts'
import { badRequest } from './status-error.ts'

/** As Go's `time.ParseDuration` takes them: `1h15m30.5s`, `-1.5h`, `0`. */
const DURATION = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)$/
/** What goes on for as long as both ends like. */
const LONG_RUNNING: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'log', 'proxy'])

/**
 * Throws BadRequest for a `?timeout=` that is no duration, in the words of upstream's `filters/request_deadline.go`. No request
 * takes as long here as to be cut off; how long a watch takes is said by `timeoutSeconds`.
 */
export function checkTimeout({ verb, resource, query }: RequestInfo): void {
  if (verb === 'watch' || LONG_RUNNING.has(resource?.subresource ?? '')) return
  const timeout = query.get('timeout') ?? ''
  if (timeout === '' || DURATION.test(timeout)) return
  const wrong = NUMBER.test(timeout) ? 'missing unit in duration' : 'invalid duration'
  throw badRequest(`invalid timeout specified in the request URL - time: ${wrong} ${JSON.stringify(timeout)}`)
}
