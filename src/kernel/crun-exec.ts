import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, createWriteStream, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { ReadStream } from 'node:tty'
import type { ContainerOptions, ExecOptions, Execution } from './container.ts'
import { startFailure } from './crun-words.ts'
import { environment, ProgramError, startError } from './run.ts'
import { exitCodeOf } from './signals.ts'

/** open(2): a file without a name, which is gone once nobody has it open. Node.js doesn't name it. */
const O_TMPFILE = 0o20200000
/** Where crun finds the files it is given: what to run, where to complain, and where to say which process it is. */
const [PROCESS, LOG, PID] = [3, 4, 5]

/** Among config.json's annotations: the files by which a process comes into the container's cgroup. */
const PLACE = 'portolan.cgroup.procs'

/** Tells whoever runs another program in the container later where it belongs. */
export const placeNote = ({ cgroup }: Pick<ContainerOptions, 'cgroup'>): object =>
  cgroup ? { annotations: { [PLACE]: cgroup.procs.join(' ') } } : {}

/** crun does without cgroups here, and sets no score: so whoever starts it belongs to the right one, and has the right one, beforehand. */
const ENTER = 'for file in $1; do echo 0 >$file || exit; done; echo $2 >/proc/self/oom_score_adj; shift 2; exec crun "$@"'

/** Runs a program in a running container by `crun exec`, as its own program runs: environment, user, groups, folder. */
export function execIn(root: string, id: string, { command, tty = false }: ExecOptions, signal?: AbortSignal): Execution {
  const files = [nameless(root), nameless(root), nameless(root)] as const
  const end = (child: ChildProcess): Promise<number> => ended(child, { command, log: files[1], pid: files[2], signal })
  const closeFiles = (): void => files.forEach((fd) => closeSync(fd))
  try {
    const config = configOf(root, id)
    writeSync(files[0], JSON.stringify(likeItsOwn(config, { command, tty })))
    const how: Spawning = { id, root, files, end, signal, limits: config && limitsOf(config) }
    const execution = tty ? withTerminal(how) : withPipes(how)
    execution.ended.then(closeFiles, closeFiles)
    return execution
  } catch (error) {
    closeFiles()
    throw error
  }
}

interface Spawning {
  readonly id: string
  readonly root: string
  readonly files: readonly [process: number, log: number, pid: number]
  readonly end: (child: ChildProcess) => Promise<number>
  readonly signal: AbortSignal | undefined
  readonly limits: LimitedBy | undefined
}

interface LimitedBy {
  readonly procs: string
  readonly oomScore: string
}

const nameless = (folder: string): number => openSync(folder, constants.O_RDWR | O_TMPFILE, 0o600)

interface Config {
  readonly process: { readonly env: readonly string[]; readonly oomScoreAdj?: number }
  readonly annotations?: Readonly<Record<string, string>>
}

/** The container's config.json, of which crun keeps a copy; undefined when there is no such container. */
function configOf(root: string, id: string): Config | undefined {
  try {
    return JSON.parse(readFileSync(join(root, id, 'config.json'), 'utf8')) as Config
  } catch {
    return undefined
  }
}

function limitsOf({ annotations, process }: Config): LimitedBy | undefined {
  const procs = annotations?.[PLACE]
  return procs === undefined ? undefined : { procs, oomScore: String(process.oomScoreAdj ?? 0) }
}

/** The container's own process with another command. */
function likeItsOwn(config: Config | undefined, { command, tty }: { command: readonly string[]; tty: boolean }): object {
  // That there is no such container is said better by crun.
  if (!config) return { args: command, cwd: '/', user: { uid: 0, gid: 0 }, env: [], terminal: tty }
  const { process } = config
  const hasTerm = process.env.some((variable) => variable.startsWith('TERM='))
  const env = tty && !hasTerm ? [...process.env, 'TERM=xterm'] : process.env
  return { ...process, env, args: command, terminal: tty }
}

