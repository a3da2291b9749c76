import type { HttpResponse } from '../wire/index.ts'
import type { Store } from '../store/index.ts'
import { bytesResponse } from './http/respond.ts'
import type { RequestInfo } from './http/request-info.ts'

/**
 * What the server has done, counted plainly as it goes and put into Prometheus' words only when somebody asks, for most
 * clusters here live and die without anybody asking. Names and labels are upstream's where it counts the same.
 */
export class Metrics {
  readonly #requests = new Map<string, { labels: Labels; count: number }>()
  watches = 0

  counted({ verb, resource }: RequestInfo, code: number): void {
    const { group = '', version = '', plural = '', subresource = '' } = resource ?? {}
    const labels: Labels = { verb: verb.toUpperCase(), group, version, resource: plural, subresource, code: String(code) }
    const key = Object.values(labels).join(' ')
    const entry = this.#requests.get(key)
    if (entry) entry.count++
    else this.#requests.set(key, { labels, count: 1 })
  }

  /** `/metrics` in Prometheus' text format. */
  async respond({ revision: newest }: Pick<Store, 'revision'>): Promise<HttpResponse> {
    const { Counter, Gauge, Registry } = await import('prom-client')
    const registry = new Registry()
    const registers = [registry]
    const labelNames = ['verb', 'group', 'version', 'resource', 'subresource', 'code']
    const requests = new Counter({ name: 'apiserver_request_total', help: 'Requests answered.', labelNames, registers })
    for (const { labels, count } of this.#requests.values()) requests.inc(labels, count)
    const watches = new Gauge({ name: 'apiserver_longrunning_requests', help: 'Watches that are open.', registers })
    watches.set(this.watches)
    const revision = new Gauge({ name: 'portolan_store_revision', help: 'The newest revision of the store.', registers })
    revision.set(newest)
    const memory = new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory size in bytes.', registers })
    memory.set(process.memoryUsage.rss())
    return bytesResponse(200, Buffer.from(await registry.metrics()), registry.contentType)
  }
}

type Labels = Record<'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'code', string>
