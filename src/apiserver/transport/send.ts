import type { HttpResponse } from '../../wire/index.ts'
import type { NodeResponse } from './incoming.ts'

/** What the responses of HTTP/1.1 and HTTP/2 have in common; their types are too far apart to be called as a union. */
interface Writable {
  readonly destroyed: boolean
  readonly closed: boolean
  writeHead(status: number, headers: Record<string, string>): void
  flushHeaders(): void
  write(piece: Uint8Array): boolean
  end(piece?: Uint8Array): void
}

/** Sends an answer; a streamed one at the pace at which it is read. Resolves when it is sent, or its reader is gone. */
export async function send(target: NodeResponse, response: HttpResponse, headOnly = false): Promise<void> {
  const out = target as unknown as Writable
  if (out.destroyed) return
  out.writeHead(response.status, response.headers as Record<string, string>)
  if (headOnly) return out.end()
  if (response.body instanceof Uint8Array) return out.end(response.body)
  out.flushHeaders()
  for await (const piece of response.body) {
    if (out.destroyed || out.closed) return
    if (!out.write(piece)) await drained(target)
  }
  out.end()
}

/** Resolves when there is room again, or nobody reads any more. */
const drained = (out: NodeResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done)
      out.off('close', done)
      resolve()
    }
    out.once('drain', done)
    out.once('close', done)
  })
