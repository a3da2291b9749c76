import { ProgramError, finish, run } from './run.ts'

/** iproute2 in the network namespace this process is in, spoken to in its own language: the text of ip(8). */
export interface Ip {
  /**
   * Runs commands in order: `route replace 10.244.2.0/24 via 192.168.1.3`. What several callers ask for in the same
   * moment shares one process, each in the order it asked. Rejects with a {@link ProgramError} that names this
   * caller's first command that failed; its other commands have been run all the same.
   */
  batch(commands: readonly string[]): Promise<void>
  /** The parsed output of `ip -json …`; empty when there is nothing to show. */
  query(args: readonly string[]): Promise<readonly IpObject[]>
}

export type IpObject = Readonly<Record<string, unknown>>

interface Request {
  readonly commands: readonly string[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createIp(): Ip {
  let waiting: Request[] = []
  let running = false

  const flush = async (): Promise<void> => {
    if (running) return
    running = true
    while (waiting.length > 0) {
      const requests = waiting
      waiting = []
      await runBatch(requests)
    }
    running = false
  }
  return {
    batch: (commands) =>
      commands.length === 0
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            waiting.push({ commands, resolve, reject })
            queueMicrotask(() => void flush())
          }),
    async query(args) {
      const { stdout } = await run('ip', ['-json', ...args])
      const parsed: unknown = JSON.parse(stdout.trim() || '[]')
      return Array.isArray(parsed) ? parsed : []
    },
  }
}

async function runBatch(requests: readonly Request[]): Promise<void> {
  const commands = requests.flatMap((request) => request.commands)
  try {
    const finished = await finish('ip', ['-force', '-batch', '-'], { input: `${commands.join('\n')}\n` })
    const failures = failedLines(finished.stderr)
    if (finished.code !== 0 && failures.size === 0) throw new ProgramError('ip', `ip -batch: ${finished.stderr.trim()}`, finished)
    let line = 1
    for (const { commands: own, resolve, reject } of requests) {
      const failed = own.findIndex((_, index) => failures.has(line + index))
      if (failed < 0) resolve()
      else reject(new ProgramError('ip', `ip ${own[failed]}: ${failures.get(line + failed)}`, finished))
      line += own.length
    }
  } catch (error) {
    for (const { reject } of requests) reject(error)
  }
}

/**
 * Line number to reason. iproute2 prints the kernel's words first and then where it was:
 *
 *     RTNETLINK answers: File exists
 *     Command failed -:3
 */
function failedLines(stderr: string): Map<number, string> {
  const failures = new Map<number, string>()
  let words: string[] = []
  for (const text of stderr.split('\n')) {
    const line = /^Command failed [^:]*:(\d+)$/.exec(text)?.[1]
    if (line === undefined) {
      if (text !== '') words.push(text)
      continue
    }
    failures.set(Number(line), words.join('; ') || 'failed')
    words = []
  }
  return failures
}
