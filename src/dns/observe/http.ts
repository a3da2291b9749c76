import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Metric as PromMetric } from 'prom-client'
import type { Endpoint } from '../server/server.ts'
import type { Metric } from './metrics.ts'

/** Where each is asked for, over HTTP; several may share an address and port. Left out, nobody can ask. */
export interface ObservedAt {
  /** `/health`: 200 as long as the process answers at all. */
  readonly health?: Endpoint
  /** `/ready`: 200 once the whole cluster is known, before that 503. */
  readonly ready?: Endpoint
  /** `/metrics`, in Prometheus' text format. */
  readonly metrics?: Endpoint
}

export interface Observable {
  readonly isReady: () => boolean
  readonly metrics: () => readonly Metric[]
}

interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

const text = (status: number, body: string): Page => ({ status, type: 'text/plain; charset=utf-8', body })

/** Resolves when every address listens; throws when one can't. Closes when `signal` aborts. */
export async function serveObservers(at: ObservedAt, observed: Observable, signal: AbortSignal): Promise<void> {
  const pages: Record<string, () => Page | Promise<Page>> = {
    health: () => text(200, 'OK'),
    ready: () => (observed.isReady() ? text(200, 'OK') : text(503, 'kubernetes')), // the names of what isn't, as CoreDNS says it
    metrics: () => exposition(observed.metrics()),
  }
  const wanted = (['health', 'ready', 'metrics'] as const).flatMap((name) => (at[name] ? [{ name, at: at[name] }] : []))
  const byPlace = Map.groupBy(wanted, ({ at: { address, port } }) => `${address} ${port}`)
  await Promise.all(
    [...byPlace.values()].map((some) => {
      const routes = new Map(some.map(({ name }) => [`/${name}`, pages[name]!]))
      return servePages(some[0]!.at, routes, signal)
    }),
  )
}

type Routes = ReadonlyMap<string, () => Page | Promise<Page>>

async function servePages({ address, port }: Endpoint, routes: Routes, signal: AbortSignal): Promise<void> {
  const respond = async (url: string | undefined): Promise<Page> =>
    (await routes.get(new URL(url ?? '/', 'http://localhost').pathname)?.()) ?? text(404, 'not found')
  const server = createServer((request, response) => {
    void respond(request.url)
      .catch(() => text(500, 'internal error'))
      .then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body))
  })
  server.listen({ port, ...(address === '' ? {} : { host: address }) })
  await once(server, 'listening')
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
}

/** prom-client is loaded when it is first needed: most servers here are never asked for their figures. */
async function exposition(metrics: readonly Metric[]): Promise<Page> {
  const { Registry } = await import('prom-client')
  const registry = new Registry()
  // prom-client prints whatever answers `get` as its own metrics do; theirs would have to be counted with, too
  for (const metric of metrics) registry.registerMetric({ name: metric.name, get: async () => metric } as unknown as PromMetric)
  return { status: 200, type: registry.contentType, body: await registry.metrics() }
}
