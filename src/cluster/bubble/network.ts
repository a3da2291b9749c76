import { addressesOf, controlPlaneIP, inFamilies, numberOf, outsideIP } from '../addresses.ts'
import type { ClusterSpec } from '../spec.ts'

/** Names of the bubble's own interfaces: the switch between nodes, and what the laptop outside is called. */
export const BRIDGE = 'br0'
export const OUTSIDE = 'outside'

/** For sh(1): the switch, the laptop outside and the nodes; one ip(8) batch here, and one in each namespace. */
export function networkCommands(spec: ClusterSpec): string {
  const machines = [{ name: OUTSIDE, ip: outsideIP(spec) }, ...spec.nodes]
  const here = [
    'link set lo up',
    `link add ${BRIDGE} type bridge${spec.ipv6 ? ' mcast_snooping 0' : ''}`,
    ...routerAddresses(spec, controlPlaneIP(spec), BRIDGE),
    `link set ${BRIDGE} up`,
    ...machines.map(({ name }) => `netns add ${name}`),
    ...machines.flatMap(({ name }) => cable(name)),
  ]
  return [
    'set_routing',
    batch('ip -batch -', here),
    batch(`ip -n ${OUTSIDE} -batch -`, outsideCommands(spec)),
    ...spec.nodes.map(({ name, ip }) => batch(`configure_node ${name}`, nodeCommands(spec, ip))),
  ].join('\n')
}

/** For sh(1), with {@link networkFunctions}: one node more, with its cable in the switch. */
export const startNodeCommand = (spec: ClusterSpec, { name, ip }: { readonly name: string; readonly ip: string }): string =>
  `${batch(`start_node ${name}`, nodeCommands(spec, ip))}\n`

/** A machine's cable, one end of which is in the switch. */
const cable = (name: string): string[] => [
  `link add ${name} type veth peer name eth0 netns ${name}`,
  `link set ${name} master ${BRIDGE} up`,
]

const outsideCommands = (spec: ClusterSpec): string[] => [
  'link set lo up',
  ...silent(spec, 'eth0'),
  ...addresses(spec, outsideIP(spec), 'eth0'),
  'link set eth0 up',
  ...wayOn(spec),
]

const nodeCommands = (spec: ClusterSpec, ip: string): string[] => [
  'link set lo up',
  ...routerAddresses(spec, ip, 'eth0'),
  'link set eth0 up',
  ...wayOn(spec),
]

/** Everything else goes by the control plane, which leads to where the bubble does. */
const wayOn = (spec: ClusterSpec): string[] =>
  addressesOf(spec, controlPlaneIP(spec)).map((gateway) => `route add default via ${gateway}`)

/** The kernel gives the interface no address of its own choice: it would ask for two seconds whether anybody has it, and for routers. */
const silent = ({ ipv6 }: ClusterSpec, device: string): string[] => (ipv6 ? [`link set ${device} addrgenmode none`] : [])

/** Nobody else has them, so nobody is asked (nodad). */
function addresses(spec: ClusterSpec, ip: string, device: string): string[] {
  const prefixes = inFamilies(spec, 'nodeCIDR').map((range) => range.split('/')[1])
  return addressesOf(spec, ip).map(
    (address, family) => `addr add ${address}/${prefixes[family]} dev ${device}${family === 0 ? '' : ' nodad'}`,
  )
}

/** Who passes on others' packets asks for neighbours by a link-local address; it has the number of the others. */
function routerAddresses(spec: ClusterSpec, ip: string, device: string): string[] {
  const own = addresses(spec, ip, device)
  if (!spec.ipv6) return own
  const number = numberOf(spec.nodeCIDR, ip).toString(16)
  return [...silent(spec, device), ...own, `addr add fe80::${number}/64 dev ${device} nodad`]
}

const batch = (command: string, lines: readonly string[]): string => `${command} <<.\n${lines.join('\n')}\n.`

const FORWARDING = { ipv4: 'echo 1 >/proc/sys/net/ipv4/ip_forward', ipv6: 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding' }
/** Of IPv6, what is plugged into the switch needs no address of its own. */
const SILENT_PORTS = 'echo 1 >/proc/sys/net/ipv6/conf/default/addr_gen_mode'

/** What the first process knows of the network, as functions for sh(1). */
export function networkFunctions({ ipv6 }: ClusterSpec): string {
  const routing = [FORWARDING.ipv4, ...(ipv6 ? [FORWARDING.ipv6, SILENT_PORTS] : [])]
  const configure = ipv6
    ? `nsenter --net=/run/netns/$1 sh -ec '${FORWARDING.ipv6}; exec ip -batch -'` // a router before it has a link: routers ask for none
    : 'ip -n $1 -batch -'
  return `# Here packets are passed on.
set_routing() { ${routing.join('; ')}; }

# configure_node NAME: brings its network up, by ip(8) commands from standard input.
configure_node() { ${configure}; }

# start_node NAME: the machine is there, with its cable in the switch; the same input.
start_node() {
  ip netns add $1
  ip -batch - <<.
${cable('$1').join('\n')}
.
  configure_node $1
  rm -f /run/portolan/stopped/$1 /run/portolan/removed/$1
}
`
}
