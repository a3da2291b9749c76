import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../api/index.ts'
import { type Cache, createQueue } from '../../client/index.ts'
import { adoptPods, removeUnnoted } from './adopt.ts'
import type { KubeletContext } from '../context.ts'
import { createPodWorker, lastWords } from './worker.ts'
import type { Failure } from './limits.ts'
import { recallProbes } from './recall.ts'
import { allContainers, type PodState } from './state.ts'

/** How many Pods are worked on at once. Most of that is waiting for programs, of which the machine runs a few at a time. */
const WORKERS = 8

/** The Pods of this node, as others in the kubelet ask for them. */
export interface Pods {
  /** undefined when there is no such Pod here. */
  find(namespace: string, name: string): { readonly pod: Pod; readonly state: PodState } | undefined
  list(): readonly Pod[]
  /** Those that the node has something of. */
  running(): readonly { readonly pod: Pod; readonly state: PodState }[]
  /** Ends a Pod for good, and says why. */
  fail(pod: Pod, failure: Failure): void
}

/**
 * Brings the node's Pods to where the API wants them, until `signal` aborts; containers then run on. Resolves when
 * what an earlier kubelet left has been taken over.
 */
export async function runPods(context: KubeletContext, cache: Cache<Pod>, signal: AbortSignal): Promise<Pods> {
  const states = new Map<string, PodState>()
  const podsOf = cache.indexBy(({ metadata }) => [metadata.uid ?? ''])
  const podOf = (uid: string): Pod | undefined => podsOf(uid)[0]
  const again = (uid: string, milliseconds = 0): void => (milliseconds > 0 ? queue.addAfter(uid, milliseconds) : queue.add(uid))
  const worker = createPodWorker({ context, podOf, states, again }, signal)
  const queue = createQueue(
    { process: (uid) => worker.work(uid), workers: WORKERS, clock: context.clock, log: context.log },
    signal,
  )

  for (const state of await adoptPods(context)) states.set(state.uid, state)
  await removeUnnoted(context)
  await removeStrangers(states, context)
  await context.cgroups.removeStrangers()
  await context.hostPorts.restore(new Map([...states.values()].map(({ uid, sandbox }) => [uid, sandbox?.hostPorts ?? []])))
  await cache.whenSynced()
  await removeOldLogs(context, (uid) => states.has(uid) || podOf(uid) !== undefined)
  for (const state of states.values()) {
    const { uid, containers } = state
    const pod = podOf(uid)
    for (const { name, current, previous } of containers.values()) {
      const container = pod && allContainers(pod).find((candidate) => candidate.name === name)
      for (const run of [current, previous])
        if (run) run.message = await lastWords(state, container, { run, state: run.state, context })
      if (!current) continue
      if (container) recallProbes(pod, container, current)
      worker.follow(uid, container, current)
    }
    again(uid)
  }
  const unsubscribe = cache.onChange((after, before) => again((after ?? before)?.metadata.uid ?? ''))
  signal.addEventListener('abort', unsubscribe, { once: true })
  return {
    list: () => cache.list(),
    running: () =>
      [...states.values()].flatMap((state) => {
        const pod = podOf(state.uid)
        return pod ? [{ pod, state }] : []
      }),
    fail(pod, failure) {
      const state = states.get(pod.metadata.uid ?? '')
      if (!state || state.failure) return
      context.recorder.event(pod, 'Warning', failure.reason, failure.message)
      state.failure = failure
      again(state.uid)
    },
    find(namespace, name) {
      const pod = cache.get(`${namespace}/${name}`)
      const state = pod && states.get(pod.metadata.uid ?? '')
      return pod && state && { pod, state }
    },
  }
}

/** Sandboxes that belong to no Pod: an earlier kubelet was killed between making one and writing it down. */
async function removeStrangers(states: ReadonlyMap<string, PodState>, { kernel }: KubeletContext): Promise<void> {
  const known = new Set([...states.values()].map(({ sandbox }) => sandbox?.name))
  const strangers = (await kernel.sandboxes.list()).filter(({ name }) => !known.has(name))
  await kernel.sandboxes.remove(strangers.map(({ name }) => name))
}

/** The output of Pods that were deleted while no kubelet ran here. */
async function removeOldLogs({ layout }: KubeletContext, isKnown: (uid: string) => boolean): Promise<void> {
  const folders = await readdir(layout.logs).catch(() => [])
  const old = folders.filter((folder) => !isKnown(folder.slice(folder.lastIndexOf('_') + 1)))
  await Promise.all(old.map((folder) => rm(join(layout.logs, folder), { recursive: true, force: true })))
}
