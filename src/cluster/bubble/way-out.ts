import { HOST_NAMESPACE } from '../../kernel/index.ts'
import type { Service } from './service.ts'

/**
 * The way out of the bubble: slirp4netns(1), which speaks to the world with sockets of the host's, as any of its programs does. So
 * nothing of the host's firewall or routes is touched, and it ends with the bubble. IPv4 only; the host's own loopback stays its own.
 */
const DEVICE = 'tap0'
/** Of the block that RFC 2544 sets apart for tests of network gear: nobody has it at home. */
const NETWORK = '198.19.255.0/25'

/** Where slirp4netns answers for the host's own resolver: the third address of its network. */
export const HOST_RESOLVER = '198.19.255.3'

/** The host's resolv.conf(5), which slirp4netns reads, and that of nodes and of Pods with `dnsPolicy: Default`. */
const [HOST_FILE, NODE_FILE] = ['/run/portolan/resolv.conf.host', '/run/portolan/resolv.conf']

/**
 * For sh(1), with the host's resolv.conf in `$resolver`: everything behind the way out is seen as the bubble itself, and asks the
 * host's resolver, which may well be on the host's own loopback. Where the file was a link into /run, its place is made anew.
 */
export const wayOutCommands = `nft -f - <<.
table ip portolan-way-out {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "${DEVICE}" masquerade
  }
}
.
echo "$resolver" >${HOST_FILE}
{ echo nameserver ${HOST_RESOLVER}; echo "$resolver" | grep -E '^(search|domain|options)' || :; } >${NODE_FILE}
place=$(readlink -m /etc/resolv.conf)
case $place in /run/*) mkdir -p "\${place%/*}"; [ -e "$place" ] || : >"$place" ;; esac
if [ -e "$place" ]; then mount --bind ${NODE_FILE} /etc/resolv.conf; fi`

export const wayOutService = (): Service => {
  const options = `--configure --mtu=1500 --disable-host-loopback --cidr=${NETWORK} --netns-type=path`
  const slirp = `nsenter --net=/proc/self/fd/${HOST_NAMESPACE} slirp4netns ${options} /proc/1/ns/net ${DEVICE}`
  const script = `[ ! -e /etc/resolv.conf ] || mount --bind ${HOST_FILE} /etc/resolv.conf; exec ${slirp}`
  return { name: 'way-out', descriptors: true, command: ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script] }
}
