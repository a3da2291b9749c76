import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeletContext } from '../context.ts'
import { containerId } from '../layout.ts'
import { type Note, readNote } from './note.ts'
import { removeSandbox } from '../sandbox/sandbox.ts'
import { type ContainerSlot, newFindings, newPodState, newSlot, type PodState, type Run } from './state.ts'

/** The Pods that an earlier kubelet left on this node, running or not; empty after a restart of the machine. */
export async function adoptPods(context: KubeletContext): Promise<PodState[]> {
  const uids = await readdir(context.layout.pods).catch(() => [])
  const found = await Promise.all(uids.map((uid) => adopt(uid, context)))
  return found.filter((state) => state !== undefined)
}

/**
 * Removes what a kubelet left that was killed before it had written down whose it is: nobody else could. A Pod that is still
 * wanted starts anew.
 */
export async function removeUnnoted(context: KubeletContext): Promise<void> {
  for (const uid of await readdir(context.layout.pods).catch(() => [])) {
    if (await readNote(uid, context)) continue
    const containers = await adoptContainers({ uid, images: {} }, context)
    const unknown = { uid, namespace: '', name: '', sandbox: undefined, containers, seenAt: context.clock.now() }
    await removeSandbox(newPodState(unknown), context)
  }
}

async function adopt(uid: string, context: KubeletContext): Promise<PodState | undefined> {
  const note = await readNote(uid, context)
  if (!note) return undefined
  const { namespace, name, addresses, hostPorts, cgroup } = note
  const sandbox = { name: note.sandbox, addresses, hostPorts, cgroup }
  if (cgroup) context.cgroups.keep(cgroup)
  context.addresses.keep(addresses)
  const containers = await adoptContainers(note, context)
  const state = newPodState({ uid, namespace, name, sandbox, containers, seenAt: context.clock.now() })
  // Its volumes may have fallen behind.
  state.refreshed = { at: 0, facts: '' }
  return state
}

async function adoptContainers(note: Origin, context: KubeletContext): Promise<Map<string, ContainerSlot>> {
  const containers = new Map<string, ContainerSlot>()
  for (const container of await readdir(join(context.layout.pod(note.uid), 'containers')).catch(() => []))
    containers.set(container, await adoptContainer(note, container, context))
  return containers
}

type Origin = Pick<Note, 'uid' | 'images'>

/** The last two runs; earlier ones have been removed. */
async function adoptContainer(note: Origin, name: string, context: KubeletContext): Promise<ContainerSlot> {
  const { layout, kernel } = context
  const attempts = (await readdir(layout.container(note.uid, name))).map(Number).toSorted((a, b) => a - b)
  const runs: Run[] = []
  for (const attempt of attempts.slice(-2)) {
    const folder = layout.run(note.uid, name, attempt)
    const state = await kernel.containers.recover(folder)
    if (!state) continue
    const id = containerId(note.uid, name, attempt)
    const image = note.images[name] ?? { reference: '', id: '' }
    runs.push({ ...newFindings(), id, attempt, folder, image, state })
  }
  return { ...newSlot(name), current: runs.at(-1), previous: runs.at(-2) }
}
