import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ClusterSpec } from '../spec.ts'

/** The files of one cluster, all below one folder. What is here outlives `down`; nothing else of a cluster does. */
export interface ClusterFolder {
  readonly root: string
  readonly spec: string
  /** Which processes run it now; written by `up`, removed by `down`. */
  readonly running: string
  readonly store: string
  readonly pki: string
  readonly logs: string
  /** Kubeconfig files of the cluster's own components and of its administrator. */
  readonly kubeconfigs: string
  readonly init: string
  /** What its first process can do. */
  readonly functions: string
  /** Settings of the cluster's DNS, from whoever wants others than the usual. */
  readonly corefile: string
}

/** `/var/lib/portolan/NAME` for root, `~/.local/share/portolan/NAME` for everybody else; `$PORTOLAN_DATA` replaces the parent. */
export function defaultRoot(name: string, environment: Readonly<Record<string, string | undefined>>): string {
  const parent =
    environment['PORTOLAN_DATA'] ?? (process.getuid?.() === 0 ? '/var/lib/portolan' : join(homedir(), '.local/share/portolan'))
  return join(parent, name)
}

export const folderAt = (root: string): ClusterFolder => ({
  root,
  spec: join(root, 'cluster.json'),
  running: join(root, 'running.json'),
  store: join(root, 'store.db'),
  pki: join(root, 'pki'),
  logs: join(root, 'logs'),
  kubeconfigs: join(root, 'kubeconfigs'),
  init: join(root, 'init.sh'),
  functions: join(root, 'functions.sh'),
  corefile: join(root, 'Corefile'),
})

/** How a bubble that runs is found again: its first process, and when that began, because process numbers are used anew. */
export interface RunningCluster {
  readonly pid: number
  readonly startTime: string
  /** The file that has the cluster's context; undefined when that is no longer known. */
  readonly kubeconfig?: string
}

export const readSpec = (folder: ClusterFolder): ClusterSpec | undefined => readJson<ClusterSpec>(folder.spec)
export const writeSpec = (folder: ClusterFolder, spec: ClusterSpec): void => writeJson(folder.spec, spec)

/** The cluster's bubble, if its first process still lives. */
export function readRunning(folder: ClusterFolder): RunningCluster | undefined {
  const running = readJson<RunningCluster>(folder.running) ?? stray(folder)
  return running && startTimeOf(running.pid) === running.startTime ? running : undefined
}

/** A bubble whose folder somebody has deleted: its first process still says where it was. */
function stray({ init }: ClusterFolder): RunningCluster | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [program, ...args] = wordsOf(pid)
    if (program === 'unshare' && args.at(-1) === init) return { pid: Number(pid), startTime: startTimeOf(Number(pid)) ?? '' }
  }
  return undefined
}

/** The words that started a process; none for one that has just ended. */
function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}
export const writeRunning = (folder: ClusterFolder, running: RunningCluster): void => writeJson(folder.running, running)
export const forgetRunning = (folder: ClusterFolder): void => rmSync(folder.running, { force: true })

/** Field 22 of /proc/PID/stat, proc(5); undefined when there is no such process or it is a zombie. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Writes a file whole or not at all, readable by its owner only. */
export function writeSecret(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

const writeJson = (file: string, value: unknown): void => writeSecret(file, `${JSON.stringify(value, null, 2)}\n`)

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
