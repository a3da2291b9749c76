import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import type { Writable } from 'node:stream'
import { PortolanError } from '../lib/index.ts'
import { startError } from './run.ts'

export interface BubbleOptions {
  /** The program of the first process, for sh(1). */
  readonly initFile: string
  /** Where the first process's own words go. */
  readonly logFile: string
  /** A listening socket of the host's network namespace, which the bubble's first process gets as {@link API_SOCKET}. */
  readonly socket: Server
  /** What is done on the host when the bubble has ended, however it ended; a program for sh(1). */
  readonly afterwards: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** File descriptors that the bubble's first process has from the host: a listening socket, and the host's network namespace. */
export const API_SOCKET = 3
export const HOST_NAMESPACE = 4
/** The one that nobody reads from: when the last process that has it has ended, so has the bubble. */
export const LIFELINE = 5

/**
 * Starts a bubble: PID, mount and network namespaces whose first process runs `initFile`. Answers the process outside
 * that holds it: when that one ends, however it ends, the kernel kills the first process, and with it everything goes
 * (`unshare --kill-child`, pid_namespaces(7)). It lives on when the caller ends.
 */
export async function startBubble({ initFile, logFile, socket, afterwards, environment }: BubbleOptions): Promise<number> {
  const log = openSync(logFile, 'a', 0o600)
  const network = openSync('/proc/self/ns/net', 'r')
  const lifeline = startGuard(afterwards)
  try {
    const flags = [
      '--pid',
      '--mount',
      '--net',
      '--ipc',
      '--uts',
      '--propagation',
      'private',
      '--fork',
      '--kill-child',
      '--mount-proc',
    ]
    const child = spawn('unshare', [...flags, 'sh', initFile], {
      stdio: ['ignore', log, log, descriptorOf(socket), network, descriptorOf(lifeline)],
      detached: true,
      cwd: '/',
      env: environment,
    })
    await once(child, 'spawn').catch((error: Error) => {
      throw startError('unshare', error)
    })
    child.unref()
    return child.pid!
  } finally {
    lifeline.destroy() // here: the bubble has it
    closeSync(log)
    closeSync(network)
  }
}

/** A shell outside the bubble that waits until nobody has the other end of its input any more, and then runs `script`. Answers that end. */
function startGuard(script: string): Writable {
  const guard = spawn('sh', ['-c', `read -r nothing; ${script}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  // Without it nothing is lost but the tidying up.
  guard.on('error', () => {})
  guard.stdin!.on('error', () => {})
  guard.unref()
  return guard.stdin!
}

/** A socket that listens on the host's `host`:`port`. Throws AddressInUse. */
export async function openSocket(host: string, port: number): Promise<Server> {
  const server = createServer({ pauseOnConnect: true })
  server.listen(port, host)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new PortolanError(
      error.code === 'EADDRINUSE' ? 'AddressInUse' : 'CannotListen',
      `cannot listen on ${host}:${port}: ${error.message}`,
    )
  })
  return server
}

/** Node.js gives a child any descriptor, but has no public way to ask a socket for its own. */
function descriptorOf(socket: Server | Writable): number {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd: number } }
  if (!handle) throw new PortolanError('CannotListen', 'the socket is closed')
  return handle.fd
}

/** The first process of the bubble that process `holder` holds, as the host numbers it; undefined when it is gone. */
export function firstProcessOf(holder: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${holder}/task/${holder}/children`, 'utf8').trim().split(' ')
    return child ? Number(child) : undefined
  } catch {
    return undefined
  }
}

/** The command that runs `command` where a bubble's first process is, as one of its processes: it ends when the bubble does. */
export const enterBubble = (firstProcess: number, command: readonly string[]): readonly string[] => [
  'nsenter',
  `--target=${firstProcess}`,
  '--pid',
  '--mount',
  '--net',
  '--ipc',
  '--uts',
  '--',
  ...command,
]

/** The command that runs `command` in the network namespace `netns` of a bubble, with the host's files. */
export const enterNetns = (firstProcess: number, netns: string, command: readonly string[]): readonly string[] => [
  'nsenter',
  `--net=/proc/${firstProcess}/root/run/netns/${netns}`,
  '--',
  ...command,
]
