import type { Readable, Writable } from 'node:stream'
import type { Place } from './cgroups/cgroups.ts'

/**
 * Containers as the kernel sees them: a folder each, in which everything about one is written down by the container's
 * own wrapper process. So a container outlives whoever started it, and whoever comes next finds out how it is doing.
 */
export interface Containers {
  /**
   * Starts a container and resolves once its program runs, or can't: that is an outcome, `exited` with an `error`.
   * Rejects when the folder exists already or a program this needs is missing.
   */
  start(options: ContainerOptions): Promise<ContainerState>
  /** How the container in this folder is doing; undefined when there never was one. */
  inspect(folder: string): Promise<ContainerState | undefined>
  /**
   * As {@link inspect}, of what a process left that may have been killed at any moment: a folder whose container had not been begun is
   * removed.
   */
  recover(folder: string): Promise<ContainerState | undefined>
  /** Resolves when the container has ended, at once if it had before. */
  ended(folder: string, signal?: AbortSignal): Promise<Exited>
  /** Sends a signal to the container's first process. One that has ended is no error. */
  kill(folder: string, signal: NodeJS.Signals): Promise<void>
  /** Lets the program read the end of its standard input, where it has one. */
  closeStdin(folder: string): Promise<void>
  /** How large the container's terminal is; no error where it has none. */
  resize(folder: string, columns: number, rows: number): Promise<void>
  /** Runs another program in a running container. */
  exec(id: string, options: ExecOptions, signal?: AbortSignal): Execution
  /** Kills what runs and deletes the folder. One that doesn't exist is no error. */
  remove(folder: string): Promise<void>
}

export interface ContainerOptions {
  /** Unique on this node. */
  readonly id: string
  /** Absolute; made here. */
  readonly folder: string
  /** config.json of the OCI runtime specification; `root` is filled in here. */
  readonly config: Readonly<Record<string, unknown>>
  /** The read-only layers of the root file system, uppermost first. What the container writes is its own and goes with it. */
  readonly layers: readonly string[]
  /** Standard output and error are appended here. */
  readonly log: string
  /**
   * A pipe or a terminal can be written to, at `<folder>/stdin`; otherwise it is empty. With a terminal, which config.json must ask
   * for too, output and error are one stream.
   */
  readonly stdin: 'null' | 'pipe' | 'terminal'
  /** The cgroup of its processes, which exists. Left out, they are limited by nothing. */
  readonly cgroup?: Place | undefined
}

export type ContainerState = Starting | Running | Exited

export interface Starting {
  readonly state: 'starting'
}

export interface Running {
  readonly state: 'running'
  readonly pid: number
  /** Milliseconds since the epoch, as all times here. */
  readonly startedAt: number
}

export interface Exited {
  readonly state: 'exited'
  /** The program's own, or 128 + n when signal n ended it. */
  readonly exitCode: number
  /** Undefined when the program never ran. */
  readonly startedAt: number | undefined
  readonly finishedAt: number
  /** Why the program could not be started; empty when it was. */
  readonly error: string
  /** How many of its processes the kernel killed because they wanted more memory than they may have. */
  readonly memoryKills: number
}

export interface ExecOptions {
  readonly command: readonly string[]
  /** A terminal: output and error are one stream, and {@link Execution.resize} has an effect. */
  readonly tty?: boolean
}

export interface Execution {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Undefined with a terminal. */
  readonly stderr: Readable | undefined
  resize(columns: number, rows: number): void
  /** The exit code; settles after the last output. */
  readonly ended: Promise<number>
}
