import type { Logger } from '../../lib/index.ts'
import type { QueryEvent } from '../respond.ts'
import { SearchWatch } from '../search/hint.ts'

export interface QueryLogOptions {
  readonly log: Logger
  /** `cluster.local`. */
  readonly zone: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Writes a line for every question, and one more when a client asked several for one name: its search path costs time. */
export function queryLog({ log, zone, now }: QueryLogOptions): (event: QueryEvent) => void {
  const searches = new SearchWatch(zone)
  return (event) => {
    const { name, type, rcode, duration, ...fields } = event
    log.info({ ...fields, duration: Number(duration.toFixed(3)) }, `${type} ${name} ${rcode}`)
    const hint = searches.see(event, now())
    if (hint) log.info({ client: hint.client, name: hint.name, lookups: hint.lookups }, hint.text)
  }
}
