import type { EndpointSlice, Pod, Service } from '../../api/index.ts'
import { badRequest, notFound, StatusError } from '../http/status-error.ts'
import type { ResourceInfo } from '../http/request-info.ts'
import type { Core } from '../registry/core.ts'
import { kubeletOfNode } from './kubelet.ts'
import type { Endpoint, Route } from './kubelet.ts'
import { isProxyable } from './proxyable.ts'

/**
 * `/proxy` of a Pod, Service or Node: to what serves there. The name may carry scheme and port, `https:web:443`. As
 * upstream's `ResourceLocation` in `pkg/registry/core/{pod,service,node}`. Throws BadRequest, NotFound, ServiceUnavailable.
 */
export function proxied(core: Core, { plural, namespace, name, rest }: ResourceInfo, query: URLSearchParams): Route {
  const target = splitName(plural, name)
  const text = query.toString()
  const path = (rest || '/') + (text && `?${text}`)
  const over = target.scheme === 'https' ? 'https' : 'http'
  if (plural === 'pods') return { to: podEndpoint(core, namespace, target), path, over }
  if (plural === 'services') return { to: serviceEndpoint(core, { namespace, target, asked: name }), path, over }
  return { ...nodeEndpoint(core, target), path }
}

interface Target {
  readonly scheme: string
  readonly name: string
  readonly port: string
}

/** As upstream's `net.SplitSchemeNamePort`. */
function splitName(plural: string, text: string): Target {
  const parts = text.split(':')
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts]
  if (parts.length <= 3 && name !== '' && ['', 'http', 'https'].includes(scheme)) return { scheme, name, port }
  throw badRequest(`invalid ${plural.slice(0, -1)} request ${JSON.stringify(text)}`)
}

function read<T>(core: Core, plural: string, { namespace, name }: { namespace: string; name: string }): T {
  const entry = core.store.get(`//${plural}/${namespace}/${name}`)
  if (!entry) throw notFound({ group: '', plural, name })
  return JSON.parse(entry.value.toString()) as T
}

function podEndpoint(core: Core, namespace: string, { scheme, name, port }: Target): Endpoint {
  const { spec, status } = read<Pod>(core, 'pods', { namespace, name })
  if (!status?.podIP || !isProxyable(status.podIP)) throw badRequest('address not allowed')
  const first = spec?.containers?.flatMap(({ ports }) => ports ?? [])[0]?.containerPort
  return { host: status.podIP, port: numberOf(port) ?? first ?? (scheme === 'https' ? 443 : 80) }
}

const numberOf = (port: string): number | undefined => (/^\d+$/.test(port) ? Number(port) : undefined)

/** The kubelet, or whatever else serves on the node. */
function nodeEndpoint(core: Core, { scheme, name, port }: Target): Pick<Route, 'to' | 'over'> {
  const kubelet = kubeletOfNode(core, name)
  if (port === '' || Number(port) === kubelet.port) return { to: kubelet, over: 'kubelet' }
  if (!isProxyable(kubelet.host)) throw badRequest('address not allowed')
  return { to: { host: kubelet.host, port: Number(port) }, over: scheme === 'https' ? 'https' : 'http' }
}

type SliceEndpoint = NonNullable<EndpointSlice['endpoints']>[number]

interface ServiceTarget {
  readonly namespace: string
  readonly target: Target
  /** The name as it stands in the URL. */
  readonly asked: string
}

function serviceEndpoint(core: Core, { namespace, target, asked }: ServiceTarget): Endpoint {
  const { name, port } = target
  const { spec } = read<Service>(core, 'services', { namespace, name })
  const number = numberOf(port)
  const byNumber = number === undefined ? undefined : (spec?.ports ?? []).find((one) => one.port === number)
  if (number !== undefined && !byNumber) throw unavailable(`no service port ${number} found for service "${name}"`)
  const found = podEndpointOf(core, { namespace, name, port: byNumber ? (byNumber.name ?? '') : port })
  if (!found) throw unavailable(`no endpoints available for service "${asked}"`)
  return found
}

const unavailable = (message: string): StatusError => new StatusError(503, 'ServiceUnavailable', message)

interface NamedPort {
  readonly namespace: string
  readonly name: string
  readonly port: string
}

/** One that is ready and a Pod, by lot: somebody who may write endpoints could have any address asked otherwise. */
function podEndpointOf(core: Core, { namespace, name, port: wanted }: NamedPort): Endpoint | undefined {
  const slices = core.store
    .list(`/discovery.k8s.io/endpointslices/${namespace}/`)
    .map(({ value }) => JSON.parse(value.toString()) as EndpointSlice)
  const found = slices
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(({ endpoints, ports }) => {
      const port = (ports ?? []).find((one) => (one.name ?? '') === wanted)?.port
      const ready = (endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready !== false && isPod(core, endpoint))
      return port ? ready.map(({ addresses: [host = ''] }) => ({ host, port })) : []
    })
  return found.length === 0 ? undefined : found[core.random.below(found.length)]
}

/** As upstream's `isValidAddress`. */
function isPod(core: Core, { targetRef, addresses }: SliceEndpoint): boolean {
  if (targetRef?.kind !== 'Pod') return false
  const entry = core.store.get(`//pods/${targetRef.namespace ?? ''}/${targetRef.name ?? ''}`)
  if (!entry) return false
  const { status } = JSON.parse(entry.value.toString()) as Pod
  return (status?.podIPs ?? [{ ip: status?.podIP }]).some(({ ip }) => ip !== undefined && ip === addresses[0])
}
