import ipaddr from 'ipaddr.js'
import type { Chain, Ruleset } from './ruleset.ts'

/** The first packet of a connection. */
export interface Packet {
  readonly from: string
  readonly to: string
  readonly protocol: string
  readonly port: number
  /** The node's own packets have not come in by anything. */
  readonly by: 'a cable' | 'lo' | 'the node'
}

export type Outcome =
  | { readonly verdict: 'drop' | 'reject' }
  /** Where it goes, and whether the receiver sees the node instead of the sender. */
  | { readonly verdict: 'accept'; readonly to: string; readonly port: number; readonly masqueraded: boolean }

export interface Surroundings {
  /** The node's own addresses. */
  readonly local: ReadonlySet<string>
  /** A number below `count`, for each random choice. */
  readonly pick: (count: number) => number
}

interface State {
  readonly packet: Packet
  to: string
  port: number
  mark: number
  translated: boolean
  masqueraded: boolean
}

type Verdict = 'continue' | 'accept' | 'drop' | 'reject' | 'return'

/** What becomes of a packet in a table. Throws for a rule that it doesn't know: then it would prove nothing. */
export function trace(ruleset: Ruleset, packet: Packet, surroundings: Surroundings): Outcome {
  const state: State = { packet, to: packet.to, port: packet.port, mark: 0, translated: false, masqueraded: false }
  const local = (): boolean => surroundings.local.has(state.to)
  const hooks = packet.by === 'the node' ? ['output', 'postrouting'] : ['prerouting', () => (local() ? 'input' : 'forward')]
  for (const hook of packet.by === 'the node' ? hooks : [...hooks, () => (local() ? '' : 'postrouting')]) {
    const verdict = traverse(ruleset, typeof hook === 'string' ? hook : hook(), { state, surroundings })
    if (verdict !== 'accept') return { verdict }
  }
  return { verdict: 'accept', to: state.to, port: state.port, masqueraded: state.masqueraded }
}

interface Context {
  readonly state: State
  readonly surroundings: Surroundings
}

function traverse(ruleset: Ruleset, hook: string, context: Context): 'accept' | 'drop' | 'reject' {
  const chains = [...ruleset.chains.values()].filter((chain) => chain.hook === hook)
  for (const chain of chains.sort((a, b) => a.priority - b.priority)) {
    const verdict = runChain(ruleset, chain, context)
    if (verdict === 'drop' || verdict === 'reject') return verdict
  }
  return 'accept'
}

function runChain(ruleset: Ruleset, chain: Chain, context: Context): Verdict {
  for (const rule of chain.rules) {
    const verdict = new Rule(ruleset, context).run(rule)
    if (verdict === 'return') return 'continue'
    if (verdict !== 'continue') return verdict
  }
  return 'continue'
}

/** One rule being read from left to right, until something doesn't match. */
class Rule {
  readonly #ruleset: Ruleset
  readonly #context: Context

  constructor(ruleset: Ruleset, context: Context) {
    this.#ruleset = ruleset
    this.#context = context
  }

  run(rule: string): Verdict {
    for (let rest = rule; rest !== '';) {
      const [found, execute] = statementAt(rest)
      const verdict = execute(this, found)
      if (verdict === 'no match') return 'continue'
      if (verdict !== 'continue') return verdict
      rest = rest.slice(found[0].length).trim()
    }
    return 'continue'
  }

  get state(): State {
    return this.#context.state
  }

  get surroundings(): Surroundings {
    return this.#context.surroundings
  }

  elements(name: string): ReadonlyMap<string, string> {
    const found = this.#ruleset.elements.get(name)
    if (!found) throw new Error(`there is no map or set ${name}`)
    return found
  }

