import type { Service } from '../../generated/types.gen.ts'
import { cidrWarnings, ipWarnings } from '../../ip.ts'

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints'
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode'

/** As upstream's `GetWarningsForService` in `pkg/api/service/warnings.go`. */
export function serviceWarnings({ metadata, spec = {} }: Service): string[] {
  const { externalIPs = [], clusterIPs = [], loadBalancerIP = '' } = spec
  const found: string[] = []
  if (metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    found.push(`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`)
  }
  if (spec.clusterIP && spec.clusterIP !== 'None') {
    found.push(...clusterIPs.flatMap((ip, index) => ipWarnings(`spec.clusterIPs[${index}]`, ip)))
  }
  if (spec.type === 'ClusterIP' && spec.clusterIP === 'None') found.push(...ignoredWhenHeadless(spec))
  // Since 1.36, as CVE-2020-8554 can't be mended otherwise.
  if (externalIPs.length > 0) found.push('spec.externalIPs is deprecated')
  found.push(...externalIPs.flatMap((ip, index) => ipWarnings(`spec.externalIPs[${index}]`, ip)))
  if (loadBalancerIP !== '') found.push(...ipWarnings('spec.loadBalancerIP', loadBalancerIP))
  const ranges = spec.loadBalancerSourceRanges ?? []
  found.push(...ranges.flatMap((range, index) => cidrWarnings(`spec.loadBalancerSourceRanges[${index}]`, range)))
  if (spec.type === 'ExternalName' && externalIPs.length > 0)
    found.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  if (spec.type !== 'ExternalName' && spec.externalName)
    found.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  if (spec.trafficDistribution === 'PreferClose') {
    found.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
  }
  return found
}

function ignoredWhenHeadless({ loadBalancerIP, externalIPs, sessionAffinity }: NonNullable<Service['spec']>): string[] {
  const found: string[] = []
  if (loadBalancerIP) found.push('spec.loadBalancerIP is ignored for headless services')
  if (externalIPs?.length) found.push('spec.externalIPs is ignored for headless services')
  if (sessionAffinity !== 'None') found.push('spec.SessionAffinity is ignored for headless services')
  return found
}
