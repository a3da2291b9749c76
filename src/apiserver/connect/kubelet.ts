import type { Node, Pod } from '../../api/index.ts'
import { badRequest, internalError, notFound } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'

/** Where a kubelet serves. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** The kubelet that runs `pod`. Throws BadRequest when none does yet, InternalError when its node isn't to be found. */
export function kubeletOf(core: Core, { metadata, spec }: Pod): Endpoint {
  if (!spec?.nodeName) throw badRequest(`pod ${metadata.name} does not have a host assigned`)
  if (!core.store.get(`//nodes/${spec.nodeName}`)) throw internalError(`nodes "${spec.nodeName}" not found`)
  return kubeletOfNode(core, spec.nodeName)
}

/** The kubelet of a node. Throws NotFound, or InternalError when the node doesn't say where. */
export function kubeletOfNode(core: Core, name: string): Endpoint {
  const entry = core.store.get(`//nodes/${name}`)
  if (!entry) throw notFound({ group: '', plural: 'nodes', name })
  const { status } = JSON.parse(entry.value.toString()) as Node
  const host = addressOf(status?.addresses ?? [])
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port
  if (!host || !port) throw internalError(`node "${name}" does not say where its kubelet serves`)
  return { host, port }
}

/** Upstream prefers the host name, which it can look up; here only addresses lead anywhere. */
const addressOf = (addresses: readonly { readonly type: string; readonly address: string }[]): string | undefined =>
  ['InternalIP', 'ExternalIP'].flatMap((wanted) => addresses.filter(({ type }) => type === wanted))[0]?.address

/**
 * The container that is meant: the one that is named, or the only one. Throws BadRequest in upstream's words
 * (`pkg/registry/core/pod/strategy.go`).
 */
export function containerOf({ metadata, spec }: Pod, wanted: string | null): string {
  const names = (spec?.containers ?? []).map(({ name }) => name)
  const others = [...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])].map(({ name }) => name)
  if (wanted) {
    if (names.includes(wanted) || others.includes(wanted)) return wanted
    throw badRequest(`container ${wanted} is not valid for pod ${metadata.name}`)
  }
  if (names.length === 1) return names[0] as string
  const choice = `choose one of: [${names.join(' ')}]`
  const init =
    (spec?.initContainers ?? []).length > 0
      ? ` or one of the init containers: [${(spec?.initContainers ?? []).map(({ name }) => name).join(' ')}]`
      : ''
  throw badRequest(`a container name must be specified for pod ${metadata.name}, ${choice}${init}`)
}

/** Who answers a request in this server's stead, and what to ask it. */
export interface Route {
  readonly to: Endpoint
  /** Path and query there. */
  readonly path: string
  /** A kubelet is shown the server's certificate, and must show one of the cluster's; others' are not looked at. */
  readonly over: 'kubelet' | 'https' | 'http'
}
