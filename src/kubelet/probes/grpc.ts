import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { printDuration } from '../pod/back-off.ts'
import type { Outcome } from './outcome.ts'

/** gRPC over HTTP/2 in clear text: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const METHOD = '/grpc.health.v1.Health/Check'
const STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']
const UNIMPLEMENTED = '12'
const PREFIX = 5

/**
 * Asks a server of the gRPC health protocol how `service` is; `SERVING` is fine, all else isn't (pkg/probe/grpc). Of `signal` it is
 * said that it aborts after `timeoutSeconds`. A server that refuses is one that could not be reached in time: gRPC would try till then.
 */
export function askHealth(
  target: string,
  { service, timeoutSeconds }: { service: string; timeoutSeconds: number },
  signal: AbortSignal,
): Promise<Outcome> {
  const session = connect(`http://${target}`)
  return new Promise<Outcome>((resolve) => {
    const bad = (message: string): void => resolve({ ok: false, message })
    let connected = false
    session.once('connect', () => (connected = true))
    const within = `within ${printDuration(timeoutSeconds * 1000)}`
    const unreached = `timeout: failed to connect service "${target}" ${within}: context deadline exceeded`
    session.once('error', () => bad(unreached))
    const late = (): void => bad(connected ? `timeout: health rpc did not complete ${within}` : unreached)
    signal.addEventListener('abort', late, { once: true })
    check(session, service).then(resolve, (error: Error) => bad(`error: health rpc probe failed: ${error.message}`))
  }).finally(() => session.destroy())
}

async function check(session: ClientHttp2Session, service: string): Promise<Outcome> {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: METHOD,
    'content-type': 'application/grpc',
    'user-agent': 'kube-probe/1.36',
    te: 'trailers',
  })
  let code = ''
  const noteStatus = ({ 'grpc-status': status }: IncomingHttpHeaders): void => {
    if (typeof status === 'string') code = status
  }
  stream.on('response', noteStatus)
  stream.on('trailers', noteStatus)
  stream.end(framed(requestOf(service)))
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece as Buffer)
  if (code === UNIMPLEMENTED)
    return { ok: false, message: 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)' }
  if (code !== '0') return { ok: false, message: `error: health rpc probe failed: code ${code || 'unknown'}` }
  const status = statusOf(Buffer.concat(pieces).subarray(PREFIX))
  return { ok: status === 'SERVING', message: status === 'SERVING' ? '' : `service unhealthy (responded with "${status}")` }
}

/** One byte that says "not compressed", four for the length, then the message. */
function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** `message HealthCheckRequest { string service = 1; }`; names of Services are shorter than 128 bytes. */
function requestOf(service: string): Buffer {
  const text = Buffer.from(service)
  return text.length === 0 ? text : Buffer.concat([Buffer.of(10, text.length), text])
}

/** `message HealthCheckResponse { ServingStatus status = 1; }`, where 0 isn't written. */
const statusOf = (message: Buffer): string => STATUS[message[0] === 8 ? (message[1] ?? 0) : 0] ?? 'UNKNOWN'
