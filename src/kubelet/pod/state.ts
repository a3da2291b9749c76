import type { Container, Pod, Probe } from '../../api/index.ts'
import type { Image } from '../../images/index.ts'
import type { ContainerState } from '../../kernel/index.ts'
import type { BackOff, PullBackOff } from './back-off.ts'
import type { Failure, Reason } from './limits.ts'
import type { LinuxUser } from '../container/user.ts'
import type { HostPort } from '../network/host-ports.ts'
import type { Tokens } from '../volumes/tokens.ts'

/** What this node has of one Pod. Changed only by whoever works on the Pod, see pods.ts. */
export interface PodState {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  sandbox: SandboxState | undefined
  readonly containers: Map<string, ContainerSlot>
  /** When this node first saw the Pod; milliseconds. */
  readonly seenAt: number
  /** Whether the node has let the Pod in, and keeps for it what it asks for. */
  admitted: boolean
  /** Why nothing of the Pod can be started, for its containers' waiting state. */
  trouble: Trouble | undefined
  /** Why the Pod may not, or no longer, run here: the reason and message of its status once nothing of it runs. */
  failure: Failure | undefined
  /** When the volumes were last compared with what they are filled from, and what the Pod said of itself then. */
  refreshed: { readonly at: number; readonly facts: string } | undefined
  readonly tokens: Tokens
}

/** A Pod of which nothing is known. */
export const newPodState = (
  parts: Pick<PodState, 'uid' | 'namespace' | 'name' | 'sandbox' | 'containers' | 'seenAt'>,
): PodState => ({
  ...parts,
  admitted: parts.sandbox !== undefined,
  trouble: undefined,
  failure: undefined,
  refreshed: undefined,
  tokens: new Map(),
})

export interface SandboxState {
  /** File name of its namespaces. */
  readonly name: string
  /** One of each family at most, the primary first; the node's own for a Pod in the node's network. */
  readonly addresses: readonly string[]
  readonly hostPorts: readonly HostPort[]
  /** undefined when nothing limits the Pod. */
  readonly cgroup: PodCgroup | undefined
}

/** The cgroup of a Pod, and its part of the CPU. */
export interface PodCgroup {
  /** Upstream's: `kubepods/burstable/pod<uid>`. */
  readonly path: string
  readonly cpuShares: number
}

/** One container of the Pod's spec, over all its runs. */
export interface ContainerSlot {
  readonly name: string
  current: Run | undefined
  /** How the run before ended. */
  previous: Run | undefined
  backOff: BackOff | undefined
  /** What the run that is being started is made of; noted before it starts. */
  image: MadeOf | undefined
  /** Set while its image can't be pulled. */
  pull: PullBackOff | undefined
  trouble: Trouble | undefined
}

/** What can't be seen of a run from outside. */
export interface MadeOf extends Pick<Image, 'reference' | 'id'> {
  readonly user?: LinuxUser | undefined
  /** What the Pod's spec called the image then. */
  readonly asked?: string | undefined
}

/** One run of a container. */
export interface Run {
  readonly id: string
  /** 0 for the first. */
  readonly attempt: number
  readonly folder: string
  readonly image: MadeOf
  state: ContainerState
  /** Whether the startup probe has succeeded, or there is none. */
  started: boolean
  /** Whether the readiness probe says so, or there is none. */
  ready: boolean
  /** Whether its postStart hook has succeeded, or there is none. */
  settled: boolean
  /** Set once the container must be stopped for its own sake. */
  unhealthy: Unhealthy | undefined
  /** What it left to say of its end. */
  message: string
  /** Set once the run is being stopped. */
  stopping: Stopping | undefined
}

/** Why a container is stopped that should run. */
export interface Unhealthy {
  /** For the Event. */
  readonly message: string
  /** The probe that gave it up, which may have patience of its own. */
  readonly probe: Probe | undefined
}

/** What is not yet known of a run. */
export const newFindings = (): Pick<Run, 'started' | 'ready' | 'settled' | 'unhealthy' | 'stopping' | 'message'> => ({
  started: false,
  ready: false,
  settled: true,
  unhealthy: undefined,
  stopping: undefined,
  message: '',
})

export interface Stopping {
  /** When patience ends; milliseconds since the epoch. */
  readonly deadline: number
  /** Moves the deadline; only to an earlier one. */
  readonly hurry: (deadline: number) => void
}

/** A reason and message as a waiting container's status has them. */
export interface Trouble extends Reason {
  /** When to try again: nobody tells when an image or a ConfigMap has come. Milliseconds since the epoch. */
  readonly retryAt: number
}

export const newSlot = (name: string): ContainerSlot => ({
  name,
  current: undefined,
  previous: undefined,
  backOff: undefined,
  image: undefined,
  pull: undefined,
  trouble: undefined,
})

export const isRunning = (slot: ContainerSlot | undefined): boolean =>
  slot?.current !== undefined && slot.current.state.state !== 'exited'

/** Init containers that stay: they are started in their turn, and then run beside the others (KEP-753). */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

/** Every container of the spec, in the order in which they start. */
export const allContainers = (pod: Pod): readonly Container[] => [
  ...(pod.spec?.initContainers ?? []),
  ...(pod.spec?.containers ?? []),
]
