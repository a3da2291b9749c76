import type { Container, ContainerStatus, Pod } from '../../api/index.ts'
import { idOf, OOM_KILLED } from '../status/container-status.ts'
import type { KubeletContext } from '../context.ts'
import { allContainers, type ContainerSlot, newFindings, newPodState, newSlot, type PodState, type Run } from './state.ts'

/** As if SIGKILL had ended it, which is how upstream counts a container that can't be found any more. */
const LOST = 137

/** A Pod that this node has nothing of yet: new, or lost with the machine's memory and known to the API alone. */
export const newState = (pod: Pod, { clock, layout }: KubeletContext): PodState => {
  const { uid = '', namespace = '', name = '' } = pod.metadata
  const folderOf = (container: string, attempt: number): string => layout.run(uid, container, attempt)
  const containers = recallRuns(pod, { folderOf, now: clock.now() })
  return newPodState({ uid, namespace, name, sandbox: undefined, containers, seenAt: clock.now() })
}

/**
 * The runs that must not be repeated after the node has lost them: those of a Pod that isn't always restarted. What
 * had ended keeps its exit code, what ran has been killed.
 */
function recallRuns(
  pod: Pod,
  { folderOf, now }: { folderOf: (container: string, attempt: number) => string; now: number },
): Map<string, ContainerSlot> {
  const slots = new Map<string, ContainerSlot>()
  for (const { name, restartPolicy = pod.spec?.restartPolicy ?? 'Always' } of allContainers(pod)) {
    if (restartPolicy === 'Always') continue
    const { containerID, state, restartCount, image, imageID } = statusOf(pod, name) ?? {}
    if (containerID === undefined || restartCount === undefined) continue
    const { exitCode = LOST, startedAt, finishedAt } = state?.terminated ?? {}
    const wasKilled = state?.terminated?.reason === OOM_KILLED
    const times = { startedAt: parse(state?.running?.startedAt ?? startedAt) ?? now, finishedAt: parse(finishedAt) ?? now }
    const current: Run = {
      id: containerID.replace('crun://', ''),
      attempt: restartCount,
      folder: folderOf(name, restartCount),
      image: { reference: image ?? '', id: imageID ?? '' },
      state: { state: 'exited', exitCode, error: '', memoryKills: wasKilled ? 1 : 0, ...times },
      ...newFindings(),
      started: true,
      message: state?.terminated?.message ?? '',
    }
    slots.set(name, { ...newSlot(name), current })
  }
  return slots
}

/** What an earlier kubelet's probes had found out about a run that goes on: the API has it, if it is the same run. */
export function recallProbes(pod: Pod, container: Container, run: Run): void {
  const before = statusOf(pod, container.name)
  const same = before?.containerID === idOf(run) ? before : undefined
  run.started = container.startupProbe === undefined || same?.started === true
  run.ready = container.readinessProbe === undefined || same?.ready === true
}

const statusOf = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find((candidate) => candidate.name === name)

const parse = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time))
