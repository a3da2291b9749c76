import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { KubeletContext } from '../context.ts'
import type { Pods } from '../pod/pods.ts'

/** What whoever answers a request of the API server knows of the node. */
export interface ServerContext {
  readonly pods: Pods
  readonly context: KubeletContext
}

/** A request whose connection is to be used for something else than HTTP. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}
