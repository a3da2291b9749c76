import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as httpsGet } from 'node:https'
import { messageOf } from '../../lib/index.ts'
import { dialError, type Outcome } from './outcome.ts'

const HEADERS = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' }
const MOST_REDIRECTS = 10
/** Bytes of an answer that are read. */
const MOST_BODY = 10 * 1024
const REDIRECTS = [301, 302, 303, 307, 308]

type Headers = Readonly<Record<string, string>>

/**
 * GETs `url`, and follows it to other places of the same host. 2xx is fine; so is 3xx, with a warning (pkg/probe/http). Certificates
 * aren't looked at, as upstream doesn't.
 */
export async function getHttp(url: string, headers: Headers, signal: AbortSignal): Promise<Outcome> {
  let current = url
  try {
    for (let redirects = 0; redirects < MOST_REDIRECTS; redirects++) {
      const { code, location, body } = await getOnce(current, headers, signal)
      const next = REDIRECTS.includes(code) && location !== undefined ? new URL(location, current) : undefined
      if (next?.hostname !== new URL(url).hostname) return outcomeOf(code, body)
      current = next.href
    }
    return { ok: false, message: `Get "${current}": stopped after ${MOST_REDIRECTS} redirects` }
  } catch (error) {
    return { ok: false, message: `Get "${current}": ${messageOf(error)}` }
  }
}

function outcomeOf(code: number, body: string): Outcome {
  if (code < 200 || code >= 400) return { ok: false, message: `HTTP probe failed with statuscode: ${code}` }
  if (code < 300) return { ok: true, message: '' }
  return { ok: true, message: '', warning: `Probe terminated redirects, Response body: ${body}` }
}

interface Answer {
  readonly code: number
  readonly location: string | undefined
  readonly body: string
}

/** Throws what Go says of a server that can't be reached. */
function getOnce(url: string, headers: Headers, signal: AbortSignal): Promise<Answer> {
  const { protocol, host } = new URL(url)
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    agent: false,
    headers: { ...HEADERS, ...headers },
    signal,
    rejectUnauthorized: false,
  }
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      const {
        statusCode: code = 0,
        headers: { location },
      } = response
      readBody(response).then((body) => resolve({ code, location, body }), failed)
    }
    const failed = (error: NodeJS.ErrnoException): void => {
      const timeout = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      reject(new Error(signal.aborted ? timeout : dialError(error, host, signal)))
    }
    const request = protocol === 'https:' ? httpsGet(url, options, answered) : httpGet(url, options, answered)
    request.on('error', failed)
  })
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = Buffer.alloc(0)
  for await (const piece of response as AsyncIterable<Buffer>) {
    body = Buffer.concat([body, piece])
    if (body.length >= MOST_BODY) break
  }
  return body.subarray(0, MOST_BODY).toString('utf8')
}
