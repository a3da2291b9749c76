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
  // Ctrl-C is for the program; it ends, and with it this one.
  const ignore = (): void => {}
  process.on('SIGINT', ignore)
  try {
    const [code, signal] = await once(child, 'exit').catch((error: Error) => {
      throw startError(program, error)
    })
    return exitCodeOf(code, signal)
  } finally {
    process.off('SIGINT', ignore)
  }
}
