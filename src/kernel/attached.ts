import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startError } from './run.ts'
import { exitCodeOf } from './signals.ts'

/** Runs a program with this process's own terminal, input and output. Answers its exit code as a shell counts it. */
export async function runAttached(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env })
  // Ctrl-C reaches the program by the terminal, a request to end by us; it ends, and with it this one.
  const ignore = (): void => {}
  const pass = (signal: NodeJS.Signals): unknown => child.kill(signal)
  process.on('SIGINT', ignore)
  process.on('SIGTERM', pass)
  try {
    const [code, signal] = await once(child, 'exit').catch((error: Error) => {
      throw startError(program, error)
    })
    return exitCodeOf(code, signal)
  } finally {
    process.off('SIGINT', ignore)
    process.off('SIGTERM', pass)
  }
}
