import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type Clock, type Logger, messageOf } from '../../lib/index.ts'
import type { Health } from './health.ts'
import type { Metrics } from './metrics.ts'

/** Milliseconds after which a port that was taken is tried again; kube-proxy's. */
const TRY_AGAIN = 5_000

/** Where to listen: `0.0.0.0:10256`, `[::]:10256`; nothing is served where it is left out or empty. */
export interface ServeOptions {
  readonly healthzAddress: string
  readonly metricsAddress: string
  readonly health: Health
  readonly metrics: Metrics
  /** Whether load balancers should send anything to this node. */
  readonly eligible: () => boolean
  readonly render: () => ReturnType<Metrics['render']>
  readonly clock: Clock
  readonly log: Logger
}

/** kube-proxy's /healthz and /livez at one address, its /metrics and /proxyMode at another, until `signal` aborts. */
export function serve({ healthzAddress, metricsAddress, clock, log, ...state }: ServeOptions, signal: AbortSignal): void {
  void listen(healthzAddress, healthAnswers(state), { clock, log }, signal)
  void listen(metricsAddress, metricsAnswers(state), { clock, log }, signal)
}

const JSON_HEADERS = { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' }

const healthAnswers =
  ({ health, metrics, eligible }: Pick<ServeOptions, 'health' | 'metrics' | 'eligible'>): RequestListener =>
  ({ url = '' }, response) => {
    const what = pathOf(url).slice(1)
    if (what !== 'healthz' && what !== 'livez') return notFound(response)
    const { status, body } = health.answer(what === 'healthz' ? { eligible: eligible() } : undefined)
    metrics.answered(what, status)
    response.writeHead(status, JSON_HEADERS).end(body)
  }

const metricsAnswers =
  ({ render }: Pick<ServeOptions, 'render'>): RequestListener =>
  ({ url = '' }, response) => {
    if (pathOf(url) === '/metrics')
      void render().then(
        ({ text, contentType }) => response.writeHead(200, { 'Content-Type': contentType }).end(text),
        (error: unknown) => response.writeHead(500, TEXT_HEADERS).end(`${messageOf(error)}\n`),
      )
    else if (pathOf(url) === '/healthz') response.writeHead(200, TEXT_HEADERS).end('ok')
    else if (pathOf(url) === '/proxyMode') response.writeHead(200, TEXT_HEADERS).end('nftables')
    else notFound(response)
  }

const TEXT_HEADERS = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }
const pathOf = (url: string): string => url.split('?')[0] ?? ''
const notFound = (response: ServerResponse): void => void response.writeHead(404, TEXT_HEADERS).end('404 page not found\n')

/** A port that is taken is waited for: the proxy works without it. */
async function listen(
  address: string,
  answer: RequestListener,
  { clock, log }: Pick<ServeOptions, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  if (address === '') return
  const colon = address.lastIndexOf(':')
  const [host, port] = [address.slice(0, colon).replace(/^\[|\]$/g, ''), Number(address.slice(colon + 1))]
  while (!signal.aborted) {
    const server = createServer(answer)
    const error = await new Promise<unknown>((resolve) => {
      server.once('error', resolve).listen(port, host, () => resolve(undefined))
    })
    if (error === undefined) return closeAtEnd(server, signal)
    log.warn({ address, error: messageOf(error) }, 'cannot listen; will try again')
    await clock.sleep(TRY_AGAIN, signal).catch(() => {})
  }
}

function closeAtEnd(server: Server, signal: AbortSignal): void {
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
}
