import { backoff, type Clock, messageOf, PortolanError } from '../../lib/index.ts'
import { LONGEST_JSON } from '../blobs.ts'
import { digestOf, type Source } from '../digest.ts'
import { BadImage } from '../image.ts'
import { ACCEPTED, record } from '../manifest.ts'
import type { Reference } from '../reference.ts'
import { parseChallenge } from './challenge.ts'
import type { Credentials } from './credentials.ts'

/** One repository of a registry that speaks the OCI distribution specification. */
export interface Registry {
  /** By tag or digest. */
  manifest(name: string): Promise<{ readonly digest: string; readonly bytes: Uint8Array }>
  blob(digest: string): Promise<Source>
}

export interface RegistryOptions {
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly credentials?: Credentials
}

/** `code` is PullDenied for what isn't there or not for everybody, RegistryFailed for the rest. */
export class RegistryError extends PortolanError {
  constructor(code: 'PullDenied' | 'RegistryFailed', message: string, options?: ErrorOptions) {
    super(code, message, options)
    this.name = 'RegistryError'
  }
}

const TRIES = 3
const PAUSE = { base: 500, max: 5000 }

export function openRegistry({ registry, repository }: Reference, options: RegistryOptions, signal?: AbortSignal): Registry {
  const { fetch, clock, credentials } = options
  const origin = originOf(registry)
  let authorization: string | undefined

  const ask = async (url: string, headers: Record<string, string>): Promise<Response> => {
    const send = async (): Promise<Response> =>
      fetch(url, { headers: { ...headers, ...(authorization && { authorization }) }, ...(signal && { signal }) }).catch(
        (error: unknown) => {
          throw new RegistryError('RegistryFailed', `failed to do request: Get "${url}": ${reasonOf(error)}`)
        },
      )
    const first = await send()
    if (first.status !== 401) return first
    await first.body?.cancel()
    authorization = await authorize(first)
    return authorization === undefined ? first : send()
  }
  const authorize = async (refusal: Response): Promise<string | undefined> => {
    const challenge = parseChallenge(refusal.headers.get('www-authenticate') ?? '')
    if (challenge?.scheme === 'basic') return credentials && basic(credentials)
    if (challenge?.scheme !== 'bearer') return undefined
    return `Bearer ${await fetchToken(challenge.parameters, { origin, repository, options, ...(signal && { signal }) })}`
  }
  /** Again and again while the registry says that it is only busy. */
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
    const url = `${origin}/v2/${repository}/${path}`
    for (let attempt = 0; ; attempt++) {
      const response = await ask(url, headers)
      if (response.ok) return response
      await response.body?.cancel()
      const { status } = response
      if ([401, 403, 404].includes(status)) throw refusalOf(status, `${registry}/${repository}`, path)
      if ((status !== 429 && status < 500) || attempt + 1 === TRIES)
        throw new RegistryError(
          'RegistryFailed',
          `unexpected status from GET request to ${url}: ${status} ${response.statusText}`,
        )
      await clock.sleep(backoff(attempt, PAUSE), signal)
    }
  }
  return {
    async manifest(name) {
      const bytes = await bounded(await get(`manifests/${name}`, { accept: ACCEPTED }))
      return { digest: digestOf(bytes), bytes }
    },
    blob: async (digest) => contentOf(await get(`blobs/${digest}`)),
  }
}

/** TLS, but for a registry on this machine. Docker's own has another name than its images. */
function originOf(registry: string): string {
  if (registry === 'docker.io') return 'https://registry-1.docker.io'
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(registry)
  return `${isHere ? 'http' : 'https'}://${registry}`
}

const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

interface TokenFacts {
  readonly origin: string
  readonly repository: string
  readonly options: RegistryOptions
  readonly signal?: AbortSignal
}

/** A token to pull with, from the server that the registry names. */
async function fetchToken(parameters: Readonly<Record<string, string>>, facts: TokenFacts): Promise<string> {
  const { origin, repository, options, signal } = facts
  const { realm = '', service, scope = `repository:${repository}:pull` } = parameters
  const url = URL.parse(realm)
  // A password goes only where the registry itself is reached as safely.
  if (!url || (url.protocol !== 'https:' && !origin.startsWith('http:')))
    throw new RegistryError('RegistryFailed', `the registry sends for a token to "${realm}", which is no https address`)
  if (service !== undefined) url.searchParams.set('service', service)
  url.searchParams.set('scope', scope)
  const headers = options.credentials ? { authorization: basic(options.credentials) } : {}
  const response = await options.fetch(url, { headers, ...(signal && { signal }) }).catch((error: unknown) => {
    throw new RegistryError('RegistryFailed', `failed to fetch a token from ${url.host}: ${reasonOf(error)}`)
  })
  const answer = response.ok ? record(await response.json().catch(() => undefined)) : {}
  const token = answer['token'] ?? answer['access_token']
  if (typeof token === 'string') return token
  throw new RegistryError(
    'PullDenied',
    `failed to authorize: failed to fetch a token from ${url.host}: ${response.status} ${response.statusText}`,
  )
}

function refusalOf(status: number, repository: string, path: string): RegistryError {
  if (status === 404) return new RegistryError('PullDenied', `${repository} ${path}: not found`)
  return new RegistryError(
    'PullDenied',
    'pull access denied, repository does not exist or may require authorization: authorization failed',
  )
}

/** What lies behind `fetch failed`. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)

/** Holds on to the response: fetch cancels a body that nobody reads yet when its response is garbage, and it would seem empty. */
async function* contentOf(response: Response): AsyncGenerator<Uint8Array> {
  yield* response.body ?? []
}

async function bounded(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response.body ?? []) {
    pieces.push(piece)
    size += piece.length
    if (size > LONGEST_JSON) throw new BadImage('the registry sends a manifest that is too long')
  }
  return Buffer.concat(pieces)
}
