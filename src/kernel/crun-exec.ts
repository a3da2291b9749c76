import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { ReadStream } from 'node:tty'
import type { ExecOptions, Execution } from './container.ts'
import { environment, startError } from './run.ts'
import { exitCodeOf } from './signals.ts'

/** Runs a program in a running container by `crun exec`, which takes over its environment, user and folder. */
export function execIn(root: string, id: string, { command, tty = false }: ExecOptions, signal?: AbortSignal): Execution {
  const crun = [
    '--root',
    root,
    '--cgroup-manager=disabled',
    'exec',
    ...likeItsOwn(root, id),
    ...(tty ? ['--tty'] : []),
    id,
    ...command,
  ]
  return tty ? withTerminal(crun, signal) : withPipes(crun, signal)
}

/** crun keeps a copy of every container's config.json; without being told it would exec as root, in `/`. */
function likeItsOwn(root: string, id: string): string[] {
  try {
    const { process } = JSON.parse(readFileSync(join(root, id, 'config.json'), 'utf8'))
    return ['--user', `${process.user.uid}:${process.user.gid}`, '--cwd', process.cwd]
  } catch {
    // There is no such container, which crun says better.
    return []
  }
}

function withPipes(crun: readonly string[], signal?: AbortSignal): Execution {
  const options = { env: environment(), signal, killSignal: 'SIGKILL' as const }
  const child = spawn('crun', crun, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  // A program that doesn't read what it is sent is no error of ours.
  child.stdin.on('error', () => {})
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, resize() {}, ended: ended(child, signal) }
}

/** crun passes between the container's own terminal and the one it is started on, which has to be its controlling one. */
function withTerminal(crun: readonly string[], signal?: AbortSignal): Execution {
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
    const stdio = [terminal.slave, terminal.slave, terminal.slave]
    const child = spawn('setsid', ['--ctty', '--wait', 'crun', ...crun], { stdio, env: environment(), signal })
    closeSync(terminal.slave)
    const output = new ReadStream(terminal.master)
    stdin.pipe(createWriteStream('', { fd: terminal.master, autoClose: false }))
    output.on('data', (piece: Buffer) => stdout.write(piece) || output.pause())
    stdout.on('drain', () => output.resume())
    // EIO is how a terminal says that its last program has gone.
    output.on('error', () => output.destroy())
    output.on('close', () => stdout.end())
    return ended(child, signal)
  }
  const code = start()
  code.catch((error: unknown) => stdout.destroy(error instanceof Error ? error : undefined))
  return { stdin, stdout, stderr: undefined, resize: (columns, rows) => resize(columns, rows), ended: code }
}

const ended = (child: ChildProcess, signal?: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    child.on('error', (error) => reject(signal?.aborted ? error : startError(child.spawnfile, error)))
    child.on('close', (code, killedBy) => resolve(exitCodeOf(code, killedBy)))
  })
