import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { killsIn } from './cgroups/plan.ts'
import type { ContainerOptions, Containers, ContainerState, Exited } from './container.ts'
import { WRAPPER } from './container-wrapper.ts'
import { execIn, placeNote } from './crun-exec.ts'
import { startFailure } from './crun-words.ts'
import { lowestOomScore } from './oom-score.ts'
import { environment, finish, startError } from './run.ts'

/** Containers run by crun(1), which keeps its state below `root`. */
export function createCrun(root: string): Containers {
  return {
    async start(options) {
      const { folder } = options
      await mkdir(folder, { recursive: false })
      await Promise.all(['root', 'upper', 'work'].map((name) => mkdir(join(folder, name))))
      const { config: wanted } = options
      const config = {
        ...wanted,
        process: spared(wanted['process']),
        root: { path: 'root', readonly: isReadOnly(wanted) },
        ...placeNote(options),
      }
      await writeFile(join(folder, 'id'), options.id)
      await writeFile(join(folder, 'config.json'), JSON.stringify(config))
      const wrapper = spawnWrapper(root, options)
      const failed = new Promise<never>((_, reject) => wrapper.once('error', (error) => reject(startError('unshare', error))))
      return Promise.race([failed, look(folder, async () => notStarting(await inspect(folder)))])
    },
    inspect,
    async recover(folder) {
      const state = await inspect(folder)
      if (state?.state !== 'starting' || (await hasWrapper(folder))) return state
      await rm(folder, { recursive: true, force: true })
      return undefined
    },
    ended: (folder, signal) => look(folder, async () => exited(await inspect(folder)), signal),
    async kill(folder, signal) {
      const state = await inspect(folder)
      if (state?.state === 'running') killProcess(state.pid, signal)
    },
    async closeStdin(folder) {
      const wrapper = await readText(join(folder, 'wrapper'))
      if (wrapper && !(await readText(join(folder, 'exit')))) killProcess(Number(wrapper), 'SIGUSR1')
    },
    async resize(folder, columns, rows) {
      const state = await inspect(folder)
      if (state?.state !== 'running') return
      const [, crun] = /^PPid:\s*(\d+)$/m.exec((await readText(`/proc/${state.pid}/status`)) ?? '') ?? []
      const { resizeTerminal } = await import('./terminal.ts')
      // When it has just started the program, crun is about to give it the size of its own terminal: that is changed first.
      if (crun) resizeTerminal(`/proc/${crun}/fd/0`, columns, rows)
      resizeTerminal(`/proc/${state.pid}/root/dev/console`, columns, rows)
    },
    exec: (id, options, signal) => execIn(root, id, options, signal),
    async remove(folder) {
      const state = await inspect(folder)
      if (state === undefined) return
      if (state.state === 'running') killProcess(state.pid, 'SIGKILL')
      if (state.state !== 'exited') await look(folder, async () => exited(await inspect(folder)))
      const id = await readText(join(folder, 'id'))
      // Only a wrapper that was killed leaves crun's own notes behind.
      if (id && existsSync(join(root, id))) await finish('crun', ['--root', root, 'delete', '--force', id])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The process of config.json, not spared more by the kernel than may be said here. */
const spared = (process: unknown): object => {
  const { oomScoreAdj, ...rest } = process as { readonly oomScoreAdj?: number }
  return oomScoreAdj === undefined ? rest : { ...rest, oomScoreAdj: Math.max(oomScoreAdj, lowestOomScore()) }
}

function spawnWrapper(root: string, { id, folder, config, layers, log, stdin, cgroup }: ContainerOptions): ChildProcess {
  const limits = [cgroup?.procs.join(' ') ?? '', cgroup?.kills ?? '']
  const shell = ['sh', '-c', WRAPPER, 'container', folder, id, root, layers.join(':'), log, stdin, ...limits]
  // A session of its own: what ends the node process, Ctrl-C included, is not meant for its containers.
  const child = spawn('unshare', ['--mount', '--propagation', propagationOf(config), ...shell], {
    detached: true,
    stdio: 'ignore',
    env: environment(),
  })
  child.unref()
  return child
}

/** A container whose mounts the node is to see must not be cut off from it; mount_namespaces(7). */
const propagationOf = ({ linux }: ContainerOptions['config']): string =>
  (linux as { readonly rootfsPropagation?: string } | undefined)?.rootfsPropagation === 'rshared' ? 'unchanged' : 'slave'

const isReadOnly = (config: ContainerOptions['config']): boolean => {
  const { root } = config
  return typeof root === 'object' && root !== null && 'readonly' in root && root.readonly === true
}

async function inspect(folder: string): Promise<ContainerState | undefined> {
  const [pid, exit] = await Promise.all([written(join(folder, 'pid')), written(join(folder, 'exit'))])
  if (exit) return exitedState(folder, { exit, startedAt: pid?.at })
  if (!pid) return existsSync(folder) ? { state: 'starting' } : undefined
  if (existsSync(`/proc/${pid.text}`)) return { state: 'running', pid: Number(pid.text), startedAt: pid.at }
  // The program is gone. Its wrapper is about to say how, unless somebody killed that too.
  const wrapper = await readText(join(folder, 'wrapper'))
  if (wrapper && existsSync(`/proc/${wrapper}`)) return { state: 'running', pid: Number(pid.text), startedAt: pid.at }
  const last = (await written(join(folder, 'exit'))) ?? { text: '137', at: Date.now() }
  return exitedState(folder, { exit: last, startedAt: pid.at })
}

/** Whether a wrapper works for this folder, which is among its arguments before it has written anything. */
async function hasWrapper(folder: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return commands.some((command) => command.split('\0').includes(folder))
}

async function exitedState(
  folder: string,
  { exit, startedAt }: { exit: Written; startedAt: number | undefined },
): Promise<Exited> {
  const error = startedAt === undefined ? await failureOf(folder) : ''
  const memoryKills = killsIn((await readText(join(folder, 'kills'))) ?? '')
  return { state: 'exited', exitCode: Number(exit.text), startedAt, finishedAt: exit.at, error, memoryKills }
}

/** What crun or mount said, about the program that config.json names. */
async function failureOf(folder: string): Promise<string> {
  const config = JSON.parse((await readText(join(folder, 'config.json'))) ?? '{}') as ContainerOptions['config']
  const { args } = (config['process'] ?? {}) as { readonly args?: readonly string[] }
  return startFailure((await readText(join(folder, 'error'))) ?? '', args?.[0] ?? '')
}

interface Written {
  readonly text: string
  readonly at: number
}

/** A file that somebody else writes; undefined until there is something in it. */
async function written(file: string): Promise<Written | undefined> {
  const text = await readText(file)
  // Whole milliseconds, as clocks here count: the file's time would otherwise lie ahead of a clock read after it.
  return text ? { text, at: Math.floor((await stat(file)).mtimeMs) } : undefined
}

const readText = async (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )

const exited = (state: ContainerState | undefined): Exited | undefined => (state?.state === 'exited' ? state : undefined)

const notStarting = (state: ContainerState | undefined): ContainerState | undefined =>
  state?.state === 'starting' ? undefined : state

/** Looks whenever something in `folder` has changed, until there is an answer. */
function look<T>(folder: string, answer: () => Promise<T | undefined>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const watcher = watch(folder)
    const settle = (finishWith: () => void): void => {
      watcher.close()
      signal?.removeEventListener('abort', onAbort)
      finishWith()
    }
    const onAbort = (): void => settle(() => reject(signal?.reason))
    const ask = (): void => {
      answer().then(
        (value) => value !== undefined && settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      )
    }
    watcher.on('change', ask)
    watcher.on('error', (error) => settle(() => reject(error)))
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    else ask()
  })
}

function killProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended in the meantime.
  }
}
