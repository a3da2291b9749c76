import { request as requestPlain } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'
import { once } from 'node:events'
import { messageOf } from '../../lib/index.ts'
import type { HttpRequest, HttpResponse } from '../../wire/index.ts'
import { badRequest, internalError, StatusError } from '../http/status-error.ts'
import { isImpersonation } from '../auth/impersonate.ts'
import type { KubeletTls } from '../options.ts'
import type { Route } from './kubelet.ts'
import { identityFor } from './upgrade.ts'

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

/** A proxy: as {@link forward}, for whoever serves there. Links and redirections lead where the client came from. */
export async function forwardToProxied(route: Route, tls: KubeletTls | undefined, request: HttpRequest): Promise<HttpResponse> {
  const [path = '', query] = request.path.split('?')
  // Relative links would lose the last part of the path: upstream redirects, too.
  if (path.endsWith('/proxy')) {
    const location = `${path}/${query === undefined ? '' : `?${query}`}`
    return { status: 301, headers: { location, 'content-length': '0' }, body: new Uint8Array() }
  }
  const answer = await ask(route, tls, request).catch((error: unknown) => {
    throw new StatusError(503, 'ServiceUnavailable', `error trying to reach service: ${messageOf(error)}`)
  })
  const response = responseOf(answer)
  const { location } = response.headers
  if (!location) return response
  return { ...response, headers: { ...response.headers, location: relocated(location, route, path) } }
}

/** As upstream's `proxy.Transport.rewriteURL`: a redirection within the same server leads through the proxy again. */
function relocated(location: string, { to, path }: Route, asked: string): string {
  const base = `http://${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`
  const url = URL.canParse(location, base) ? new URL(location, `${base}${path}`) : undefined
  if (!url || url.host !== new URL(base).host) return location
  const prefix = /^.*?\/proxy(?=\/)/.exec(asked)?.[0] ?? ''
  return `${prefix}${url.pathname}${url.search}${url.hash}`
}

/** Asks in the client's stead, and streams the answer. Throws when nobody answers. */
async function forward(route: Route, tls: KubeletTls | undefined, request: HttpRequest): Promise<HttpResponse> {
  const answer = await ask(route, tls, request).catch((error: unknown) => {
    throw internalError(`error dialing backend: ${messageOf(error)}`)
  })
  return responseOf(answer)
}

function responseOf(answer: IncomingMessage): HttpResponse {
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
  { to, path, over }: Route,
  tls: KubeletTls | undefined,
  { method, headers, body, signal }: HttpRequest,
): Promise<IncomingMessage> {
  const theirs = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !isImpersonation(name)),
  )
  const options = { ...to, path, method, headers: theirs, signal, agent: false }
  const outgoing = over === 'http' ? requestPlain(options) : requestTls({ ...options, ...identityFor(over, tls) })
  try {
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    return answer
  } catch (error) {
    outgoing.destroy()
    throw error
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
