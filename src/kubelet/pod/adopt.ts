import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeletContext } from '../context.ts'
import { containerId, type PodName } from '../layout.ts'
import { removeSandbox } from '../sandbox/sandbox.ts'
import { type ContainerSlot, newFindings, newPodState, newSlot, type PodState, type Run, type SandboxState } from './state.ts'

/** What the folder of a Pod says about it beside its containers, for a kubelet that comes later. */
interface Note extends PodName {
  readonly addresses: readonly string[]
  readonly sandbox: string
  readonly hostPorts: SandboxState['hostPorts']
  readonly cgroup?: SandboxState['cgroup']
  readonly images: Readonly<Record<string, Run['image']>>
}

const noteFile = (context: KubeletContext, uid: string): string => join(context.layout.pod(uid), 'pod.json')

/** Writes down what can't be seen from outside. */
export async function writeNote(state: PodState, context: KubeletContext): Promise<void> {
  const { uid, namespace, name, sandbox } = state
  if (!sandbox) return
  const note: Note = {
    uid,
    namespace,
    name,
    addresses: sandbox.addresses,
    sandbox: sandbox.name,
    hostPorts: sandbox.hostPorts,
    cgroup: sandbox.cgroup,
    images: Object.fromEntries([...state.containers.values()].map((slot) => [slot.name, imageOf(slot)])),
  }
  const file = noteFile(context, uid)
  // Whole or not at all, for whoever comes after a kill.
  await writeFile(`${file}.new`, JSON.stringify(note))
  await rename(`${file}.new`, file)
}

const imageOf = ({ current }: ContainerSlot): Run['image'] => ({
  reference: current?.image.reference ?? '',
  id: current?.image.id ?? '',
})

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
    if ((await readFile(noteFile(context, uid), 'utf8').catch(() => undefined)) !== undefined) continue
    const containers = await adoptContainers({ uid, images: {} }, context)
    const unknown = { uid, namespace: '', name: '', sandbox: undefined, containers, seenAt: context.clock.now() }
    await removeSandbox(newPodState(unknown), context)
  }
}

async function adopt(uid: string, context: KubeletContext): Promise<PodState | undefined> {
  const text = await readFile(noteFile(context, uid), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const note = JSON.parse(text) as Note
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
    const state = await kernel.containers.inspect(folder)
    if (!state) continue
    const id = containerId(note.uid, name, attempt)
    const image = note.images[name] ?? { reference: '', id: '' }
    runs.push({ ...newFindings(), id, attempt, folder, image, state })
  }
  return { ...newSlot(name), current: runs.at(-1), previous: runs.at(-2) }
}
