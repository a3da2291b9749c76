import type { EndpointSlice, Pod, Service } from '../../api/index.ts'
import { badRequest, notFound, StatusError } from '../http/status-error.ts'
import type { ResourceInfo } from '../http/request-info.ts'
import type { Core } from '../registry/core.ts'
import type { Route } from './kubelet.ts'

/**
 * `/proxy` of a Pod or Service: to what runs there. The name may carry scheme and port, `http:web:80`. As upstream's
 * `pkg/registry/core/{pod,service}` `ResourceLocation`.
 */
export function proxied(core: Core, { plural, namespace, name, rest }: ResourceInfo, query: URLSearchParams): Route {
  const target = splitName(name)
  const text = query.toString()
  const path = (rest || '/') + (text && `?${text}`)
  const to = plural === 'pods' ? podEndpoint(core, namespace, target) : serviceEndpoint(core, namespace, target)
  return { to, path, kubelet: false }
}

interface Target {
  readonly name: string
  readonly port: string
}

function splitName(text: string): Target {
  const parts = text.split(':')
  const [scheme, name, port] = parts.length === 3 ? parts : ['', ...parts]
  if (scheme !== '' && scheme !== 'http') throw badRequest(`invalid proxy request "${text}": only http is proxied`)
  return { name: name ?? '', port: port ?? '' }
}

function read<T>(core: Core, plural: string, { namespace, name }: { namespace: string; name: string }): T {
  const entry = core.store.get(`//${plural}/${namespace}/${name}`)
  if (!entry) throw notFound({ group: '', plural, name })
  return JSON.parse(entry.value.toString()) as T
}

function podEndpoint(core: Core, namespace: string, { name, port }: Target): Route['to'] {
  const { spec, status } = read<Pod>(core, 'pods', { namespace, name })
  if (!status?.podIP) throw badRequest('address not allowed')
  const first = spec?.containers?.flatMap(({ ports }) => ports ?? [])[0]?.containerPort
  return { host: status.podIP, port: Number(port) || first || 80 }
}

function serviceEndpoint(core: Core, namespace: string, { name, port }: Target): Route['to'] {
  const { spec } = read<Service>(core, 'services', { namespace, name })
  const ports = spec?.ports ?? []
  const wanted =
    port === '' && ports.length === 1 ? ports[0] : ports.find((one) => one.name === port || String(one.port) === port)
  const found = wanted && readyEndpoint(core, { namespace, name }, wanted.name ?? '')
  if (found) return found
  throw new StatusError(503, 'ServiceUnavailable', `no endpoints available for service "${name}"`)
}

/** One that is ready, by lot. */
function readyEndpoint(
  core: Core,
  { namespace, name }: { namespace: string; name: string },
  portName: string,
): Route['to'] | undefined {
  const slices = core.store
    .list(`/discovery.k8s.io/endpointslices/${namespace}/`)
    .map(({ value }) => JSON.parse(value.toString()) as EndpointSlice)
  const found = slices
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(({ endpoints, ports }) => {
      const port = (ports ?? []).find((one) => (one.name ?? '') === portName)?.port
      const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
      return port ? ready.flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port }))) : []
    })
  return found.length === 0 ? undefined : found[core.random.below(found.length)]
}
