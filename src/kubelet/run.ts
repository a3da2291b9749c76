import { mkdir } from 'node:fs/promises'
import { type Node, nodes as nodeResource, pods as podResource, services } from '../api/index.ts'
import { type Cache, createRecorder } from '../client/index.ts'
import type { KubeletContext } from './context.ts'
import { createPressure } from './eviction/pressure.ts'
import { keepRoom } from './eviction/run.ts'
import { createLayout } from './layout.ts'
import { createAddresses } from './network/addresses.ts'
import { createHostPortTable } from './network/host-port-table.ts'
import { familyOf } from './network/host-ports.ts'
import { keepRoutes, prepareNode } from './network/network.ts'
import { podCIDRsOf } from './network/plan.ts'
import { readMachine } from './node/machine.ts'
import { keepAlive, type NodeContext, registerNode, reportNode } from './node/register.ts'
import type { KubeletOptions } from './options.ts'
import { runPods } from './pod/pods.ts'
import { createReads } from './reads.ts'
import { createPodCgroups } from './sandbox/pod-cgroups.ts'
import { resourcesOf } from './node/status.ts'
import { serve } from './server/server.ts'

/** What upstream says of a node that has no range for its Pods yet. */
const NO_NETWORK =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: no podCIDR yet'

/**
 * Is a node: registers it, says every ten seconds that it lives, runs the Pods bound to it. Returns when `signal`
 * aborts and leaves every container running; the next kubelet with the same `stateDir` carries on with them.
 */
export async function runKubelet(options: KubeletOptions, signal: AbortSignal): Promise<void> {
  const { caches, client, clock, kernel, log, nodeName, server, stateDir, dataDir } = options
  await Promise.all([stateDir, dataDir].map((folder) => mkdir(folder, { recursive: true })))
  const machine = await readMachine(dataDir)
  const node: NodeContext = {
    ...options,
    pressures: () => pressure.now(),
    machine,
    port: server?.port,
    unlimited: kernel.cgroups.missing,
  }
  let problem = NO_NETWORK
  const pressure = createPressure(() => reportNode(node, problem, signal), options.eviction?.transition)
  await registerNode(node, signal)
  await reportNode(node, problem, signal)
  const alive = keepAlive(node, () => problem, signal)

  await prepareNode(kernel, options)
  keepRoutes({ caches, nodeName, ip: kernel.ip, clock, log }, signal)
  const podCIDRs = await whenPodCIDRs(caches.of(nodeResource), nodeName, signal)
  const addresses = createAddresses(podCIDRs)
  const hostPorts = createHostPortTable(kernel, options.nodeIPs.map(familyOf))
  const recorder = createRecorder({ client, component: 'kubelet', host: nodeName, clock, log })
  const context: KubeletContext = {
    ...options,
    layout: createLayout(stateDir, dataDir),
    addresses,
    hostPorts,
    pressure,
    cgroups: createPodCgroups(kernel.cgroups),
    recorder,
    reads: createReads({ client, clock }),
    allocatable: resourcesOf(machine),
    memory: machine.memory,
    appArmor: machine.appArmor,
  }
  await caches.of(services).whenSynced()
  const pods = await runPods(context, caches.of(podResource, { fieldSelector: `spec.nodeName=${nodeName}` }), signal)
  if (server) await serve(server, { pods, context }, signal)
  problem = ''
  await reportNode(node, problem, signal)
  log.info({ node: nodeName, podCIDRs, pods: pods.list().length }, 'the node is ready')
  await Promise.all([alive, keepRoom({ context, pressure, ...pods }, signal)])
}

/** The node's ranges of Pod addresses, as soon as a controller has given it some. */
function whenPodCIDRs(nodes: Cache<Node>, name: string, signal: AbortSignal): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let unsubscribe = (): void => {}
    const look = (): void => {
      const node = nodes.get(name)
      const podCIDRs = node ? podCIDRsOf(node) : []
      if (podCIDRs.length === 0) return
      unsubscribe()
      resolve(podCIDRs)
    }
    unsubscribe = nodes.onChange(look)
    look()
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
