import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Container, type Pod, services } from '../api/index.ts'
import { sandboxPaths } from '../kernel/index.ts'
import { lengthen } from './back-off.ts'
import { ociConfig } from './container/config.ts'
import { containerEnv, type EnvSources } from './container/env.ts'
import { serviceEnv } from './container/service-env.ts'
import { nextAttempt } from './container-status.ts'
import { type KubeletContext, sourcesOf } from './context.ts'
import type { Image } from '../images/index.ts'
import { containerId } from './layout.ts'
import { podFileMounts, podHostname } from './pod-files.ts'
import { findImage } from './pull.ts'
import type { ContainerSlot, PodState, Run } from './state.ts'
import { volumeMounts } from './volumes/mounts.ts'

export interface Starting {
  readonly state: PodState
  readonly context: KubeletContext
  /** An image is fetched, which may take its time. */
  readonly onPull: () => void
}

/** Starts the next run of a container. Resolves with it, whether its program runs or could not be started. */
export async function startContainer(pod: Pod, container: Container, { state, context, onPull }: Starting): Promise<Run> {
  const { kernel, layout, recorder, clock } = context
  const slot = state.containers.get(container.name)!
  const image = await findImage(pod, container, { slot, context, onPull })
  const config = await configOf(pod, container, { image, state, context })
  const attempt = nextAttempt(pod, slot)
  const id = containerId(state.uid, container.name, attempt)
  const folder = layout.run(state.uid, container.name, attempt)
  const log = layout.log(state, container.name, attempt)
  await Promise.all([mkdir(dirname(folder), { recursive: true }), mkdir(dirname(log), { recursive: true })])
  recorder.event(pod, 'Normal', 'Created', 'Container created')
  const started = await kernel.containers.start({
    id,
    folder,
    config,
    layers: image.layers,
    log,
    stdin: container.stdin ?? false,
  })
  if (started.state === 'exited' && started.startedAt === undefined)
    recorder.event(pod, 'Warning', 'Failed', `Error: ${started.error}`)
  else recorder.event(pod, 'Normal', 'Started', 'Container started')
  const run = newRun(container, { id, attempt, folder, image, state: started })
  await succeed(slot, run, { context, now: clock.now() })
  return run
}

export const newRun = (container: Container, parts: Pick<Run, 'id' | 'attempt' | 'folder' | 'image' | 'state'>): Run => ({
  ...parts,
  started: container.startupProbe === undefined,
  ready: container.readinessProbe === undefined,
  unhealthy: undefined,
  stopping: undefined,
})

/** `run` takes the place of the one before, which is kept for what its status and its output say, and nothing more. */
async function succeed(slot: ContainerSlot, run: Run, { context, now }: { context: KubeletContext; now: number }): Promise<void> {
  const { current: before, previous: forgotten } = slot
  if (before?.state.state === 'exited') slot.backOff = lengthen(slot.backOff, before.state.finishedAt, now)
  slot.previous = before
  slot.current = run
  slot.trouble = undefined
  if (before) await rm(`${before.folder}/upper`, { recursive: true, force: true })
  if (forgotten) await context.kernel.containers.remove(forgotten.folder)
}

interface Parts {
  readonly image: Image
  readonly state: PodState
  readonly context: KubeletContext
}

async function configOf(pod: Pod, container: Container, { image, state, context }: Parts): Promise<Record<string, unknown>> {
  const { layout, dataDir, hidden = [] } = context
  const hostname = podHostname(pod, context)
  const sandbox = state.sandbox!
  const env = containerEnv(pod, container, {
    ...(await envSources(pod, container, { podIP: sandbox.address, context })),
    base: { ...image.env, HOSTNAME: hostname, ...serviceEnv(pod, context.caches.of(services).list()) },
  })
  const { network, ...paths } = sandboxPaths(layout.sandboxes, sandbox.name)
  return ociConfig(pod, container, {
    image,
    env,
    hostname,
    namespaces: pod.spec?.hostNetwork ? paths : { ...paths, network },
    mounts: [...podFileMounts(pod, context), ...(await volumeMounts(pod, container, { layout, env }))],
    hidden: [dataDir, ...hidden],
  })
}

/** Reads the ConfigMaps and Secrets that the container's variables name. */
async function envSources(
  pod: Pod,
  { env = [], envFrom = [] }: Container,
  { podIP, context }: { podIP: string; context: KubeletContext },
): Promise<Omit<EnvSources, 'base'>> {
  const sources = sourcesOf(context, pod, podIP)
  const names = (pick: 'configMap' | 'secret'): Set<string> =>
    new Set(
      [
        ...env.map(({ valueFrom }) => valueFrom?.[`${pick}KeyRef`]?.name),
        ...envFrom.map((from) => from[`${pick}Ref`]?.name),
      ].filter((name) => name !== undefined),
    )
  const read = async <T>(wanted: Set<string>, get: (name: string) => Promise<T>): Promise<Map<string, T>> =>
    new Map(await Promise.all([...wanted].map(async (name) => [name, await get(name)] as const)))
  const [maps, secrets] = await Promise.all([read(names('configMap'), sources.configMap), read(names('secret'), sources.secret)])
  return { podIP, hostIP: context.nodeIP, configMap: (name) => maps.get(name), secret: (name) => secrets.get(name) }
}
