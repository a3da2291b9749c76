import { spawn } from 'node:child_process'
import type { ExecOptions, Execution } from './container.ts'
import { environment, startError } from './run.ts'
import { exitCodeOf } from './signals.ts'

/** Runs a program in a running container by `crun exec`, which takes over its environment, user and folder. */
export function execIn(root: string, id: string, options: ExecOptions, signal?: AbortSignal): Execution {
  const args = ['--root', root, '--cgroup-manager=disabled', 'exec', id, ...options.command]
  const child = spawn('crun', args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment(), signal, killSignal: 'SIGKILL' })
  // A program that doesn't read what it is sent is no error of ours.
  child.stdin.on('error', () => {})
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    resize() {},
    ended: new Promise((resolve, reject) => {
      child.on('error', (error) => reject(signal?.aborted ? error : startError('crun', error)))
      child.on('close', (code, killedBy) => resolve(exitCodeOf(code, killedBy)))
    }),
  }
}