/** Program and arguments. */
const commandOf = (how: Spawning): [program: string, ...args: string[]] => {
  const { limits } = how
  return limits
    ? ['sh', '-c', ENTER, 'sh', limits.procs, limits.oomScore, ...crunArguments(how)]
    : ['crun', ...crunArguments(how)]
}

const crunArguments = ({ root, id }: Spawning): string[] => [
  '--root',
  root,
  '--cgroup-manager=disabled',
  `--log=/proc/self/fd/${LOG}`,
  'exec',
  `--process=/proc/self/fd/${PROCESS}`,
  `--pid-file=/proc/self/fd/${PID}`,
  id,
]

function withPipes(how: Spawning): Execution {
  const options = { env: environment(), signal: how.signal, killSignal: 'SIGKILL' as const }
  const [program, ...args] = commandOf(how)
  const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', 'pipe', ...how.files] })
  const { stdin, stdout, stderr } = child
  if (!stdin || !stdout || !stderr) throw new ProgramError('crun', 'crun has no pipes')
  // A program that doesn't read what it is sent is no error of ours.
  stdin.on('error', () => {})
  return { stdin, stdout, stderr, resize() {}, ended: how.end(child) }
}

/** crun passes between the container's own terminal and the one it is started on, which has to be its controlling one. */
function withTerminal(how: Spawning): Execution {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  let size: [columns: number, rows: number] | undefined
  let resize = (...wanted: [columns: number, rows: number]): void => void (size = wanted)
  const start = async (): Promise<number> => {
    // Loaded by the first terminal: calling into libc costs memory that most nodes never need.
    const { openTerminal } = await import('./terminal.ts')
    const terminal = openTerminal()
    resize = (columns, rows) => terminal.resize(columns, rows)
    if (size) resize(...size)
    const stdio = [terminal.slave, terminal.slave, terminal.slave, ...how.files]
    const setsid = ['--ctty', '--wait', ...commandOf(how)]
    const child = spawn('setsid', setsid, { stdio, env: environment(), signal: how.signal })
    closeSync(terminal.slave)
    const output = new ReadStream(terminal.master)
    stdin.pipe(createWriteStream('', { fd: terminal.master, autoClose: false }))
    output.on('data', (piece: Buffer) => stdout.write(piece) || output.pause())
    stdout.on('drain', () => output.resume())
    // EIO is how a terminal says that its last program has gone.
    output.on('error', () => output.destroy())
    output.on('close', () => stdout.end())
    return how.end(child)
  }
  const code = start()
  code.catch((error: unknown) => stdout.destroy(error instanceof Error ? error : undefined))
  return { stdin, stdout, stderr: undefined, resize: (columns, rows) => resize(columns, rows), ended: code }
}

interface Ending {
  readonly command: readonly string[]
  readonly log: number
  readonly pid: number
  readonly signal: AbortSignal | undefined
}

/** Only what crun itself has to say is in its log, and then the program never ran. */
const ended = (child: ChildProcess, { command, log, pid, signal }: Ending): Promise<number> =>
  new Promise((resolve, reject) => {
    let failed = false
    child.on('error', (error) => {
      failed = true
      // What crun has started would go on without it.
      if (signal?.aborted) killProcess(Number(textOf(pid)))
      reject(signal?.aborted ? error : startError(child.spawnfile, error))
    })
    child.on('close', (code, killedBy) => {
      // Whoever gave up has closed the log.
      if (failed) return
      const complaint = textOf(log)
      const exitCode = exitCodeOf(code, killedBy)
      if (complaint === '' || exitCode === 0) resolve(exitCode)
      else reject(new ProgramError(command[0] ?? '', startFailure(complaint, command[0] ?? '')))
    })
  })

function textOf(file: number): string {
  const text = Buffer.alloc(4096)
  return text.toString('utf8', 0, readSync(file, text, 0, text.length, 0)).trim()
}

/** 0 is what an empty file says: it has not been started. */
function killProcess(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}
