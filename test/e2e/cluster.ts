/** A cluster of its own for a test file: its own name, data folder and kubeconfig, taken down at the end. */
import { execFile, spawn } from 'node:child_process'
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../src/testing/index.ts'
import { kubectlPath } from '../../tools/kubectl.ts'

const PORTOLAN = join(import.meta.dirname, '../../bin/portolan')

export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

export interface TestCluster {
  readonly folder: string
  readonly data: string
  readonly kubeconfig: string
  /** For programs that a test starts itself: the kubectl, and the environment in which it finds this cluster. */
  readonly kubectlPath: string
  readonly env: NodeJS.ProcessEnv
  /** The command, about this cluster. */
  portolan(...args: readonly string[]): Promise<Ran>
  /** What kubectl prints. Rejects with what it says when it fails. */
  kubectl(command: string, input?: string): Promise<string>
  /** As {@link kubectl}, with words that hold spaces. */
  kubectlWords(words: readonly string[], input?: string): Promise<string>
  /** A command on the laptop outside. */
  outside(...command: readonly string[]): Promise<Ran>
  /** Kills every process of the cluster that is a `control-plane` or a `node-agent`; resolves when others have taken their place. */
  kill(process: 'control-plane' | 'node-agent'): Promise<void>
  remove(): Promise<void>
}

interface Wanted {
  readonly nodes?: number
  /** Of `portolan up`. */
  readonly flags?: readonly string[]
}

/** Starts a cluster and resolves when it answers. */
export async function testCluster({ nodes = 2, flags = [], ...around }: Around & Wanted = {}): Promise<TestCluster> {
  const cluster = await prepareCluster(around)
  const up = await cluster.portolan('up', '--nodes', String(nodes), ...flags)
  if (up.code !== 0) throw new Error(`portolan up failed: ${up.error}`)
  return cluster
}

/** A computer of a test's own: a network with nothing in it but its loopback, and a folder that it doesn't have. */
export async function makeComputer({ hidden }: { readonly hidden?: string } = {}): Promise<{
  readonly pid: number
  readonly end: () => void
}> {
  const hide = hidden === undefined ? '' : `mount -t tmpfs tmpfs ${hidden}; `
  const script = `${hide}ip link set lo up; echo ready; exec sleep 1000`
  const child = spawn('unshare', ['--net', '--mount', 'sh', '-ec', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return { pid: child.pid!, end: () => void child.kill('SIGKILL') }
}

interface Around {
  /** A process whose network and files are the computer's. */
  readonly on?: number
  /** Whether that namespace leads to something that stands for the world. */
  readonly world?: boolean
}

/** Everything but the cluster: nothing has been started. */
export async function prepareCluster({ on, world = false }: Around = {}): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-e2e-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const data = join(folder, 'data')
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder }
  const kubectl = await kubectlPath('1.36')
  const ran = (program: string, args: readonly string[], how: How): Promise<Ran> =>
    on === undefined ? runTo(program, args, how) : runTo('nsenter', [`--target=${on}`, '--net', '--mount', program, ...args], how)
  // A test asks nobody out in the world, unless it has made that world itself.
  const flags = (command: string | undefined): readonly string[] => (command === 'up' && !world ? ['--offline'] : [])
  const portolan = (...args: readonly string[]): Promise<Ran> =>
    ran(PORTOLAN, [...args, ...flags(args[0])], { env: { ...env, PORTOLAN_DATA: data } })
  const words = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, out, error } = await ran(kubectl, args, { env, ...(input === undefined ? {} : { input }) })
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${error}`)
    return out
  }
  return {
    folder,
    data,
    kubeconfig,
    kubectlPath: kubectl,
    env,
    portolan,
    kubectl: (command, input) => words(command.split(' '), input),
    kubectlWords: words,
    outside: (...command) => portolan('outside', 'exec', '--', ...command),
    kill: (word) => killAll(word, data),
    async remove() {
      await portolan('down')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function killAll(word: string, data: string): Promise<void> {
  const old = processes(word, data)
  assert.notEqual(old.length, 0, `no process ${word}`)
  for (const pid of old) process.kill(pid, 'SIGKILL')
  await eventually(() => assert.equal(processes(word, data).filter((pid) => !old.includes(pid)).length, old.length))
}

/** Processes of the cluster with this data folder whose arguments hold `word`. */
function processes(word: string, data: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return program.endsWith('node') && args.includes(word) && args.some((arg) => arg.startsWith(data))
      } catch {
        return false
      }
    })
    .map(Number)
}

interface How {
  readonly env: NodeJS.ProcessEnv
  readonly input?: string
}

function runTo(program: string, args: readonly string[], { env, input }: How): Promise<Ran> {
  return new Promise((resolve) => {
    const done = (failure: unknown, out: string, error: string): void =>
      resolve({ code: failure === null ? 0 : ((failure as { code?: number }).code ?? 1), out, error })
    const child = execFile(program, args, { env, timeout: 120_000, maxBuffer: 64 << 20 }, done)
    child.stdin?.end(input)
  })
}
