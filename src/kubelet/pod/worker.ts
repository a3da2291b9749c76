import { rm } from 'node:fs/promises'
import { type Container, nodes, type Pod } from '../../api/index.ts'
import { discardStart } from '../../kernel/index.ts'
import { messageOf } from '../../lib/index.ts'
import { applyPlan } from './apply.ts'
import type { KubeletContext } from '../context.ts'
import { aboutContainer } from '../events.ts'
import { refusalOf } from './admission.ts'
import { DEADLINE_EXCEEDED, deadlineOf } from './limits.ts'
import { keepTimes } from '../logs/times.ts'
import { isTerminal, planPod } from './plan.ts'
import { runPostStart } from '../runs/post-start.ts'
import { probeRun } from '../probes/probes.ts'
import { newState } from './recall.ts'
import { refresh, refreshAt } from '../volumes/refresh.ts'
import { restartsAfter } from './restarts.ts'
import { reportStatus } from '../status/report.ts'
import { confirmDeletion, removeSandbox } from '../sandbox/sandbox.ts'
import { allContainers, type PodState, type Run } from './state.ts'
import { terminationMessage } from '../runs/termination.ts'

export interface WorkerOptions {
  readonly context: KubeletContext
  /** What the API has; undefined when the Pod is gone. */
  readonly podOf: (uid: string) => Pod | undefined
  /** By uid. Only the worker changes it. */
  readonly states: Map<string, PodState>
  /** Something has happened to the Pod: look at it again. */
  readonly again: (uid: string, milliseconds?: number) => void
}

export interface PodWorker {
  /** Looks at one Pod and does what is due. Never for the same Pod twice at once. */
  work(uid: string): Promise<void>
  /** Sees to a run that goes on: its end, its probes, the times of its output. */
  follow(uid: string, container: Container | undefined, run: Run): void
}

export function createPodWorker({ context, podOf, states, again }: WorkerOptions, signal: AbortSignal): PodWorker {
  const { kernel, clock, log } = context

  const follow = (uid: string, container: Container | undefined, run: Run): void => {
    if (run.state.state === 'exited') return again(uid)
    const stop = new AbortController()
    kernel.containers.ended(run.folder, signal).then(
      async (ended) => {
        stop.abort()
        const state = states.get(uid)
        if (state) run.message = await lastWords(state, container, { run, state: ended, context })
        run.state = ended
        again(uid)
      },
      (error: unknown) => signal.aborted || log.error({ error: messageOf(error) }, 'a container is no longer watched'),
    )
    const [pod, state] = [podOf(uid), states.get(uid)]
    if (!pod || !state || !container) return
    const over = AbortSignal.any([signal, stop.signal])
    const onError = (error: unknown): void => log.warn({ error: messageOf(error) }, 'the time of a log line is not known')
    keepTimes(context.layout.log(state, container.name, run.attempt), { discard: discardStart, onError }, over)
    const target = { run, address: state.sandbox?.addresses[0] ?? '', context, changed: () => again(uid) }
    void runPostStart(pod, container, target, over).then(() => probeRun({ ...target, pod, container, log }, over))
  }

  /** The Pods beside this one that the node has let in and that have not ended. */
  const admitted = (uid: string): Pod[] =>
    [...states.values()].flatMap((state) => {
      const pod = state.uid !== uid && state.admitted && !state.failure ? podOf(state.uid) : undefined
      return pod && !isTerminal(pod) ? [pod] : []
    })

  const work = async (uid: string): Promise<void> => {
    const pod = podOf(uid)
    const state = states.get(uid) ?? (pod && newState(pod, context))
    if (!state) return
    states.set(uid, state)
    if (!pod) return forget(state)
    checkLimits(pod, state, { ...context, others: () => admitted(uid) })
    const plan = planPod(pod, state, clock.now())
    // Whoever waits for an image sees that; told in the order in which it happens.
    let told: Promise<void> | undefined
    const onPull = (): void => void (told ??= reportStatus(pod, state, context).catch(() => {}))
    await applyPlan(pod, state, { plan, context, hooks: { onStart: (container, run) => follow(uid, container, run), onPull } })
    await told
    if (plan.start.length === 0 && !plan.tearDown && (refreshAt(pod, state) ?? Infinity) <= clock.now())
      await refresh(pod, state, context)
    if (plan.tearDown && (await end(pod, state))) return
    await reportStatus(pod, state, context)
    lookAgain(pod, state)
  }
  /** Ends what is left of a Pod that the API no longer has. */
  const forget = async (state: PodState): Promise<void> => {
    await removeSandbox(state, context)
    await rm(context.layout.podLogs(state), { recursive: true, force: true })
    states.delete(state.uid)
  }
  /** Everything of the Pod has ended. Answers whether its object is gone too. */
  const end = async (pod: Pod, state: PodState): Promise<boolean> => {
    const deleted = pod.metadata.deletionTimestamp !== undefined
    // Not before the API knows how it ended: what it doesn't know would be started again.
    if (!deleted && !isTerminal(pod)) return false
    if (deleted && state.containers.size > 0) await reportStatus(pod, state, context)
    await removeSandbox(state, context)
    if (!deleted) return false
    await confirmDeletion(pod, context)
    await forget(state)
    return true
  }
  /** After what was just done, which may have failed, or has made something wait for its time. */
  const lookAgain = (pod: Pod, state: PodState): void => {
    const now = clock.now()
    const { lookAgainAt, tearDown } = planPod(pod, state, now)
    if (lookAgainAt !== undefined) sayBackOff(pod, state, context)
    const limits = tearDown || state.failure ? [] : [refreshAt(pod, state), deadlineOf(pod)]
    const times = [lookAgainAt, ...limits].filter((time) => time !== undefined)
    if (times.length > 0) again(state.uid, Math.max(1, Math.min(...times) - now))
  }
  return { work, follow }
}

