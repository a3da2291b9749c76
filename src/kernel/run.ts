import { spawn } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { PortolanError } from '../lib/index.ts'
import { exitCodeOf } from './signals.ts'

export interface RunOptions {
  /** Written to the program's standard input, which is then closed. A stream that fails kills the program. */
  readonly input?: string | AsyncIterable<Uint8Array>
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Kills the program; {@link run} then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

export interface Finished {
  /** What the shell would show in `$?`: 128 + n when signal n ended the program. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** `code` is `ProgramMissing` when it isn't installed, `ProgramFailed` when it ran and said no. */
export class ProgramError extends PortolanError {
  readonly program: string
  readonly exitCode: number
  readonly stderr: string

  constructor(program: string, message: string, finished?: Finished, options?: ErrorOptions) {
    super(finished ? 'ProgramFailed' : 'ProgramMissing', message, options)
    this.name = 'ProgramError'
    this.program = program
    this.exitCode = finished?.code ?? 127
    this.stderr = finished?.stderr ?? ''
  }
}

/** The Debian package of every program that this folder runs. */
const PACKAGES: Readonly<Record<string, string>> = {
  conntrack: 'conntrack',
  crun: 'crun',
  fallocate: 'util-linux',
  ip: 'iproute2',
  mount: 'mount',
  nft: 'nftables',
  nsenter: 'util-linux',
  setsid: 'util-linux',
  sh: 'dash',
  tar: 'tar',
  umount: 'mount',
  unshare: 'util-linux',
}

/** This process's environment, with the folders of system programs on PATH: not every user's login has them. */
export const environment = (extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`,
  ...extra,
})

/** What to tell whoever tried to run `program` and got `error` from the operating system. */
export function startError(program: string, error: Error): ProgramError {
  if (!('code' in error) || error.code !== 'ENOENT')
    return new ProgramError(program, `cannot run ${program}`, undefined, { cause: error })
  const where = PACKAGES[program] ? `; install the Debian package ${PACKAGES[program]}` : ''
  return new ProgramError(program, `${program} is not installed${where}`, undefined, { cause: error })
}

/**
 * Runs a program to its end and answers what it said. Rejects with a {@link ProgramError} when it isn't there or ends
 * with anything but 0; the message is the program's own last words.
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const finished = await finish(program, args, options)
  if (finished.code === 0) return finished
  const words = finished.stderr.trim() || `exit code ${finished.code}`
  throw new ProgramError(program, `${program} ${args.join(' ')}: ${words}`, finished)
}

/** As {@link run}, but every exit code is an answer. */
export function finish(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { input = '', env, cwd, signal } = options
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd, signal, env: environment(env) })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => stdout.push(piece))
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece))
    child.on('error', (error) => reject(signal?.aborted ? error : startError(program, error)))
    child.on('close', (code, killedBy) => {
      const text = { stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') }
      resolve({ code: exitCodeOf(code, killedBy), ...text })
    })
    // A program that ends without reading all of its input has its say in the exit code, not here.
    child.stdin.on('error', () => {})
    if (typeof input === 'string') child.stdin.end(input)
    else pipeline(input, child.stdin).catch((error: unknown) => isClosed(error) || (child.kill('SIGKILL'), reject(error)))
  })
}

const isClosed = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE')
