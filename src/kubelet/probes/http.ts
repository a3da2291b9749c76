import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as httpsGet } from 'node:https'
import { dialError, type Outcome } from './outcome.ts'

const HEADERS = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' }

/** One GET. 2xx and 3xx are fine (pkg/probe/http); certificates aren't looked at, as upstream doesn't. */
export function getHttp(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Outcome> {
  const { protocol, host } = new URL(url)
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    agent: false,
    headers: { ...HEADERS, ...headers },
    signal,
    rejectUnauthorized: false,
  }
  return new Promise((resolve) => {
    const answered = (response: IncomingMessage): void => {
      response.resume()
      const code = response.statusCode ?? 0
      const ok = code >= 200 && code < 400
      resolve({ ok, message: ok ? '' : `HTTP probe failed with statuscode: ${code}` })
    }
    const request = protocol === 'https:' ? httpsGet(url, options, answered) : httpGet(url, options, answered)
    request.on('error', (error: NodeJS.ErrnoException) => {
      const timeout = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      const reason = signal.aborted ? timeout : dialError(error, host, signal)
      resolve({ ok: false, message: `Get "${url}": ${reason}` })
    })
  })
}
