import {
  CLUSTER_IPS,
  endpointsMap,
  type Family,
  HAIRPIN_ENDPOINTS,
  MARK_FOR_MASQUERADE,
  MASQUERADE_MARK,
  NO_ENDPOINT_NODEPORTS,
  NO_ENDPOINT_SERVICES,
  nodePortEndpointsMap,
  PROTOCOLS,
  REJECT_CHAIN,
  SERVICE_IPS,
  SERVICE_NODEPORTS,
  TABLE,
} from './names.ts'

export interface BaseOptions {
  readonly family: Family
  /** Where Pods have their addresses; a source outside is masqueraded on its way to a cluster IP. Undefined: never. */
  readonly podCIDR: string | undefined
  /** Where cluster IPs come from: packets to addresses of these ranges that no Service has are dropped. */
  readonly serviceCIDRs: readonly string[]
}

/**
 * Everything of the table but its elements: a constant for a cluster. Each rule's reason stands in the component's
 * README beside the map of netfilter's hooks.
 */
export function baseTable({ family, podCIDR, serviceCIDRs }: BaseOptions): string {
  const address = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'
  const frontend = `${family} daddr . meta l4proto . th dport`
  const offCluster =
    podCIDR === undefined ? '' : `    ${family} daddr @${CLUSTER_IPS} ${family} saddr != ${podCIDR} jump ${MARK_FOR_MASQUERADE}\n`
  const unallocated = serviceCIDRs.length === 0 ? '' : `    ${family} daddr { ${serviceCIDRs.join(', ')} } drop\n`
  return `table ${family} ${TABLE} {
  map ${SERVICE_IPS} { type ${address} . inet_proto . inet_service : verdict; }
  map ${SERVICE_NODEPORTS} { type inet_proto . inet_service : verdict; }
${endpointMaps(family)}
  map ${NO_ENDPOINT_SERVICES} { type ${address} . inet_proto . inet_service : verdict; }
  map ${NO_ENDPOINT_NODEPORTS} { type inet_proto . inet_service : verdict; }
  set ${CLUSTER_IPS} { type ${address}; }
  set ${HAIRPIN_ENDPOINTS} { type ${address} . ${address}; }

  chain ${MARK_FOR_MASQUERADE} {
    meta mark set meta mark or ${MASQUERADE_MARK}
  }
  chain ${REJECT_CHAIN} {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain services {
${offCluster}    ${frontend} vmap @${SERVICE_IPS}
    fib daddr type local meta l4proto . th dport vmap @${SERVICE_NODEPORTS}
  }
  chain refusals {
    ${frontend} vmap @${NO_ENDPOINT_SERVICES}
    fib daddr type local meta l4proto . th dport vmap @${NO_ENDPOINT_NODEPORTS}
    ${family} daddr @${CLUSTER_IPS} goto ${REJECT_CHAIN}
${unallocated}  }

  chain nat-prerouting {
    type nat hook prerouting priority dstnat;
    jump services
  }
  chain nat-output {
    type nat hook output priority -100;
    jump services
  }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat;
    ct status dnat ${family} saddr . ${family} daddr @${HAIRPIN_ENDPOINTS} masquerade fully-random
    meta mark and ${MASQUERADE_MARK} == 0 return
    meta mark set meta mark xor ${MASQUERADE_MARK}
    masquerade fully-random
  }
  chain filter-input {
    type filter hook input priority -110;
    ct state new jump refusals
  }
  chain filter-forward {
    type filter hook forward priority -110;
    ct state invalid drop
    ct state new jump refusals
  }
  chain filter-output {
    type filter hook output priority -90;
    ct state new jump refusals
  }
}
`
}

/** `numgen` gives a number of no named type, so these maps are declared by what they are used with. */
function endpointMaps(family: Family): string {
  const maps = PROTOCOLS.flatMap((protocol) => {
    const target = `${family} daddr . ${protocol} dport`
    return [
      `  map ${endpointsMap(protocol)} { typeof ${target} . numgen random mod 65536 : ${target}; }`,
      `  map ${nodePortEndpointsMap(protocol)} { typeof ${protocol} dport . numgen random mod 65536 : ${target}; }`,
    ]
  })
  return maps.join('\n')
}
