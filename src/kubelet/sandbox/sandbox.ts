import { mkdir, rm } from 'node:fs/promises'
import { type Pod, pods } from '../../api/index.ts'
import { isConflict, isNotFound } from '../../client/index.ts'
import { PortolanError } from '../../lib/index.ts'
import type { KubeletContext } from '../context.ts'
import { interfaceName, sandboxName } from '../layout.ts'
import { hostPortsOf } from '../network/host-ports.ts'
import { removePause, startPause } from './pause.ts'
import { writePodFiles } from './pod-files.ts'
import { makeSharedMemory } from './shared-memory.ts'
import type { PodState, SandboxState } from '../pod/state.ts'

const NO_USER_NAMESPACES = 'the runtime of this node does not support user namespaces; leave out hostUsers: false'

/** Gives the Pod its namespaces, its addresses, its host ports and the files that follow from it; all of it or nothing. */
export async function createSandbox(pod: Pod, state: PodState, context: KubeletContext): Promise<void> {
  const { kernel, layout, nodeIPs } = context
  if (pod.spec?.hostUsers === false) throw new PortolanError('NoUserNamespaces', NO_USER_NAMESPACES)
  const { runtimeClassName = '' } = pod.spec ?? {}
  if (runtimeClassName !== '') throw new PortolanError('NoRuntimeClass', `RuntimeClass "${runtimeClassName}" not found`)
  const name = sandboxName(state)
  await mkdir(layout.pod(state.uid), { recursive: true })
  if (pod.spec?.hostNetwork) {
    await kernel.sandboxes.create({ name })
    state.sandbox = { name, addresses: nodeIPs, hostPorts: [], cgroup: undefined }
  } else state.sandbox = await withAddresses(pod, { name, uid: state.uid, context })
  try {
    state.sandbox = { ...state.sandbox, cgroup: await context.cgroups.open(pod) }
    await startPause(pod, state.uid, context)
    await Promise.all([writePodFiles(pod, state.sandbox.addresses, context), makeSharedMemory(pod, context)])
  } catch (error) {
    await removeSandbox(state, context)
    throw error
  }
}

interface Naming {
  readonly name: string
  readonly uid: string
  readonly context: KubeletContext
}

async function withAddresses(pod: Pod, { name, uid, context }: Naming): Promise<SandboxState> {
  const { kernel, addresses, hostPorts } = context
  const own = addresses.take()
  try {
    const network = { addresses: own, gateway: addresses.gateway, interface: interfaceName(uid) }
    await kernel.sandboxes.create({ name, network })
    const ports = hostPortsOf(pod, own)
    await hostPorts.open(uid, ports)
    return { name, addresses: own, hostPorts: ports, cgroup: undefined }
  } catch (error) {
    await kernel.sandboxes.remove([name])
    addresses.free(own)
    throw error
  }
}

/** Takes everything of the Pod off the node; its output stays until the Pod is gone from the API too. */
export async function removeSandbox(state: PodState, context: KubeletContext): Promise<void> {
  const { kernel, addresses, cgroups, hostPorts, layout } = context
  for (const slot of state.containers.values())
    for (const run of [slot.current, slot.previous]) if (run) await kernel.containers.remove(run.folder)
  await removePause(state.uid, context)
  if (state.sandbox) {
    await hostPorts.close(state.uid)
    await kernel.sandboxes.remove([state.sandbox.name])
    addresses.free(state.sandbox.addresses)
    if (state.sandbox.cgroup) await cgroups.close(state.sandbox.cgroup)
    state.sandbox = undefined
  }
  await kernel.mounts.removeBelow(layout.pod(state.uid))
  await rm(layout.pod(state.uid), { recursive: true, force: true })
}

/** The Pod has ended here, so its object may go: a deletion without patience, of exactly this Pod. */
export async function confirmDeletion(pod: Pod, { client }: KubeletContext): Promise<void> {
  const { namespace, name = '', uid } = pod.metadata
  await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } }).catch((error: unknown) => {
    // Somebody else deleted it, or it is another Pod of that name by now.
    if (!isNotFound(error) && !isConflict(error)) throw error
  })
}
