import type { Container, Pod } from '../../api/index.ts'
import type { Pods } from '../pod/pods.ts'
import { allContainers, type ContainerSlot, type PodState, type Run } from '../pod/state.ts'
import { Refusal } from './refusal.ts'

export interface Found {
  readonly pod: Pod
  readonly state: PodState
}

export function findPod(pods: Pods, namespace: string, name: string): Found {
  const found = pods.find(namespace, name)
  if (!found) throw new Refusal(404, `pod "${name}" does not exist`)
  return found
}

export interface FoundContainer extends Found {
  readonly container: Container
  readonly slot: ContainerSlot | undefined
}

export function findContainer(pods: Pods, [namespace = '', name = '', containerName = '']: readonly string[]): FoundContainer {
  const { pod, state } = findPod(pods, namespace, name)
  const container = allContainers(pod).find((candidate) => candidate.name === containerName)
  if (!container) throw new Refusal(404, `container "${containerName}" not found in pod "${name}"`)
  return { pod, state, container, slot: state.containers.get(containerName) }
}

/** The container's present run; throws a {@link Refusal} when it isn't running. */
export function findRunning(pods: Pods, names: readonly string[]): FoundContainer & { readonly run: Run } {
  const found = findContainer(pods, names)
  const run = found.slot?.current
  if (run?.state.state !== 'running') throw new Refusal(404, `container not found ("${found.container.name}")`)
  return { ...found, run }
}
