import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { messageOf, type Logger } from '../lib/index.ts'

/** Where connections come in, and where they go on to. */
export interface Door {
  /** Answers when the server listens, or rejects with why it can't. */
  readonly open: (server: Server) => Promise<void>
  /** Connects to where it leads, as things are now; rejects when nobody answers. */
  readonly lead: () => Promise<Socket>
}

/** Doors by name. What is the same before and after stays open, with everything that passes through it. */
export interface Doors {
  /** From now on there are exactly these; a door that can't be opened is tried again the next time. */
  set(wanted: ReadonlyMap<string, Door>): Promise<void>
  /** The port of a door that is open. */
  port(name: string): number | undefined
  close(): void
}

interface Open {
  readonly server: Server
  lead: Door['lead']
}

export function createDoors(log: Logger): Doors {
  const opened = new Map<string, Open>()
  const close = (name: string): void => {
    opened.get(name)?.server.close()
    opened.delete(name)
  }
  const open = async (name: string, door: Door): Promise<void> => {
    const entry: Open = { server: createServer({ allowHalfOpen: true, pauseOnConnect: true }), lead: door.lead }
    entry.server.on('connection', (visitor) => void join(visitor, entry.lead))
    try {
      await door.open(entry.server)
      opened.set(name, entry)
    } catch (error) {
      entry.server.close()
      log.warn({ door: name, error: messageOf(error) }, 'the host does not lead to the cluster here')
    }
  }
  return {
    async set(wanted) {
      for (const name of opened.keys()) if (!wanted.has(name)) close(name)
      for (const [name, door] of wanted) {
        const known = opened.get(name)
        if (known) known.lead = door.lead
        else await open(name, door)
      }
    },
    port(name) {
      const address = opened.get(name)?.server.address()
      return typeof address === 'object' ? address?.port : undefined
    },
    close() {
      for (const name of opened.keys()) close(name)
    },
  }
}

/** Passes on what either side sends until both have ended; a side that breaks breaks the other. */
async function join(visitor: Socket, lead: Door['lead']): Promise<void> {
  visitor.on('error', () => {})
  try {
    const inside = await lead()
    const breakBoth = (): void => {
      visitor.destroy()
      inside.destroy()
    }
    visitor.on('error', breakBoth).on('close', () => inside.destroySoon())
    inside.on('error', breakBoth).on('close', () => visitor.destroySoon())
    visitor.pipe(inside)
    inside.pipe(visitor)
    visitor.resume()
  } catch {
    visitor.resetAndDestroy()
  }
}

/** Resolves when the server listens; rejects when it can't. */
export async function listenAt(server: Server, where: { fd: number } | { host: string; port: number }): Promise<void> {
  server.listen(where)
  await once(server, 'listening')
}
