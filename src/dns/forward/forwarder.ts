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

/**
 * Asks others, in their order; those that were silent lately come last. The same question asked twice meanwhile is asked
 * once. Stops asking when `signal` aborts.
 */
export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #signal: AbortSignal
  readonly #cache = new AnswerCache(CACHE)
  readonly #pending = new Map<string, Promise<Outcome>>()
  /** When a server was silent last, in milliseconds since the epoch. */
  readonly #silent = new Map<Server, number>()

  constructor(options: ForwarderOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /** What others say to a question, or what they said to it before. Never rejects, and takes {@link PATIENCE} at most. */
  async ask(question: Question): Promise<Outcome> {
    const { routes, clock } = this.#options
    const key = `${question.type} ${question.name}`
    const known = this.#cache.get(key, clock.now()) ?? this.#pending.get(key)
    if (known) return known
    const servers = serversFor(routes, question.name)
    if (servers.length === 0) return 'nobody'
    if (this.#pending.size >= MAX_PENDING) return 'failed'
    const asked = this.#askAll(servers, question).finally(() => this.#pending.delete(key))
    this.#pending.set(key, asked)
    const outcome = await asked
    if (typeof outcome === 'object') this.#cache.set(key, outcome.answer, clock.now())
    return outcome
  }

  /** A server's refusal counts only when no other server knows better. */
  async #askAll(servers: readonly Server[], question: Question): Promise<Outcome> {
    const { clock } = this.#options
    const end = clock.now() + PATIENCE
    let refusal: UpstreamAnswer | undefined
    for (const server of this.#inOrder(servers)) {
      const patience = Math.min(SERVER_PATIENCE, end - clock.now())
      const answer = patience > 0 ? await this.#askOne(server, question, patience) : undefined
      if (answer && isKnowing(answer)) return { answer, age: 0 }
      refusal ??= answer
    }
    return refusal ? { answer: refusal, age: 0 } : 'failed'
  }

  async #askOne(server: Server, question: Question, patience: number): Promise<UpstreamAnswer | undefined> {
    const { clock, log } = this.#options
    const over = new AbortController()
    const limit = AbortSignal.any([this.#signal, over.signal])
    void clock.sleep(patience, limit).then(
      () => over.abort(new PortolanError('Timeout', `no answer within ${patience} ms`)),
      () => {},
    )
    try {
      const answer = await exchange({ server, question }, limit)
      this.#silent.delete(server)
      return answer
    } catch (error) {
      const fields = { server: `${server.address} port ${server.port}`, error: messageOf(error) }
      if (!this.#signal.aborted && this.#isTrusted(server)) log.warn(fields, 'a forwarder does not answer')
      this.#silent.set(server, clock.now())
      return undefined
    } finally {
      over.abort()
    }
  }

  #inOrder(servers: readonly Server[]): readonly Server[] {
    const trusted = servers.filter((server) => this.#isTrusted(server))
    return [...trusted, ...servers.filter((server) => !trusted.includes(server))]
  }

  #isTrusted(server: Server): boolean {
    return this.#options.clock.now() - (this.#silent.get(server) ?? -Infinity) >= DISTRUST
  }
}

const isKnowing = ({ rcode }: UpstreamAnswer): boolean => rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN
