import { generateKeyPairSync } from 'node:crypto'
import { kinds } from '../../api/kinds/index.ts'
import { silent, systemClock } from '../../lib/index.ts'
import { memoryStore } from '../../store/index.ts'
import { readBody } from '../../wire/index.ts'
import type { HttpResponse } from '../../wire/index.ts'
import { admin } from '../auth/user.ts'
import type { User } from '../auth/user.ts'
import type { ApiServerOptions } from '../options.ts'
import { systemRandom } from '../random.ts'
import { createApiServer } from '../server.ts'
import type { ApiServer } from '../server.ts'

const testKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** What the tests' servers are made of, unless a test says otherwise. */
export const testOptions = (options: Partial<ApiServerOptions> = {}): ApiServerOptions => ({
  store: memoryStore(),
  kinds,
  clock: systemClock,
  log: silent,
  random: systemRandom,
  serviceCIDRs: ['10.96.0.0/12'],
  nodePortRange: { from: 30000, to: 32767 },
  advertise: { address: '10.0.0.1', port: 6443 },
  serviceAccountKey: testKey(),
  authorizer: () => ({ allowed: false }),
  ...options,
})

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
export type Json = any

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Json
}

export interface Asking {
  readonly headers?: Record<string, string>
  readonly user?: User
  readonly signal?: AbortSignal
}

export interface TestServer {
  readonly server: ApiServer
  /** One request and its whole answer, parsed where it is JSON. */
  readonly ask: (method: string, path: string, body?: unknown, asking?: Asking) => Promise<Answer>
  readonly raw: (method: string, path: string, asking?: Asking) => Promise<HttpResponse>
}

/** A server without sockets, and a way to ask it. */
export async function testServer(options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const server = await createApiServer(testOptions(options))
  const raw = (
    method: string,
    path: string,
    { user = admin, headers = {}, signal }: Asking = {},
    body?: unknown,
  ): Promise<HttpResponse> =>
    server.handlerFor(user)({ method, path, headers, signal, body: body === undefined ? undefined : bytesOf(body) })
  return {
    server,
    raw,
    ask: async (method, path, body, asking) => {
      const response = await raw(method, path, asking, body)
      const text = Buffer.from(await readBody(response)).toString()
      const json = response.headers['content-type']?.includes('json') && !response.headers['content-encoding']
      return {
        status: response.status,
        headers: response.headers,
        body: json && text !== '' && !path.includes('watch=') ? JSON.parse(text) : text,
      }
    },
  }
}

const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
