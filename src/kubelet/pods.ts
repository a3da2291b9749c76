import { type Container, type Pod, pods as podResource } from '../api/index.ts'
import { type Cache, createQueue, isNotFound } from '../client/index.ts'
import { messageOf } from '../lib/index.ts'
import { adoptPods, writeNote } from './adopt.ts'
import { applyPlan } from './apply.ts'
import type { KubeletContext } from './context.ts'
import { keepTimes } from './logs/times.ts'
import { isTerminal, planPod } from './plan.ts'
import { probeRun } from './probes/probes.ts'
import { confirmDeletion, removeSandbox } from './sandbox.ts'
import { allContainers, type PodState, type Run } from './state.ts'
import { podStatus } from './status.ts'

/** How many Pods are worked on at once. Most of that is waiting for programs, of which the machine runs a few at a time. */
const WORKERS = 8

/** The Pods of this node, as others in the kubelet ask for them. */
export interface Pods {
  /** undefined when there is no such Pod here. */
  find(namespace: string, name: string): { readonly pod: Pod; readonly state: PodState } | undefined
  list(): readonly Pod[]
}

/** Brings the node's Pods to where the API wants them, until `signal` aborts; containers then run on. */
export async function runPods(context: KubeletContext, cache: Cache<Pod>, signal: AbortSignal): Promise<Pods> {
  const states = new Map<string, PodState>()
  const stops = new Map<Run, AbortController>()
  cache.addIndex('uid', ({ metadata }) => [metadata.uid ?? ''])
  const podOf = (uid: string): Pod | undefined => cache.byIndex('uid', uid)[0]

  const queue = createQueue({ process: (uid) => sync(uid), workers: WORKERS, clock: context.clock, log: context.log }, signal)
  const watchRun = (uid: string, container: Container | undefined, run: Run): void => {
    if (run.state.state === 'exited') return queue.add(uid)
    const stop = new AbortController()
    stops.set(run, stop)
    const over = AbortSignal.any([signal, stop.signal])
    void context.kernel.containers.ended(run.folder, signal).then(
      (ended) => {
        run.state = ended
        stop.abort()
        stops.delete(run)
        queue.add(uid)
      },
      (error: unknown) => signal.aborted || context.log.error({ error: messageOf(error) }, 'a container is no longer watched'),
    )
    const [pod, state] = [podOf(uid), states.get(uid)]
    if (!pod || !state || !container) return
    keepTimes(context.layout.log(state, container.name, run.attempt), over, (error) =>
      context.log.warn({ error: messageOf(error) }, 'the time of a log line is not known'),
    )
    const address = state.sandbox?.address ?? ''
    void probeRun({ pod, container, run, address, context, log: context.log, changed: () => queue.add(uid) }, over)
  }
  const sync = async (uid: string): Promise<void> => {
    const pod = podOf(uid)
    const state = states.get(uid) ?? (pod && newState(pod, context))
    if (!state) return
    states.set(uid, state)
    if (!pod) return forget(uid, state)
    const plan = planPod(pod, state, context.clock.now())
    const hooks = { onStart: (container: Container, run: Run) => watchRun(uid, container, run) }
    await applyPlan(pod, state, { plan, context, hooks })
    if (plan.start.length > 0) await writeNote(state, context)
    const done = plan.tearDown && (await end(pod, state))
    if (!done) await report(pod, state, context)
    lookAgain(uid)
  }
  /** Stops what is left of a Pod that the API no longer has. */
  const forget = async (uid: string, state: PodState): Promise<void> => {
    for (const { current } of state.containers.values())
      if (current) await context.kernel.containers.kill(current.folder, 'SIGKILL')
    await removeSandbox(state, context)
    states.delete(uid)
  }
  /** Everything of the Pod has ended. Answers whether its object is gone too. */
  const end = async (pod: Pod, state: PodState): Promise<boolean> => {
    if (pod.metadata.deletionTimestamp === undefined) {
      // Not before the API knows: what it doesn't know would be started again.
      if (isTerminal(pod)) await removeSandbox(state, context)
      return false
    }
    if (state.containers.size > 0) await report(pod, state, context)
    await removeSandbox(state, context)
    await confirmDeletion(pod, context)
    states.delete(state.uid)
    return true
  }
  /** After what was just done, which may have failed or have been the reason for a wait. */
  const lookAgain = (uid: string): void => {
    const [pod, state] = [podOf(uid), states.get(uid)]
    if (!pod || !state) return
    const now = context.clock.now()
    const { lookAgainAt } = planPod(pod, state, now)
    if (lookAgainAt === undefined) return
    sayBackOff(pod, state, context)
    queue.addAfter(uid, lookAgainAt - now)
  }

  for (const state of await adoptPods(context)) states.set(state.uid, state)
  await removeStrangers(states, context)
  await cache.whenSynced()
  const unsubscribe = cache.onChange((after, before) => queue.add((after ?? before)?.metadata.uid ?? ''))
  signal.addEventListener('abort', unsubscribe, { once: true })
  for (const state of states.values()) {
    const pod = podOf(state.uid)
    for (const { name, current } of state.containers.values())
      if (current) watchRun(state.uid, pod && allContainers(pod).find((container) => container.name === name), current)
    queue.add(state.uid)
  }
  return {
    list: () => cache.list(),
    find(namespace, name) {
      const pod = cache.get(`${namespace}/${name}`)
      const state = pod && states.get(pod.metadata.uid ?? '')
      return pod && state && { pod, state }
    },
  }
}

const newState = ({ metadata }: Pod, { clock }: KubeletContext): PodState => ({
  uid: metadata.uid ?? '',
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
  sandbox: undefined,
  containers: new Map(),
  seenAt: clock.now(),
  trouble: undefined,
})

/** Sandboxes that belong to no Pod: an earlier kubelet was killed between making one and writing it down. */
async function removeStrangers(states: ReadonlyMap<string, PodState>, { kernel }: KubeletContext): Promise<void> {
  const known = new Set([...states.values()].map(({ sandbox }) => sandbox?.name))
  const strangers = (await kernel.sandboxes.list()).filter(({ name }) => !known.has(name))
  await kernel.sandboxes.remove(strangers.map(({ name }) => name))
}

/** Writes the Pod's status when it isn't what the API has. */
async function report(pod: Pod, state: PodState, context: KubeletContext): Promise<void> {
  // What a Pod that has ended was like is known to the API alone, once this node has been restarted.
  if (isTerminal(pod) && state.containers.size === 0) return
  const status = podStatus(pod, state, { hostIP: context.nodeIP, now: context.clock.now() })
  const { namespace, name = '', uid } = pod.metadata
  if (isSame(pod.status, status)) return
  const body = { metadata: { uid }, status }
  await context.client
    .patch(podResource, { namespace, name }, { type: 'merge', body, subresource: 'status' })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
}

/** Whether writing `status` would change nothing, in whatever order the server keeps its keys. */
function isSame(before: Pod['status'], status: Pod['status']): boolean {
  const own = Object.entries(status ?? {})
  return own.every(([key, value]) => canonical(before?.[key as keyof Pod['status']]) === canonical(value))
}

/** Empty objects count as absent: servers drop them or keep them. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    const entries = Object.entries(item).filter(([, part]) => part !== null && part !== false && canonical(part) !== '{}')
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }) ?? ''

function sayBackOff(pod: Pod, state: PodState, { recorder }: KubeletContext): void {
  const { name, namespace, uid } = pod.metadata
  for (const { name: container, current } of state.containers.values()) {
    if (current?.state.state !== 'exited' || current.state.exitCode === 0) continue
    recorder.event(
      pod,
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`,
    )
  }
}