  /** `goto` and `jump` are alike here: no chain goes on after what a `goto` came to. */
  enter(name: string): Verdict {
    const chain = this.#ruleset.chains.get(name)
    if (!chain) throw new Error(`there is no chain ${name}`)
    return runChain(this.#ruleset, chain, this.#context)
  }

  verdict(text: string): Verdict {
    const [, word, name] = /^(jump|goto) (\S+)$/.exec(text) ?? []
    if (name === undefined) return text as 'drop'
    const verdict = this.enter(name)
    return word === 'goto' && verdict === 'continue' ? 'return' : verdict
  }

  /** A field, or several with dots between, as the keys of maps have them. */
  value(expression: string): string {
    return expression
      .split(' . ')
      .map((field) => FIELDS[field.replace(/\b(?:ip6|ip) /, 'ip ').replace(/^(?:tcp|udp|sctp) /, 'th ')]!(this))
      .join(' . ')
  }

  translate(target: string | undefined): Verdict | 'no match' {
    if (target === undefined) return 'no match'
    const [to = '', port = ''] = target.split(' . ')
    Object.assign(this.state, { to, port: Number(port), translated: true })
    return 'accept'
  }
}

const FIELDS: Readonly<Record<string, (rule: Rule) => string>> = {
  'ip saddr': ({ state }) => state.packet.from,
  'ip daddr': ({ state }) => state.to,
  'th dport': ({ state }) => String(state.port),
  'meta l4proto': ({ state }) => state.packet.protocol,
  'ct original ip daddr': ({ state }) => state.packet.to,
  'ct original proto-dst': ({ state }) => String(state.packet.port),
}

type Statement = readonly [RegExp, (rule: Rule, found: RegExpExecArray) => Verdict | 'no match']

const when = (holds: boolean): 'continue' | 'no match' => (holds ? 'continue' : 'no match')
const FIELD = '(?:(?:ct original )?ip6? [sd]addr|meta l4proto|(?:th|tcp|udp|sctp) dport|ct original proto-dst)'
const FIELDS_PATTERN = `(${FIELD}(?: \\. ${FIELD})*)`

const STATEMENTS: readonly Statement[] = [
  [
    /^meta mark set meta mark (or|xor) (0x\w+)/,
    ({ state }, [, how, bits]) => {
      state.mark = how === 'or' ? state.mark | Number(bits) : state.mark ^ Number(bits)
      return 'continue'
    },
  ],
  [/^meta mark and (0x\w+) == 0/, ({ state }, [, bits]) => when((state.mark & Number(bits)) === 0)],
  [/^ct state (new|invalid)/, (_, [, wanted]) => when(wanted === 'new')],
  [/^ct status dnat/, ({ state }) => when(state.translated)],
  [/^iif != "lo"/, ({ state }) => when(state.packet.by === 'a cable')],
  [
    /^fib ([sd])addr type local/,
    ({ state, surroundings }, [, end]) => when(surroundings.local.has(end === 's' ? state.packet.from : state.to)),
  ],
  [/^counter name "\S+"/, () => 'continue'],
  [/^update @\S+ \{.*\}/, () => 'continue'],
  [
    /^dnat ip6? to (.*) \. numgen random mod (\d+)(?: offset (\d+))? map @(\S+)/,
    (rule, [, key, count, offset = '0', map]) =>
      rule.translate(rule.elements(map!).get(`${rule.value(key!)} . ${rule.surroundings.pick(Number(count)) + Number(offset)}`)),
  ],
  [/^dnat ip6? to (.*) map @(\S+)/, (rule, [, key, map]) => rule.translate(rule.elements(map!).get(rule.value(key!)))],
  [
    /^masquerade fully-random/,
    ({ state }) => {
      state.masqueraded = true
      return 'accept'
    },
  ],
  [/^reject(?: with tcp reset)?/, () => 'reject'],
  [/^(drop|return)/, (_, [, verdict]) => verdict as 'drop'],
  [/^(?:jump|goto) \S+/, (rule, [text]) => rule.verdict(text)],
  [
    new RegExp(`^${FIELDS_PATTERN} vmap @(\\S+)`),
    (rule, [, key, map]) => {
      const verdict = rule.elements(map!).get(rule.value(key!))
      return verdict === undefined ? 'no match' : rule.verdict(verdict)
    },
  ],
  [
    new RegExp(`^${FIELDS_PATTERN} (!= )?@(\\S+)`),
    (rule, [, key, not, set]) => when(contains([...rule.elements(set!).keys()], rule.value(key!)) === (not === undefined)),
  ],
  [/^meta l4proto (tcp|udp|sctp)/, ({ state }, [, protocol]) => when(state.packet.protocol === protocol)],
  [
    new RegExp(`^${FIELDS_PATTERN} (!= )?(?:\\{ (.*) \\}|(\\S+))`),
    (rule, [, key, not, list, one]) =>
      when(contains(one === undefined ? list!.split(', ') : [one], rule.value(key!)) === (not === undefined)),
  ],
]

function statementAt(rule: string): readonly [RegExpExecArray, Statement[1]] {
  for (const [pattern, execute] of STATEMENTS) {
    const found = pattern.exec(rule)
    if (found) return [found, execute]
  }
  throw new Error(`the tracer doesn't know "${rule}"`)
}

/** Keys may end in a range of addresses. */
const contains = (keys: readonly string[], value: string): boolean => keys.some((key) => matches(key, value))

function matches(key: string, value: string): boolean {
  if (key === value) return true
  const [keyParts, valueParts] = [key.split(' . '), value.split(' . ')]
  const range = keyParts.at(-1)!
  if (!range.includes('/') || keyParts.slice(0, -1).join() !== valueParts.slice(0, -1).join()) return false
  const address = ipaddr.parse(valueParts.at(-1)!)
  const [network, prefix] = ipaddr.parseCIDR(range)
  return address.kind() === network.kind() && address.match(network, prefix)
}