interface CheckContext extends KubeletContext {
  readonly others: () => readonly Pod[]
}

/** Notes once that the Pod may not run here, or not any longer. One that has been let in stays so. */
function checkLimits(
  pod: Pod,
  state: PodState,
  { clock, recorder, caches, nodeName, pressure, appArmor, others }: CheckContext,
): void {
  if (state.failure || isTerminal(pod) || pod.metadata.deletionTimestamp !== undefined) return
  const facts = () => ({ node: caches.of(nodes).get(nodeName), others: others(), pressures: pressure.now(), appArmor })
  const refusal = state.admitted ? undefined : refusalOf(pod, facts())
  state.admitted = !refusal
  if (refusal) {
    recorder.event(pod, 'Warning', refusal.reason, refusal.message)
    state.failure = { ...refusal, message: `Pod was rejected: ${refusal.message}` }
  } else if ((deadlineOf(pod) ?? Infinity) <= clock.now()) {
    recorder.event(pod, 'Normal', DEADLINE_EXCEEDED.reason, DEADLINE_EXCEEDED.message)
    state.failure = DEADLINE_EXCEEDED
  }
}

/** What a run that ended with `state` left to say. */
export const lastWords = (
  pod: PodState,
  container: Container | undefined,
  { run, state, context: { layout } }: { run: Run; state: Run['state']; context: KubeletContext },
): Promise<string> => {
  const name = container?.name ?? ''
  const [file, log] = [layout.lastWords(pod.uid, name, run.attempt), layout.log(pod, name, run.attempt)]
  return terminationMessage(container, { file, log, state })
}

/** Of the containers that wait for their next run; one that has ended for good waits for nothing. */
function sayBackOff(pod: Pod, state: PodState, { recorder }: KubeletContext): void {
  const { name, namespace, uid } = pod.metadata
  for (const container of allContainers(pod)) {
    const { current, trouble } = state.containers.get(container.name) ?? {}
    if (current?.state.state !== 'exited' || trouble || !restartsAfter(pod, container, current.state.exitCode)) continue
    const where = `container ${container.name} in pod ${name}_${namespace}(${uid})`
    recorder.event(aboutContainer(pod, container), 'Warning', 'BackOff', `Back-off restarting failed ${where}`)
  }
}
