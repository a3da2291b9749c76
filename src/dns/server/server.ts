import type { Logger } from '../../lib/index.ts'

export interface Endpoint {
  readonly address: string
  readonly port: number
}

export type Transport = 'udp' | 'tcp'

/** A message as it arrived. */
export interface Incoming {
  readonly message: Buffer
  readonly transport: Transport
  /** The client's address. */
  readonly client: string
}

/** Calls `send` once, at once or later, or never where silence is the answer. Must not throw. */
export type Respond = (incoming: Incoming, send: (reply: Buffer) => void) => void

export interface ServerOptions {
  readonly respond: Respond
  readonly log: Logger
}
