import { type Clock, type Logger, messageOf, PortolanError } from '../../lib/index.ts'
import { RCODE } from '../../wire/index.ts'
import { AnswerCache } from './cache.ts'
import { exchange, type Server } from './exchange.ts'
import { type ForwarderFigures, UpstreamCount } from './figures.ts'
import { type Route, serversFor } from './servers.ts'
import { DEFAULT_CACHE, DEFAULT_CONCURRENT, type ForwardSettings, type Policy } from './settings.ts'
import type { Question, UpstreamAnswer } from './upstream-answer.ts'

export interface ForwarderOptions extends Pick<ForwardSettings, 'policy' | 'forceTcp' | 'maxConcurrent' | 'cache'> {
  readonly routes: readonly Route[]
  /** From 0 up to below 1. */
  readonly random: () => number
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

/**
 * Asks others, in the order of the policy; those that were silent lately come last. The same question asked twice meanwhile
 * is asked once. Stops asking when `signal` aborts.
 */
export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #signal: AbortSignal
  readonly #cache: AnswerCache
  readonly #pending = new Map<string, Promise<Outcome>>()
  /** When a server was silent last, in milliseconds since the epoch. */
  readonly #silent = new Map<Server, number>()
  readonly #counts = new Map<Server, UpstreamCount>()
  #rejects = 0
  #broken = 0
  #turn = 0

  constructor(options: ForwarderOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
    this.#cache = new AnswerCache({ ...DEFAULT_CACHE, ...options.cache })
    const servers = options.routes.flatMap((route) => route.servers)
    for (const server of servers) this.#counts.set(server, new UpstreamCount(`${server.address}:${server.port}`))
  }

  figures(): ForwarderFigures {
    return { cache: this.#cache, rejects: this.#rejects, broken: this.#broken, upstreams: [...this.#counts.values()] }
  }

  /** What others say to a question, or what they said to it before. Never rejects, and takes {@link PATIENCE} at most. */
  async ask(question: Question): Promise<Outcome> {
    const { routes, clock } = this.#options
    const key = `${question.type} ${question.name}`
    const servers = serversFor(routes, question.name)
    if (servers.length === 0) return 'nobody'
    const known = this.#cache.get(key, clock.now())
    if (!known) return this.#askAnew(key, question, servers)
    if (known.refresh) void this.#askAnew(key, question, servers)
    return known
  }

  #askAnew(key: string, question: Question, servers: readonly Server[]): Promise<Outcome> {
    const pending = this.#pending.get(key)
    if (pending) return pending
    if (this.#pending.size >= (this.#options.maxConcurrent ?? DEFAULT_CONCURRENT)) {
      this.#rejects++
      return Promise.resolve('failed')
    }
    const asked = this.#askAll(servers, question).then((outcome) => {
      this.#pending.delete(key)
      if (typeof outcome === 'object') this.#cache.set(key, outcome.answer, this.#options.clock.now())
      return outcome
    })
    this.#pending.set(key, asked)
    return asked
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
    const { clock, log, forceTcp = false } = this.#options
    const began = clock.now()
    const over = new AbortController()
    const limit = AbortSignal.any([this.#signal, over.signal])
    void clock.sleep(patience, limit).then(
      () => over.abort(new PortolanError('Timeout', `no answer within ${patience} ms`)),
      () => {},
    )
    try {
      const answer = await exchange({ server, question, forceTcp }, limit)
      this.#silent.delete(server)
      this.#counts.get(server)?.answered(answer.rcode, (clock.now() - began) / 1000)
      return answer
    } catch (error) {
      const fields = { server: `${server.address} port ${server.port}`, error: messageOf(error) }
      if (!this.#signal.aborted && this.#isTrusted(server)) log.warn(fields, 'a forwarder does not answer')
      this.#silent.set(server, clock.now())
      this.#counts.get(server)!.failures++
      return undefined
    } finally {
      over.abort()
    }
  }

  #inOrder(servers: readonly Server[]): readonly Server[] {
    const { policy = 'sequential', random } = this.#options
    const trusted = servers.filter((server) => this.#isTrusted(server))
    if (trusted.length === 0) this.#broken++
    const turned = rotated(trusted, FIRST[policy](trusted.length, this.#turn++, random))
    return [...turned, ...servers.filter((server) => !trusted.includes(server))]
  }

  #isTrusted(server: Server): boolean {
    return this.#options.clock.now() - (this.#silent.get(server) ?? -Infinity) >= DISTRUST
  }
}

/** Which of `count` servers is asked first. */
const FIRST: Record<Policy, (count: number, turn: number, random: () => number) => number> = {
  sequential: () => 0,
  round_robin: (count, turn) => turn % Math.max(1, count),
  random: (count, _, random) => Math.floor(random() * count),
}

const rotated = <T>(list: readonly T[], first: number): readonly T[] =>
  first === 0 ? list : [...list.slice(first), ...list.slice(0, first)]

const isKnowing = ({ rcode }: UpstreamAnswer): boolean => rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN
