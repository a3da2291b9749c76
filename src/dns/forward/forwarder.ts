import { type Clock, type Logger, messageOf, PortolanError } from '../../lib/index.ts'
import { RCODE } from '../../wire/index.ts'
import { AnswerCache } from './cache.ts'
import { exchange, type Server } from './exchange.ts'
import { type Route, serversFor } from './servers.ts'
import type { Question, UpstreamAnswer } from './upstream-answer.ts'

export interface ForwarderOptions {
  readonly routes: readonly Route[]
  readonly clock: Clock
  readonly log: Logger
}

/** `nobody`: there is no server to ask. `failed`: none gave an answer in time. */
export type Outcome = { readonly answer: UpstreamAnswer; readonly age: number } | 'nobody' | 'failed'

export interface Forwarder {
  /** What others say to a question, or what they said to it before. Never rejects, and takes {@link PATIENCE} at most. */
  ask(question: Question): Promise<Outcome>
}

/** For one server; then the next is asked. Milliseconds. */
const SERVER_PATIENCE = 1_500
/** For all of them: a client asks again after 5 s. Milliseconds. */
const PATIENCE = 4_000
/** A server that didn't answer is asked last for this long. Milliseconds. */
const DISTRUST = 10_000
/** Questions that are waited for at once; more fail at once, so that a slow server costs no memory. */
const MAX_PENDING = 1_000
/** As kubeadm sets CoreDNS up: `cache 30`. */
const CACHE = { maxBytes: 8 << 20, maxAge: 30 }

/** Asks others, in their order, for as long as `signal` doesn't abort. The same question asked twice meanwhile is asked once. */
export function createForwarder({ routes, clock, log }: ForwarderOptions, signal: AbortSignal): Forwarder {
  const cache = new AnswerCache(CACHE)
  const pending = new Map<string, Promise<Outcome>>()
  const failures = new Map<string, number>()

  const isTrusted = (server: Server): boolean => clock.now() - (failures.get(keyOf(server)) ?? -Infinity) >= DISTRUST

  const askOne = async (server: Server, question: Question, patience: number): Promise<UpstreamAnswer | undefined> => {
    try {
      const answer = await withTimeout(patience, (limit) => exchange({ server, question }, limit))
      if (answer.rcode === RCODE.NOERROR || answer.rcode === RCODE.NXDOMAIN) failures.delete(keyOf(server))
      return answer
    } catch (error) {
      if (isTrusted(server) && !signal.aborted)
        log.warn({ server: keyOf(server), error: messageOf(error) }, 'a forwarder does not answer')
      failures.set(keyOf(server), clock.now())
      return undefined
    }
  }
  const withTimeout = async <T>(patience: number, run: (limit: AbortSignal) => Promise<T>): Promise<T> => {
    const over = new AbortController()
    const limit = AbortSignal.any([signal, over.signal])
    const timer = clock.sleep(patience, limit).then(
      () => over.abort(new PortolanError('Timeout', `no answer within ${patience} ms`)),
      () => {},
    )
    return run(limit).finally(() => {
      over.abort()
      return timer
    })
  }
  const askAll = async (servers: readonly Server[], question: Question): Promise<Outcome> => {
    const end = clock.now() + PATIENCE
    let refusal: UpstreamAnswer | undefined
    for (const server of [...servers.filter(isTrusted), ...servers.filter((one) => !isTrusted(one))]) {
      const patience = Math.min(SERVER_PATIENCE, end - clock.now())
      const answer = patience > 0 ? await askOne(server, question, patience) : undefined // oxlint-disable-line no-await-in-loop -- one after the other
      if (answer?.rcode === RCODE.NOERROR || answer?.rcode === RCODE.NXDOMAIN) return { answer, age: 0 }
      refusal ??= answer
    }
    return refusal ? { answer: refusal, age: 0 } : 'failed'
  }

  return {
    async ask(question) {
      const key = `${question.type} ${question.name}`
      const known = cache.get(key, clock.now()) ?? pending.get(key)
      if (known) return known
      const servers = serversFor(routes, question.name)
      if (servers.length === 0) return 'nobody'
      if (pending.size >= MAX_PENDING) return 'failed'
      const asked = askAll(servers, question).finally(() => pending.delete(key))
      pending.set(key, asked)
      const outcome = await asked
      if (typeof outcome === 'object') cache.set(key, outcome.answer, clock.now())
      return outcome
    },
  }
}

const keyOf = ({ address, port }: Server): string => `${address} port ${port}`
