import { createServer, type Server } from 'node:http'
import type { EndpointSlice, Service } from '../../api/index.ts'

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
  // A Pod of a dual-stack Service stands in a slice of each family.
  const counts = (['IPv4', 'IPv6'] as const).map((family) => localAddresses(slices, family, nodeName).size)
  const { namespace = '', name = '' } = service.metadata
  return { namespace, name, port, localEndpoints: Math.max(...counts) }
}

function localAddresses(slices: readonly EndpointSlice[], family: string, nodeName: string): ReadonlySet<string | undefined> {
  const endpoints = slices.filter(({ addressType }) => addressType === family).flatMap((slice) => slice.endpoints ?? [])
  const local = endpoints.filter((endpoint) => endpoint.nodeName === nodeName && endpoint.conditions?.ready !== false)
  return new Set(local.map(({ addresses }) => addresses[0]))
}

/** The HTTP servers of `healthCheckNodePort`, one per Service, on every address of the node (pkg/proxy/healthcheck). */
export interface HealthChecks {
  /** From now on the Service `owner` has this check; none where undefined. */
  set(owner: string, check: HealthCheck | undefined): void
}

export interface HealthChecksOptions {
  /** Whether this proxy does its work: a node whose proxy doesn't should get no packets. */
  readonly healthy: () => boolean
  /** Told when the port of a Service can't be listened on; it is tried again when the Service changes. */
  readonly failed: (owner: string, port: number, error: unknown) => void
}

interface Listening {
  check: HealthCheck
  readonly server: Server
}

/** They listen until `signal` aborts. */
export function createHealthChecks({ healthy, failed }: HealthChecksOptions, signal: AbortSignal): HealthChecks {
  const open = new Map<string, Listening>()
  const close = (owner: string): void => {
    open.get(owner)?.server.close()
    open.get(owner)?.server.closeAllConnections()
    open.delete(owner)
  }
  const listen = (owner: string, check: HealthCheck): void => {
    const server = createServer((_, response) => {
      const { status, headers, body } = answerOf(listening.check, healthy())
      response.writeHead(status, headers).end(body)
    })
    const listening: Listening = { check, server }
    open.set(owner, listening)
    server.on('error', (error) => {
      if (open.get(owner) === listening) open.delete(owner)
      failed(owner, check.port, error)
    })
    server.listen(check.port) // every address of either family that the node has
  }
  signal.addEventListener('abort', () => [...open.keys()].forEach(close), { once: true })
  return {
    set(owner, check) {
      const known = open.get(owner)
      if (known && known.check.port !== check?.port) close(owner)
      if (!check) return
      if (open.has(owner)) open.get(owner)!.check = check
      else listen(owner, check)
    },
  }
}

/** Upstream's text for a port that is taken. */
export const listenFailure = (failure: { nodeName: string; key: string; port: number; error: string }): string =>
  `node ${failure.nodeName} failed to start healthcheck "${failure.key}" on port ${failure.port}: ${failure.error}`

/** Upstream's answer to the byte: 503 means that no packets should be sent to this node. */
export function answerOf(
  { namespace, name, localEndpoints }: HealthCheck,
  serviceProxyHealthy: boolean,
): {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
} {
  const answer = { service: { namespace, name }, localEndpoints, serviceProxyHealthy }
  return {
    status: localEndpoints > 0 && serviceProxyHealthy ? 200 : 503,
    headers: {
      'Content-Type': 'application/json',
      'X-Content-Type-Options': 'nosniff',
      'X-Load-Balancing-Endpoint-Weight': String(localEndpoints),
    },
    body: JSON.stringify(answer, undefined, '\t'),
  }
}
