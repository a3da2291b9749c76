import { request as requestPlain } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'
import { once } from 'node:events'
import { messageOf } from '../../lib/index.ts'
import type { HttpRequest, HttpResponse } from '../../wire/index.ts'
import { badRequest, internalError, StatusError } from '../http/status-error.ts'
import type { KubeletTls } from '../options.ts'
import type { Route } from './kubelet.ts'

/** Those of a connection, not of a message: RFC 9110 7.6.1. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
  'host',
  'authorization',
  'content-length',
]

/** Asks in the client's stead, and streams the answer. Throws when nobody answers. */
export async function forward(route: Route, tls: KubeletTls | undefined, request: HttpRequest): Promise<HttpResponse> {
  const answer = await ask(route, tls, request)
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
  for (const name of HOP_BY_HOP) delete headers[name]
  return { status: answer.statusCode ?? 502, headers, body: answer }
}

/** As {@link forward}, but a refusal becomes a Status, as upstream's `rest.GenericHttpResponseChecker` has it. */
export async function forwardToKubelet(route: Route, tls: KubeletTls | undefined, request: HttpRequest): Promise<HttpResponse> {
  const response = await forward(route, tls, request)
  if (response.status < 400) return response
  const text = await firstBytes(response.body as IncomingMessage)
  if (response.status === 400) throw badRequest(text)
  if (response.status === 404)
    throw new StatusError(404, 'NotFound', `the server could not find the requested resource: ${text}`, {})
  throw internalError(text || `the kubelet answered ${response.status}`)
}

async function ask(
  { to, path, kubelet }: Route,
  tls: KubeletTls | undefined,
  { method, headers, body, signal }: HttpRequest,
): Promise<IncomingMessage> {
  const theirs = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))
  const options = { ...to, path, method, headers: theirs, signal, agent: false }
  const { certificate: cert, key, authority: ca } = tls ?? {}
  const outgoing = kubelet ? requestTls({ ...options, cert, key, ca }) : requestPlain(options)
  try {
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    return answer
  } catch (error) {
    outgoing.destroy()
    throw internalError(`error dialing backend: ${messageOf(error)}`)
  }
}

const LONGEST_TEXT = 2048

async function firstBytes(body: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of body) {
    text += String(piece)
    if (text.length >= LONGEST_TEXT) break
  }
  return text.slice(0, LONGEST_TEXT).trim()
}
