import { isPodReady, type Pod } from '../../api/index.ts'
import { isAvailable, isNew, isTerminating, type Picture, type Place, placesOf } from './places.ts'
import { anyPod, podOn, targetOf } from './pod.ts'
import { maxSurge, rollingStep } from './rolling.ts'

export interface PlanOptions extends Picture {
  /** Milliseconds until a Pod that failed on a node may be replaced; 0 or less when it may now. */
  readonly retryIn: (node: string) => number
}

export interface Plan {
  readonly create: readonly Pod[]
  readonly delete: readonly Pod[]
  /** Those among them that have ended, which people are told of. */
  readonly ended: readonly { readonly node: string; readonly pod: Pod }[]
  /** Milliseconds until a Pod that failed may be replaced; undefined when none waits for that. */
  readonly again: number | undefined
}

/** What one node needs. */
interface Care {
  readonly create: boolean
  readonly delete: readonly Pod[]
  readonly ended: readonly Pod[]
  readonly again: number | undefined
}

const NO_CARE: Care = { create: false, delete: [], ended: [], again: undefined }

/**
 * One Pod on every node that may have one, none on any other; where that is so already, the next step of a rolling update.
 * Source: pkg/controller/daemon/daemon_controller.go manage.
 */
export function plan(options: PlanOptions): Plan {
  const { set, hash, nodes, pods } = options
  const places = placesOf(options)
  const cares = places.map((place) => ({ node: place.node, ...careFor(options, place) }))
  const create = cares.filter((care) => care.create).map(({ node }) => node)
  const names = new Set(nodes.map(({ metadata }) => metadata.name))
  // A Pod that has been placed there is the Pod garbage collector's to remove.
  const lost = pods.filter((pod) => !pod.spec?.nodeName && !isTerminating(pod) && isTargetGone(pod, names))
  const doomed = [...cares.flatMap((care) => care.delete), ...lost]
  const update = create.length + doomed.length > 0 ? undefined : rollingStep(options, places)
  const waits = cares.flatMap(({ again }) => again ?? [])
  return {
    create: [...create, ...(update?.surge ?? [])].map((node) => podOn(node, anyPod(set, hash))),
    delete: [...doomed, ...(update?.delete ?? [])],
    ended: cares.flatMap(({ node, ended }) => ended.map((pod) => ({ node, pod }))),
    again: waits.length > 0 ? Math.min(...waits) : undefined,
  }
}

function isTargetGone(pod: Pod, names: ReadonlySet<string | undefined>): boolean {
  const target = targetOf(pod)
  return target !== undefined && !names.has(target)
}

function careFor(options: PlanOptions, { node, mayStart, mayStay, pods }: Place): Care {
  if (pods.length === 0) return { ...NO_CARE, create: mayStart }
  const living = pods.filter((pod) => !isTerminating(pod))
  if (!mayStay) return { ...NO_CARE, delete: living }
  const failed = living.filter(({ status }) => status?.phase === 'Failed')
  const succeeded = living.filter(({ status }) => status?.phase === 'Succeeded')
  const running = living.filter((pod) => !failed.includes(pod) && !succeeded.includes(pod))
  const wait = failed.length > 0 ? options.retryIn(node) : 0
  const ended = wait > 0 ? succeeded : [...failed, ...succeeded]
  const isSurging = maxSurge(options.set, 1) > 0
  return {
    create: isSurging && running.length === 0 && mayStart,
    delete: [...ended, ...(isSurging ? surplusOfSurge(options, running) : running.slice(1))],
    ended,
    again: wait > 0 ? wait : undefined,
  }
}

/** While an update surges, one Pod of each template may be there: until the new one is available, or the old one isn't ready. */
function surplusOfSurge(options: PlanOptions, running: readonly Pod[]): readonly Pod[] {
  const [fresh, ...moreFresh] = running.filter((pod) => isNew(options, pod))
  const [old, ...moreOld] = running.filter((pod) => !isNew(options, pod))
  const isReplaced = fresh && old && (!isPodReady(old) || isAvailable(options, fresh))
  return [...moreFresh, ...moreOld, ...(isReplaced ? [old] : [])]
}
