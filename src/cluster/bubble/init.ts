import { API_SOCKET, HOST_NAMESPACE, LIFELINE } from '../../kernel/index.ts'
import type { ClusterSpec } from '../spec.ts'
import { cgroupCommands, sweepNodeCgroups } from './cgroups.ts'
import { networkCommands, networkFunctions } from './network.ts'
import type { Service } from './service.ts'
import { wayOutCommands, wayOutService } from './way-out.ts'

export interface Places {
  /** The file of {@link functionsScript}. */
  readonly functions: string
  /** The cluster's folder in each hierarchy of cgroups. */
  readonly cgroups: string
}

/**
 * The first process of the bubble, as a program for sh(1): makes the machine (mounts, the nodes' network), starts every
 * service, starts anew what ends, and takes leave of the orphans of containers, as init does. It stays a shell because
 * it must be small, must never fail, and must reap children it doesn't know.
 */
export function initScript(spec: ClusterSpec, services: readonly Service[], { functions, cgroups }: Places): string {
  return `# Made by portolan up. The bubble's first process: when it ends, the kernel takes everything in it away.
set -e
. ${quote(functions)}
resolver=$(cat /etc/resolv.conf 2>/dev/null || :)
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/portolan/stopped /run/portolan/removed
${cgroupCommands(cgroups)}
${networkCommands(spec)}
${spec.wayOut ? wayOutCommands(spec) : ''}
set +e

${services.map(serveCommand).join('\n')}
wait
`
}

function serveCommand({ name, command, descriptors }: Service): string {
  const others = descriptors ? [LIFELINE] : [API_SOCKET, HOST_NAMESPACE, LIFELINE]
  const kept = others.map((descriptor) => ` ${descriptor}<&-`).join('')
  return `serve ${name} ${command.map(quote).join(' ')}${kept} &`
}

/** What the first process can do, and what {@link import('../commands/nodes.ts')} has done in the bubble later. */
export function functionsScript(spec: ClusterSpec, logs: string): string {
  return `# Made by portolan up, for sh(1) inside the bubble.

# Runs a service for ever; one that fails at once is given a pause that grows to five seconds. A node that is stopped has a pause
# until it is started, and one that is removed has no service.
serve() {
  name=$1; shift; pause=0.1
  while [ ! -e /run/portolan/removed/$name ]; do
    if [ -e /run/portolan/stopped/$name ]; then sleep 0.1; pause=0.1; continue; fi
    began=$(date +%s)
    "$@" >>${quote(logs)}/$name.log 2>&1
    echo "$name ended with $?; starting it again" >>${quote(logs)}/init.log
    if [ $(( $(date +%s) - began )) -gt 10 ]; then pause=0.1; else pause=$(pause_after $pause); fi
    sleep $pause
  done
}
pause_after() { case $1 in 0.1) echo 0.5 ;; 0.5) echo 2 ;; *) echo 5 ;; esac; }

${networkFunctions(spec)}
# stop_node NAME: the power goes. Every process of the node and of its Pods is killed, its memory and its cable are gone.
stop_node() {
  : >/run/portolan/stopped/$1
  spaces="$1 $(ls /run/portolan/$1/sandboxes 2>/dev/null)"
  for try in 1 2 3 4 5 6 7 8 9 10; do
    pids=$(for space in $spaces; do ip netns pids $space 2>/dev/null; done)
    [ "$pids" ] || break
    kill -9 $pids 2>/dev/null
    sleep 0.05
  done
  for space in $spaces; do ip netns delete $space 2>/dev/null; done
  for point in $(cut -d ' ' -f 5 /proc/self/mountinfo); do
    case $point in /run/portolan/$1/*) umount -l $point 2>/dev/null ;; esac
  done
  rm -rf /run/portolan/$1
  ${sweepNodeCgroups}
}
`
}

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
  return [
    controlPlane,
    ...(spec.wayOut ? [wayOutService(spec)] : []),
    ...spec.nodes.map(({ name }) => nodeService(name, program, root)),
  ]
}

const nodeService = (name: string, program: readonly string[], root: string): Service => ({
  name,
  descriptors: false,
  command: ['nsenter', `--net=/run/netns/${name}`, ...program, 'node-agent', '--data', root, '--node-name', name],
})

/**
 * Starts a new node's service in a bubble that runs already, where it belongs to the first process from then on. Whoever asks must
 * not wait for it, so it lets go of the caller's output; a redirection of the function would keep copies of it.
 */
export const serveNode = (name: string, program: readonly string[], root: string): string =>
  `(exec </dev/null >/dev/null 2>&1; serve ${name} ${nodeService(name, program, root).command.map(quote).join(' ')}) &`
