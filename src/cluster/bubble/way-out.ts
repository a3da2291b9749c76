import { HOST_NAMESPACE } from '../../kernel/index.ts'
import type { AddressPlan } from '../addresses.ts'
import type { Service } from './service.ts'

/**
 * The way out of the bubble: slirp4netns(1), which speaks to the world with sockets of the host's, as any of its programs does. So
 * nothing of the host's firewall or routes is touched, and it ends with the bubble. The host's own loopback stays its own.
 */
const DEVICE = 'tap0'
/** Of the block that RFC 2544 sets apart for tests of network gear: nobody has it at home. The bubble is 100 in it, slirp4netns 2. */
const NETWORK = '198.19.255.0/25'

/** Where slirp4netns answers for the host's own resolver: the third address of its network. */
export const HOST_RESOLVER = '198.19.255.3'

/** In ip(8)'s language. The device is there before slirp4netns is, and outlives it, so a new one finds everything as it was. */
const DEVICE_COMMANDS = [
  `tuntap add dev ${DEVICE} mode tap`,
  `addr add 198.19.255.100/25 dev ${DEVICE}`,
  `link set ${DEVICE} mtu 1500 up`,
  'route add default via 198.19.255.2',
]
/** slirp4netns has one network for IPv6, fd00::/64. A router asks for it by a link-local address. */
const DEVICE_COMMANDS_IPV6 = [
  `addr add fe80::100/64 dev ${DEVICE} nodad`,
  `addr add fd00::100/64 dev ${DEVICE} nodad`,
  'route add default via fd00::2',
]

/** The host's resolv.conf(5), which slirp4netns reads, and that of nodes and of Pods with `dnsPolicy: Default`. */
const [HOST_FILE, NODE_FILE] = ['/run/portolan/resolv.conf.host', '/run/portolan/resolv.conf']

/**
 * For sh(1), with the host's resolv.conf in `$resolver`: everything behind the way out is seen as the bubble itself, and asks the
 * host's resolver, which may well be on the host's own loopback. Where the file was a link into /run, its place is made anew. Without
 * /dev/net/tun there is no way out, and the rest is there.
 */
export const wayOutCommands = ({ ipv6 }: AddressPlan): string => `ip -batch - <<. || :
${[...DEVICE_COMMANDS, ...(ipv6 ? DEVICE_COMMANDS_IPV6 : [])].join('\n')}
.
nft -f - <<.
${masquerade('ip')}${ipv6 ? masquerade('ip6') + SAY_WHO : ''}.
echo "$resolver" >${HOST_FILE}
{ echo nameserver ${HOST_RESOLVER}; echo "$resolver" | grep -E '^(search|domain|options)' || :; } >${NODE_FILE}
place=$(readlink -m /etc/resolv.conf)
case $place in /run/*) mkdir -p "\${place%/*}"; [ -e "$place" ] || : >"$place" ;; esac
if [ -e "$place" ]; then mount --bind ${NODE_FILE} /etc/resolv.conf; fi`

const masquerade = (family: string): string => `table ${family} portolan-way-out {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "${DEVICE}" masquerade
  }
}
`

/** That nobody is there slirp4netns says by its link-local address, which no router passes on. */
const SAY_WHO = `add chain ip6 portolan-way-out prerouting { type filter hook prerouting priority raw; }
add rule ip6 portolan-way-out prerouting iifname "${DEVICE}" ip6 saddr fe80::/10 icmpv6 type destination-unreachable ip6 saddr set fd00::2
`

export function wayOutService({ ipv6 }: AddressPlan): Service {
  const options = `--mtu=1500 --disable-host-loopback --cidr=${NETWORK}${ipv6 ? ' --enable-ipv6' : ''} --netns-type=path`
  const slirp = `nsenter --net=/proc/self/fd/${HOST_NAMESPACE} slirp4netns ${options} /proc/1/ns/net ${DEVICE}`
  const script = `[ ! -e /etc/resolv.conf ] || mount --bind ${HOST_FILE} /etc/resolv.conf; exec ${slirp}`
  return { name: 'way-out', descriptors: true, command: ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script] }
}
