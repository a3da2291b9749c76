import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeletContext } from '../context.ts'
import type { PodName } from '../layout.ts'
import type { ContainerSlot, PodState, Run, SandboxState } from './state.ts'

/** What the folder of a Pod says about it beside its containers, for a kubelet that comes later. */
export interface Note extends PodName {
  readonly addresses: readonly string[]
  readonly sandbox: string
  readonly hostPorts: SandboxState['hostPorts']
  readonly cgroup?: SandboxState['cgroup']
  readonly images: Readonly<Record<string, Run['image']>>
}

const fileOf = (context: KubeletContext, uid: string): string => join(context.layout.pod(uid), 'pod.json')

/**
 * Writes down what can't be seen from outside; before every start, so that whoever comes after a kill in that instant finds out
 * that it was one.
 */
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
  const file = fileOf(context, uid)
  // Whole or not at all, for whoever comes after a kill.
  await writeFile(`${file}.new`, JSON.stringify(note))
  await rename(`${file}.new`, file)
}

const imageOf = ({ current, image = current?.image }: ContainerSlot): Run['image'] => ({
  reference: image?.reference ?? '',
  id: image?.id ?? '',
  user: image?.user,
  asked: image?.asked,
})

/** What was written down of a Pod; undefined when nothing was. */
export async function readNote(uid: string, context: KubeletContext): Promise<Note | undefined> {
  const text = await readFile(fileOf(context, uid), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Note)
}
