import type { IPAddress, Service } from '../../api/index.ts'

/** What is wrong between Services and the objects of their addresses. */
export interface Repairs {
  /** A Service has the address, and nothing says so. */
  readonly missing: readonly { readonly address: string; readonly service: Service }[]
  /** The address is kept for a Service that isn't there, or has it no more. */
  readonly leaked: readonly IPAddress[]
  /** Two Services have it; the first one may keep it. */
  readonly shared: readonly { readonly address: string; readonly service: Service }[]
}

const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by'

const nameOf = ({ metadata }: Service): string => `${metadata.namespace}/${metadata.name}`

/**
 * Compares Services with IPAddresses; empty when all is well. Only addresses that this server made are taken away. As
 * upstream's `pkg/registry/core/service/ipallocator/controller/repairip.go`.
 */
export function planRepairs(services: readonly Service[], addresses: readonly IPAddress[]): Repairs {
  const owners = new Map<string, string>()
  const known = new Set(addresses.map(({ metadata }) => metadata.name))
  const missing: Repairs['missing'][number][] = []
  const shared: Repairs['shared'][number][] = []
  for (const service of services) {
    for (const address of heldBy(service)) {
      if (owners.has(address)) shared.push({ address, service })
      else {
        owners.set(address, nameOf(service))
        if (!known.has(address)) missing.push({ address, service })
      }
    }
  }
  return { missing, shared, leaked: addresses.filter((object) => isLeaked(object, owners)) }
}

function heldBy({ spec }: Service): readonly string[] {
  return spec?.type === 'ExternalName' ? [] : (spec?.clusterIPs ?? []).filter((address) => address !== 'None' && address !== '')
}

function isLeaked({ metadata, spec }: IPAddress, owners: ReadonlyMap<string, string>): boolean {
  if (metadata.labels?.[MANAGED_BY] !== 'ipallocator.k8s.io') return false
  const { namespace, name } = spec.parentRef
  return owners.get(metadata.name ?? '') !== `${namespace}/${name}`
}
