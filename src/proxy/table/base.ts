import {
  affinityNodePorts,
  affinityServices,
  ALLOWED_SOURCES,
  clientsMap,
  CLUSTER_IPS,
  endpointsMap,
  type Family,
  FIREWALLED,
  HAIRPIN_ENDPOINTS,
  INVALID_PACKETS,
  LOCALHOST_PACKETS,
  MARK_FOR_MASQUERADE,
  MASQUERADE_MARK,
  NO_ENDPOINT_NODEPORTS,
  NO_ENDPOINT_SERVICES,
  nodePortClientsMap,
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
 * Everything of the table but its elements and the chains on demand: a constant for a cluster. Each rule's reason stands in
 * the component's README beside the map of netfilter's hooks.
 */
export const baseTable = (base: BaseOptions): string => `table ${base.family} ${TABLE} {
${objects(base.family)}

${dispatchChains(base)}
${hookChains(base.family)}}
`

function objects(family: Family): string {
  const address = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'
  return `  counter ${INVALID_PACKETS} { }
  counter ${LOCALHOST_PACKETS} { }
  map ${SERVICE_IPS} { type ${address} . inet_proto . inet_service : verdict; }
  map ${SERVICE_NODEPORTS} { type inet_proto . inet_service : verdict; }
${endpointMaps(family)}
  map ${NO_ENDPOINT_SERVICES} { type ${address} . inet_proto . inet_service : verdict; }
  map ${NO_ENDPOINT_NODEPORTS} { type inet_proto . inet_service : verdict; }
  set ${CLUSTER_IPS} { type ${address}; }
  set ${HAIRPIN_ENDPOINTS} { type ${address} . ${address}; }
  set ${FIREWALLED} { type ${address} . inet_proto . inet_service; }
  set ${ALLOWED_SOURCES} { type ${address} . inet_proto . inet_service . ${address}; flags interval; }
${affinityMaps(address)}`
}

/** What the hooks' chains jump to: where a packet goes, whether it may, and what is kept of it. */
function dispatchChains({ family, podCIDR, serviceCIDRs }: BaseOptions): string {
  const frontend = `${family} daddr . meta l4proto . th dport`
  const offCluster =
    podCIDR === undefined ? '' : `    ${family} daddr @${CLUSTER_IPS} ${family} saddr != ${podCIDR} jump ${MARK_FOR_MASQUERADE}\n`
  const unallocated = serviceCIDRs.length === 0 ? '' : `    ${family} daddr { ${serviceCIDRs.join(', ')} } drop\n`
  return `  chain ${MARK_FOR_MASQUERADE} {
    meta mark set meta mark or ${MASQUERADE_MARK}
  }
  chain ${REJECT_CHAIN} {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain services {
${offCluster}    ${frontend} vmap @${SERVICE_IPS}
    ${nodePort(family)} vmap @${SERVICE_NODEPORTS}
  }
  chain refusals {
    ${frontend} vmap @${NO_ENDPOINT_SERVICES}
    ${nodePort(family)} vmap @${NO_ENDPOINT_NODEPORTS}
    ${family} daddr @${CLUSTER_IPS} goto ${REJECT_CHAIN}
${unallocated}  }
  chain firewall {
    ${frontend} @${FIREWALLED} ${frontend} . ${family} saddr != @${ALLOWED_SOURCES} drop
  }
  chain remember {
${rememberRules(family)}
  }
`
}

/** Every address of the node has node ports, but not ::1, from which no packet can leave a host (kube-proxy's README). */
const nodePort = (family: Family): string =>
  `${family === 'ip6' ? 'ip6 daddr != ::1 ' : ''}fib daddr type local meta l4proto . th dport`

/** In the order in which packets meet them. */
function hookChains(family: Family): string {
  const loopback = family === 'ip' ? '127.0.0.0/8' : '::1'
  const translated = `ct state new jump refusals
    ct state new ct status dnat jump remember`
  return `  chain raw-prerouting {
    type filter hook prerouting priority raw;
    iif != "lo" ${family} saddr ${loopback} drop
    iif != "lo" ${family} daddr ${loopback} drop
  }
  chain filter-prerouting {
    type filter hook prerouting priority -110;
    ct state new jump firewall
  }
  chain filter-output-before {
    type filter hook output priority -110;
    ct state new jump firewall
  }
  chain nat-prerouting {
    type nat hook prerouting priority dstnat;
    jump services
  }
  chain nat-output {
    type nat hook output priority -100;
    jump services
  }
  chain filter-input {
    type filter hook input priority -110;
    ${translated}
  }
  chain filter-forward {
    type filter hook forward priority -110;
    ct state invalid counter name "${INVALID_PACKETS}" drop
    ${translated}
  }
  chain filter-output {
    type filter hook output priority -90;
    ${translated}
${family === 'ip' ? `    ct state new ct status dnat ct original ip daddr ${loopback} counter name "${LOCALHOST_PACKETS}"\n` : ''}  }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat;
    ct status dnat ${family} saddr . ${family} daddr @${HAIRPIN_ENDPOINTS} masquerade fully-random
    meta mark and ${MASQUERADE_MARK} == 0 return
    meta mark set meta mark xor ${MASQUERADE_MARK}
    masquerade fully-random
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

/** How many clients are remembered at most for one protocol; beyond it, new ones get any endpoint. */
const MAX_CLIENTS = 65_536

/** Maps that packets fill. Every element brings its Service's timeout; the map's own is the most that a Service may have. */
function affinityMaps(address: string): string {
  const kept = `flags dynamic,timeout; timeout 1d; size ${MAX_CLIENTS};`
  const maps = PROTOCOLS.flatMap((protocol) => [
    `  map ${affinityServices(protocol)} { type ${address} . inet_service : verdict; }`,
    `  map ${affinityNodePorts(protocol)} { type inet_service : verdict; }`,
    `  map ${clientsMap(protocol)} { type ${address} . ${address} . inet_service : ${address} . inet_service; ${kept} }`,
    `  map ${nodePortClientsMap(protocol)} { type ${address} . inet_service : ${address} . inet_service; ${kept} }`,
  ])
  return maps.join('\n')
}

/** After translation, so that it is the endpoint which is remembered; the frontend is what the connection was first for. */
function rememberRules(family: Family): string {
  const rules = PROTOCOLS.flatMap((protocol) => [
    `    meta l4proto ${protocol} ct original ${family} daddr . ct original proto-dst vmap @${affinityServices(protocol)}`,
    `    meta l4proto ${protocol} ct original proto-dst vmap @${affinityNodePorts(protocol)}`,
  ])
  return rules.join('\n')
}
