import { Readable, Writable } from 'node:stream'
import { type ContainerOptions, type Containers, type ContainerState, type Exited } from './container.ts'
import { PortolanError } from '../lib/index.ts'
import { signalNumber } from './signals.ts'

/** What a fake container runs, by the first word of its command: resolves with its exit code, or never. */
export type FakePrograms = Readonly<Record<string, (args: readonly string[]) => Promise<number>>>

interface Fake {
  readonly options: ContainerOptions
  state: ContainerState
  readonly ended: PromiseWithResolvers<Exited>
}

const SIGNALS_THAT_INIT_IGNORES: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP'])

/** Containers whose programs are functions. As in a PID namespace, a first process that doesn't handle SIGTERM ignores it. */
export function fakeContainers(programs: FakePrograms): Containers {
  const containers = new Map<string, Fake>()
  let pids = 1
  const end = (fake: Fake, exitCode: number, error = ''): void => {
    if (fake.state.state === 'exited') return
    const startedAt = fake.state.state === 'running' ? fake.state.startedAt : undefined
    const exited: Exited = { state: 'exited', exitCode, startedAt, finishedAt: Date.now(), error, memoryKills: 0 }
    fake.state = exited
    fake.ended.resolve(exited)
  }
  const kill = async (folder: string, signal: NodeJS.Signals): Promise<void> => {
    const fake = containers.get(folder)
    if (fake?.state.state === 'running' && !SIGNALS_THAT_INIT_IGNORES.has(signal)) end(fake, 128 + signalNumber(signal))
  }
  return {
    async start(options) {
      if (containers.has(options.folder)) throw new PortolanError('EEXIST', `EEXIST: ${options.folder}`)
      const fake: Fake = { options, state: { state: 'starting' }, ended: Promise.withResolvers<Exited>() }
      containers.set(options.folder, fake)
      const [program = '', ...args] = argsOf(options)
      const run = programs[program]
      if (!run) end(fake, 1, `exec: "${program}": executable file not found in $PATH`)
      else {
        fake.state = { state: 'running', pid: ++pids, startedAt: Date.now() }
        void run(args).then((code) => end(fake, code))
      }
      return fake.state
    },
    inspect: async (folder) => containers.get(folder)?.state,
    recover: async (folder) => containers.get(folder)?.state,
    ended: (folder, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
        void containers.get(folder)?.ended.promise.then(resolve)
      }),
    kill,
    closeStdin: async () => {},
    resize: async () => {},
    exec(_id, { command: [program = '', ...args] }) {
      const code = programs[program]?.(args) ?? Promise.resolve(255)
      return { stdin: new Writable({ write: (_piece, _encoding, done) => done() }), ...silence(), resize() {}, ended: code }
    },
    async remove(folder) {
      await kill(folder, 'SIGKILL')
      containers.delete(folder)
    },
  }
}

const silence = (): { stdout: Readable; stderr: Readable } => ({ stdout: Readable.from([]), stderr: Readable.from([]) })

const argsOf = ({ config }: ContainerOptions): readonly string[] => {
  const { process } = config as { readonly process?: { readonly args?: readonly string[] } }
  return process?.args ?? []
}
