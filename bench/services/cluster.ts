import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, connectHttp2, createClient } from '../../src/client/index.ts'
import { down, status, type Up, up } from '../../src/cluster/index.ts'
import { firstProcessOf } from '../../src/kernel/index.ts'

const PORTOLAN = join(import.meta.dirname, '../../src/cli/main.ts')

export interface BenchCluster {
  readonly client: Client
  /** Milliseconds that `up` took. */
  readonly upMillis: number
  /** Where a node's network namespace is found from the host. */
  netns(name: string): string
  /** The same of a Pod in `default`. */
  podNetns(name: string): string
  /** Of all processes of the cluster but its Pods', in MB. */
  memory(): Memory
  remove(): Promise<void>
}

export interface Memory {
  /** Resident pages, each counted once however many processes share it. */
  readonly proportional: number
  /** Resident pages of each process added up: what processes share counts as often as it is shared. */
  readonly summed: number
}

/** A cluster of its own with nothing in its data folder: what the first `portolan up` gives. */
export async function benchCluster(): Promise<BenchCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'))
  const root = join(folder, 'data')
  const began = performance.now()
  const started: Up = await up({
    name: 'bench',
    root,
    kubeconfig: join(folder, 'kubeconfig'),
    program: [process.execPath, '--disable-warning=ExperimentalWarning', PORTOLAN],
    environment: process.env,
    progress: () => {},
    offline: true,
  })
  const upMillis = performance.now() - began
  const connection = connectHttp2(started.access)
  const init = firstProcessOf(started.pid)
  return {
    client: createClient(connection.handler),
    upMillis,
    netns: (name) => `/proc/${init}/root/run/netns/${name}`,
    podNetns: (name) => {
      const folder = `/proc/${init}/root/run/netns`
      return join(folder, readdirSync(folder).find((entry) => entry.startsWith(`default_${name}_`)) ?? name)
    },
    memory: () => memoryOf(root, started.pid),
    async remove() {
      connection.close()
      if (status(root).pid !== undefined) await down(root)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The bubble's own processes know the data folder; Pods' processes don't. */
function memoryOf(root: string, holder: number): Memory {
  const pids = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && (Number(pid) === holder || commandOf(pid).includes(root)),
  )
  const sum = (field: string): number => pids.reduce((total, pid) => total + fieldOf(pid, field), 0) / 1024
  return { proportional: sum('Pss'), summed: sum('Rss') }
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
const commandOf = (pid: string): string => read(`/proc/${pid}/cmdline`)
const fieldOf = (pid: string, field: string): number =>
  Number(new RegExp(`^${field}: +(\\d+)`, 'm').exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
