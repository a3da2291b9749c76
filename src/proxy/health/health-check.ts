import { createServer, type Server } from 'node:http'
import type { EndpointSlice, Service } from '../../api/index.ts'
import { type Logger, messageOf } from '../../lib/index.ts'

/** What a load balancer is told about one Service on this node. */
export interface HealthCheck {
  readonly namespace: string
  readonly name: string
  readonly port: number
  /** How many of its ready endpoints are on this node. */
  readonly localEndpoints: number
}

/** The health check that a Service asks for; undefined where its policy isn't Local. */
export function healthCheckOf(service: Service, slices: readonly EndpointSlice[], nodeName: string): HealthCheck | undefined {
  const { type, externalTrafficPolicy, healthCheckNodePort: port } = service.spec ?? {}
  if (type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local' || !port) return undefined
  const local = slices
    .flatMap((slice) => slice.endpoints ?? [])
    .filter((endpoint) => endpoint.nodeName === nodeName && endpoint.conditions?.ready !== false)
  const { namespace = '', name = '' } = service.metadata
  return { namespace, name, port, localEndpoints: new Set(local.map(({ addresses }) => addresses[0])).size }
}

/** The HTTP servers of `healthCheckNodePort`, one per Service, on every address of the node (pkg/proxy/healthcheck). */
export interface HealthChecks {
  /** From now on the Service `owner` has this check; none where undefined. */
  set(owner: string, check: HealthCheck | undefined): void
  close(): void
}

interface Listening {
  check: HealthCheck
  readonly server: Server
}

export function createHealthChecks(log: Logger): HealthChecks {
  const open = new Map<string, Listening>()
  const close = (owner: string): void => {
    open.get(owner)?.server.close()
    open.get(owner)?.server.closeAllConnections()
    open.delete(owner)
  }
  const listen = (owner: string, check: HealthCheck): void => {
    const server = createServer((_, response) => {
      const { status, headers, body } = answerOf(listening.check)
      response.writeHead(status, headers).end(body)
    })
    const listening: Listening = { check, server }
    open.set(owner, listening)
    server.on('error', (error) => {
      log.warn({ service: owner, port: check.port, error: messageOf(error) }, 'the health check cannot listen')
      if (open.get(owner) === listening) open.delete(owner)
    })
    server.listen(check.port, '0.0.0.0')
  }
  return {
    set(owner, check) {
      const known = open.get(owner)
      if (known && known.check.port !== check?.port) close(owner)
      if (!check) return
      if (open.has(owner)) open.get(owner)!.check = check
      else listen(owner, check)
    },
    close() {
      for (const owner of open.keys()) close(owner)
    },
  }
}

/** Upstream's answer to the byte: 503 means that no packets should be sent to this node. */
export function answerOf({ namespace, name, localEndpoints }: HealthCheck): {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
} {
  const answer = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }
  return {
    status: localEndpoints > 0 ? 200 : 503,
    headers: {
      'Content-Type': 'application/json',
      'X-Content-Type-Options': 'nosniff',
      'X-Load-Balancing-Endpoint-Weight': String(localEndpoints),
    },
    body: JSON.stringify(answer, undefined, '\t'),
  }
}
