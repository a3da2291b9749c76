import { Duplex } from 'node:stream'
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { SPDY_DICTIONARY } from './spdy-dictionary.ts'

/** One stream of a SPDY session; each side ends its own half. */
export interface SpdyStream {
  /** Names in lower case; `streamtype`, `port`, `requestid`. */
  readonly headers: Readonly<Record<string, string>>
  readonly duplex: Duplex
}

const SYN_STREAM = 1
const SYN_REPLY = 2
const RST_STREAM = 3
const PING = 6
const FIN = 1
const VERSION = 0x8003
const HEADER = 8

/**
 * The server's side of SPDY/3.1 as client-go speaks it: streams that the client opens, headers compressed by one zlib
 * stream in each direction, no flow control. Nothing else alive speaks it, but port-forward still does, and exec and
 * attach of clients before 1.30.
 *
 *     data       0 stream-id(31) | flags(8) length(24) | bytes
 *     control    1 version(15) type(16) | flags(8) length(24) | body
 */
export function serveSpdy(connection: Duplex, onStream: (stream: SpdyStream) => void): void {
  const streams = new Map<number, Duplex>()
  const inflate = createInflate({ dictionary: SPDY_DICTIONARY, flush: constants.Z_SYNC_FLUSH })
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY, flush: constants.Z_SYNC_FLUSH })
  const fail = (error: Error): void => void connection.destroy(error)
  inflate.on('error', fail)
  deflate.on('error', fail)

  const open = async (flags: number, body: Buffer): Promise<void> => {
    const id = body.readUInt32BE(0) & 0x7fffffff
    const headers = parseHeaders(await through(inflate, body.subarray(10)))
    const duplex = createStream(connection, id)
    streams.set(id, duplex)
    duplex.once('close', () => streams.delete(id))
    const empty = await through(deflate, Buffer.alloc(4))
    connection.write(controlFrame(SYN_REPLY, Buffer.concat([uint32(id), empty])))
    onStream({ headers, duplex })
    if (flags & FIN) duplex.push(null)
  }
  const handle = async (frame: Buffer): Promise<void> => {
    const first = frame.readUInt32BE(0)
    const flags = frame.readUInt8(4)
    const body = frame.subarray(HEADER)
    if (first >>> 31 === 0) {
      const duplex = streams.get(first)
      if (body.length > 0) duplex?.push(body)
      if (flags & FIN) duplex?.push(null)
      return
    }
    const type = first & 0xffff
    if (type === SYN_STREAM) await open(flags, body)
    else if (type === PING) connection.write(controlFrame(PING, body))
    else if (type === RST_STREAM) streams.get(body.readUInt32BE(0))?.destroy()
  }
  const end = (): void => {
    for (const duplex of streams.values()) duplex.destroy()
    inflate.close()
    deflate.close()
  }
  connection.once('close', end)
  void readFrames(connection, handle).catch(fail)
}

/** One frame after the other; headers are compressed in the order in which they are sent. */
async function readFrames(connection: Duplex, handle: (frame: Buffer) => Promise<void>): Promise<void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of connection) {
    rest = rest.length > 0 ? Buffer.concat([rest, piece as Buffer]) : (piece as Buffer)
    for (let size = frameSize(rest); size <= rest.length; size = frameSize(rest)) {
      await handle(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
  }
}

const frameSize = (bytes: Buffer): number => (bytes.length < HEADER ? HEADER : HEADER + bytes.readUIntBE(5, 3))

const createStream = (connection: Duplex, id: number): Duplex =>
  new Duplex({
    read() {},
    write: (piece: Buffer, _encoding, done) =>
      void connection.write(Buffer.concat([dataHeader(id, 0, piece.length), piece]), done),
    final: (done) => void connection.write(dataHeader(id, FIN, 0), done),
  })

function dataHeader(id: number, flags: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER)
  header.writeUInt32BE(id, 0)
  header.writeUInt32BE(length, 4)
  header.writeUInt8(flags, 4)
  return header
}

function controlFrame(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER)
  header.writeUInt16BE(VERSION, 0)
  header.writeUInt16BE(type, 2)
  header.writeUInt32BE(body.length, 4)
  return Buffer.concat([header, body])
}

function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

/** count, then length and text of each name and each value. */
function parseHeaders(bytes: Buffer): Record<string, string> {
  let at = 4
  const next = (): string => {
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    return bytes.toString('utf8', at - length, at)
  }
  const headers: Record<string, string> = {}
  for (let count = bytes.readUInt32BE(0); count > 0; count--) headers[next().toLowerCase()] = next()
  return headers
}

/** What comes out of a zlib stream for what goes in, up to a flush. */
function through(zlib: Inflate | Deflate, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    const collect = (piece: Buffer): void => void pieces.push(piece)
    zlib.on('data', collect)
    zlib.write(bytes, () =>
      zlib.flush(constants.Z_SYNC_FLUSH, () => {
        zlib.off('data', collect)
        resolve(Buffer.concat(pieces))
      }),
    )
  })
}
