import type { Socket } from 'node:net'
import type { Caches, Client } from '../client/index.ts'
import type { Clock, Logger } from '../lib/index.ts'

/** Sockets in the host's network namespace. */
export interface HostKernel {
  connectIn(namespace: string, port: number): Promise<Socket>
  listenIn(namespace: string, where: { readonly address: string; readonly port: number }): Promise<number>
}

export interface HostOptions {
  readonly client: Client
  readonly caches: Caches
  readonly clock: Clock
  readonly log: Logger
  readonly kernel: HostKernel
  /** A file that stands for the host's network namespace. */
  readonly namespace: string
  /** Addresses of this process that nodes and Pods reach: one of each family at most. */
  readonly addresses: readonly string[]
  /** The list of exposed programs, see exposed.ts. */
  readonly exposedFile: string
}
