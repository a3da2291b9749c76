import type { Service, ServicePort } from '../../generated/types.gen.ts'
import type { Column } from '../../kind.ts'
import { age, formatLabels, text, wide } from '../../printing/columns.ts'

/** As upstream's `printService`, which clips nothing: it fills the wide columns too. */
export const serviceColumns: readonly Column<Service>[] = [
  text('Type', 'How the Service is published.', (service) => service.spec?.type ?? ''),
  text('Cluster-IP', 'The address inside the cluster.', (service) => service.spec?.clusterIPs?.[0] ?? '<none>'),
  text('External-IP', 'The addresses outside the cluster.', externalIP),
  text('Port(s)', 'The ports, with their node ports.', (service) => ports(service.spec?.ports ?? [])),
  age,
  wide('Selector', 'The labels of the Pods behind the Service.', (service) => formatLabels(service.spec?.selector)),
]

function externalIP(service: Service): string {
  const { type, externalIPs = [], externalName = '' } = service.spec ?? {}
  if (type === 'ExternalName') return externalName
  if (type !== 'LoadBalancer') return externalIPs.join(',') || '<none>'
  return [...loadBalancerAddresses(service.status?.loadBalancer?.ingress), ...externalIPs].join(',') || '<pending>'
}

/** The distinct addresses, in alphabetical order; a host name where there is no IP. */
export function loadBalancerAddresses(
  ingress: ReadonlyArray<{ readonly ip?: string; readonly hostname?: string }> | undefined,
): string[] {
  const addresses = (ingress ?? []).map((entry) => entry.ip || entry.hostname || '').filter((address) => address !== '')
  return [...new Set(addresses)].sort()
}

function ports(all: readonly ServicePort[]): string {
  if (all.length === 0) return '<none>'
  return all.map((port) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${port.protocol}`).join(',')
}
