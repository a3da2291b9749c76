import { API_SOCKET, HOST_NAMESPACE } from '../kernel/index.ts'
import { type ClusterSpec, controlPlaneIP, nodesOf, outsideIP } from './spec.ts'

/** One long-running process of the bubble. */
export interface Service {
  readonly name: string
  /** Program and arguments. */
  readonly command: readonly string[]
  /** Whether it is given what the host handed down: a socket and the way back to the host's network. */
  readonly descriptors: boolean
}

/** Names of the bubble's own interfaces: the switch between nodes, and what the laptop outside is called. */
export const BRIDGE = 'br0'
export const OUTSIDE = 'outside'

/**
 * The first process of the bubble, as a program for sh(1): makes the machine (mounts, the nodes' network), starts every
 * service, starts anew what ends, and takes leave of the orphans of containers, as init does. It stays a shell because
 * it must be small, must never fail, and must reap children it doesn't know.
 */
export function initScript(spec: ClusterSpec, services: readonly Service[], logs: string): string {
  return `# Made by portolan up. The bubble's first process: when it ends, the kernel takes everything in it away.
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/portolan
while umount -l /sys/fs/cgroup 2>/dev/null; do :; done
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || :
echo 1 > /proc/sys/net/ipv4/ip_forward
${networkCommands(spec)}
set +e

# Runs a service for ever; one that fails at once is given a pause that grows to five seconds.
serve() {
  name=$1; shift; pause=0.1
  while :; do
    began=$(date +%s)
    "$@" >>${quote(logs)}/$name.log 2>&1
    echo "$name ended with $?; starting it again" >>${quote(logs)}/init.log
    if [ $(( $(date +%s) - began )) -gt 10 ]; then pause=0.1; else pause=$(pause_after $pause); fi
    sleep $pause
  done
}
pause_after() { case $1 in 0.1) echo 0.5 ;; 0.5) echo 2 ;; *) echo 5 ;; esac; }

${services.map(serveCommand).join('\n')}
wait
`
}

function serveCommand({ name, command, descriptors }: Service): string {
  const kept = descriptors ? '' : ` ${API_SOCKET}<&- ${HOST_NAMESPACE}<&-`
  return `serve ${name} ${command.map(quote).join(' ')}${kept} &`
}

/** The switch, the laptop outside and the nodes: one ip(8) batch here, and one in each namespace. */
function networkCommands(spec: ClusterSpec): string {
  const prefix = spec.nodeCIDR.split('/')[1]
  const gateway = controlPlaneIP(spec)
  const hosts = [{ name: OUTSIDE, ip: outsideIP(spec) }, ...nodesOf(spec)]
  const here = [
    'link set lo up',
    `link add ${BRIDGE} type bridge`,
    `addr add ${gateway}/${prefix} dev ${BRIDGE}`,
    `link set ${BRIDGE} up`,
    ...hosts.map(({ name }) => `netns add ${name}`),
    ...hosts.flatMap(({ name }) => [
      `link add ${name} type veth peer name eth0 netns ${name}`,
      `link set ${name} master ${BRIDGE} up`,
    ]),
  ]
  const there = (ip: string): string[] => [
    'link set lo up',
    `addr add ${ip}/${prefix} dev eth0`,
    'link set eth0 up',
    `route add default via ${gateway}`,
  ]
  return [batch('ip -batch -', here), ...hosts.map(({ name, ip }) => batch(`ip -n ${name} -batch -`, there(ip)))].join('\n')
}

const batch = (command: string, lines: readonly string[]): string => `${command} <<.\n${lines.join('\n')}\n.`

/** Quoted for sh: nothing in it means anything. */
const quote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** The processes of a cluster: the control plane here, and one for each node in the node's network namespace. */
export function servicesOf(spec: ClusterSpec, program: readonly string[], root: string): readonly Service[] {
  const controlPlane = {
    name: 'control-plane',
    descriptors: true,
    command: [
      ...program,
      'control-plane',
      '--data',
      root,
      '--listen-fd',
      String(API_SOCKET),
      '--host-fd',
      String(HOST_NAMESPACE),
    ],
  }
  const nodes = nodesOf(spec).map(({ name }) => ({
    name,
    descriptors: false,
    command: ['nsenter', `--net=/run/netns/${name}`, ...program, 'node-agent', '--data', root, '--node-name', name],
  }))
  return [controlPlane, ...nodes]
}
