import { isIP } from 'node:net'
import { type Logger, PortolanError } from '../../lib/index.ts'

export interface Endpoint {
  /** Empty for every address, where that makes sense. */
  readonly address: string
  readonly port: number
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`, `192.0.2.1` at the usual port, `:53` for every address. Throws BadEndpoint. */
export function parseEndpoint(text: string, usual: number): Endpoint {
  if (isIP(text) !== 0) return { address: text, port: usual }
  const [, bracketed, plain, digits] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? []
  const address = (bracketed ?? plain ?? '?').replace(/^localhost$/, '127.0.0.1')
  const port = Number(digits ?? usual)
  if ((address !== '' && isIP(address) === 0) || port > 65_535)
    throw new PortolanError('BadEndpoint', `"${text}" is not an address and a port, like 127.0.0.1:${usual}`)
  return { address, port }
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
