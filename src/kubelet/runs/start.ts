import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Container, type Pod, services } from '../../api/index.ts'
import { ownCapabilities, type Place, sandboxPaths } from '../../kernel/index.ts'
import { lengthen } from '../pod/back-off.ts'
import { ociConfig } from '../container/config.ts'
import { localAppArmor } from '../container/app-armor.ts'
import { capabilitiesOf } from '../container/capabilities.ts'
import { hostDevices } from '../container/devices.ts'
import { containerEnv, type EnvSources } from '../container/env.ts'
import { containerLimits, oomScoreOf } from '../container/resources.ts'
import { serviceEnv } from '../container/service-env.ts'
import { writeNote } from '../pod/note.ts'
import { nextAttempt, startError } from '../status/container-status.ts'
import { type KubeletContext, sourcesOf } from '../context.ts'
import type { Image } from '../../images/index.ts'
import { seccompOf } from '../container/seccomp.ts'
import { type LinuxUser, userOf } from '../container/user.ts'
import { aboutContainer } from '../events.ts'
import { containerId } from '../layout.ts'
import { removeLog } from '../logs/trim.ts'
import { sharedProcesses } from '../sandbox/pause.ts'
import { podFileMounts, podHostname } from '../sandbox/pod-files.ts'
import { findImage } from '../images/pull.ts'
import { sharedMemoryMounts } from '../sandbox/shared-memory.ts'
import { type ContainerSlot, newFindings, type PodState, type Run } from '../pod/state.ts'
import { makeTerminationFile, terminationMessage } from './termination.ts'
import { bindMount, volumeMounts } from '../volumes/mounts.ts'

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
  const user = await userOf(pod, container, image)
  slot.image = { reference: image.reference, id: image.id, user, asked: container.image }
  const attempt = nextAttempt(pod, slot)
  const lastWords = layout.lastWords(state.uid, container.name, attempt)
  const config = await configOf(pod, container, { image, user, state, context, lastWords })
  const id = containerId(state.uid, container.name, attempt)
  const folder = layout.run(state.uid, container.name, attempt)
  const log = layout.log(state, container.name, attempt)
  await Promise.all([folder, log, lastWords].map((file) => mkdir(dirname(file), { recursive: true })))
  await makeTerminationFile(lastWords)
  const cgroup = await limit(container, id, { state, context })
  const subject = aboutContainer(pod, container)
  recorder.event(subject, 'Normal', 'Created', 'Container created')
  await writeNote(state, context)
  const started = await kernel.containers.start({
    id,
    folder,
    config,
    layers: image.layers,
    log,
    stdin: container.tty ? 'terminal' : container.stdin ? 'pipe' : 'null',
    cgroup,
  })
  if (started.state === 'exited' && started.startedAt === undefined)
    recorder.event(subject, 'Warning', 'Failed', `Error: ${startError(started.error)}`)
  else recorder.event(subject, 'Normal', 'Started', 'Container started')
  const message = await terminationMessage(container, { file: lastWords, log, state: started })
  const run = newRun(container, { id, attempt, folder, image: slot.image, state: started, message })
  await succeed(slot, run, { state, context, now: clock.now() })
  return run
}

/** The run's own cgroup, below the Pod's; undefined where the Pod has none. */
async function limit(
  container: Container,
  id: string,
  { state: { sandbox }, context: { kernel } }: { state: PodState; context: KubeletContext },
): Promise<Place | undefined> {
  if (!sandbox?.cgroup) return undefined
  const path = `${sandbox.cgroup.path}/${id}`
  await kernel.cgroups.set(path, containerLimits(container))
  return kernel.cgroups.place(path)
}

export const newRun = (
  container: Container,
  parts: Pick<Run, 'id' | 'attempt' | 'folder' | 'image' | 'state' | 'message'>,
): Run => ({
  ...newFindings(),
  ...parts,
  started: container.startupProbe === undefined,
  ready: container.readinessProbe === undefined,
  settled: container.lifecycle?.postStart === undefined,
})

/** `run` takes the place of the one before, which is kept for what its status and its output say, and nothing more. */
async function succeed(
  slot: ContainerSlot,
  run: Run,
  { state, context, now }: { state: PodState; context: KubeletContext; now: number },
): Promise<void> {
  const { current: before, previous: forgotten } = slot
  if (before?.state.state === 'exited')
    // Another image has failed at nothing yet.
    slot.backOff = lengthen(isOther(before, run) ? undefined : slot.backOff, before.state.finishedAt, now)
  slot.previous = before
  slot.current = run
  slot.trouble = undefined
  if (before) await rm(`${before.folder}/upper`, { recursive: true, force: true })
  if (!forgotten) return
  await context.kernel.containers.remove(forgotten.folder)
  await rm(context.layout.lastWords(state.uid, slot.name, forgotten.attempt), { force: true })
  await removeLog(context.layout.log(state, slot.name, forgotten.attempt))
}

const isOther = (before: Run, run: Run): boolean => before.image.asked !== undefined && before.image.asked !== run.image.asked

interface Parts {
  readonly image: Image
  readonly user: LinuxUser
  readonly state: PodState
  readonly context: KubeletContext
  /** Path of the file for the run's last words. */
  readonly lastWords: string
}

async function configOf(
  pod: Pod,
  container: Container,
  { image, user, state, context, lastWords }: Parts,
): Promise<Record<string, unknown>> {
  const { layout, dataDir, hidden = [] } = context
  const hostname = podHostname(pod, context)
  const sandbox = state.sandbox!
  const env = containerEnv(pod, container, {
    ...(await envSources(pod, container, { podIPs: sandbox.addresses, context })),
    base: { ...image.env, HOSTNAME: hostname, ...serviceEnv(pod, context.caches.of(services).list()) },
  })
  const { network, ipc, uts } = sandboxPaths(layout.sandboxes, sandbox.name)
  const { hostNetwork, hostIPC } = pod.spec ?? {}
  const capabilities = capabilitiesOf(container.securityContext ?? {}, ownCapabilities())
  const pid = await sharedProcesses(pod, state.uid, context)
  return ociConfig(pod, container, {
    image,
    user,
    env,
    hostname,
    namespaces: { uts, ...(!hostIPC && { ipc }), ...(!hostNetwork && { network }), ...(pid !== undefined && { pid }) },
    mounts: [
      ...sharedMemoryMounts(pod, context),
      ...podFileMounts(pod, context),
      bindMount(lastWords, container.terminationMessagePath ?? '/dev/termination-log'),
      ...(await volumeMounts(pod, container, { layout, env, kernel: context.kernel })),
    ],
    capabilities,
    seccomp: await seccompOf(pod, container, { folder: layout.seccomp, capabilities }),
    devices: container.securityContext?.privileged ? await hostDevices() : [],
    appArmorProfile: localAppArmor(pod, container),
    oomScoreAdj: oomScoreOf(pod, container, context.memory),
    hasCgroup: sandbox.cgroup !== undefined,
    hidden: [dataDir, ...hidden],
  })
}

/** Reads the ConfigMaps and Secrets that the container's variables name. */
async function envSources(
  pod: Pod,
  { env = [], envFrom = [] }: Container,
  { podIPs, context }: { podIPs: readonly string[]; context: KubeletContext },
): Promise<Omit<EnvSources, 'base'>> {
  const sources = sourcesOf(context, pod, { podIPs })
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
  const { nodeIPs: hostIPs, allocatable } = context
  return { podIPs, hostIPs, allocatable, configMap: (name) => maps.get(name), secret: (name) => secrets.get(name) }
}
