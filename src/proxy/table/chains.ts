import type { BaseOptions } from './base.ts'
import type { RememberRule } from '../../kernel/index.ts'
import { parseChain, type PickChain, type RememberChain } from './chain-names.ts'
import type { Change } from './ledger.ts'
import {
  clientsMap,
  endpointsMap,
  LOCAL_SLOTS,
  MARK_FOR_MASQUERADE,
  nodePortClientsMap,
  nodePortEndpointsMap,
  TABLE,
} from './names.ts'

/** The chain on demand that a verdict goes to; undefined for every other verdict. */
function chainOf(verdict: string | undefined): string | undefined {
  if (!verdict?.startsWith('goto ')) return undefined
  const chain = verdict.slice('goto '.length)
  return parseChain(chain) ? chain : undefined
}

/**
 * Which chains on demand are in use. There is one for each protocol and number of endpoints that some Service has, so they
 * are few; each exists as long as an element goes to it.
 */
export class ChainsInUse {
  readonly #uses = new Map<string, number>()

  /** Takes note of changed elements. Answers the chains that must exist from now on, and those nobody goes to any more. */
  update(changes: Iterable<Change>): { readonly added: readonly string[]; readonly removed: readonly string[] } {
    const before = new Map<string, number>()
    const count = (verdict: string | undefined, step: number): void => {
      const chain = chainOf(verdict)
      if (chain === undefined) return
      const uses = this.#uses.get(chain) ?? 0
      if (!before.has(chain)) before.set(chain, uses)
      this.#uses.set(chain, uses + step)
    }
    for (const change of changes) {
      count(change.before, -1)
      count(change.after, 1)
    }
    const touched = [...before.keys()]
    const added = touched.filter((chain) => before.get(chain) === 0 && this.#uses.get(chain)! > 0)
    const removed = touched.filter((chain) => before.get(chain)! > 0 && this.#uses.get(chain) === 0)
    return { added, removed }
  }
}

/** The rules of a chain on demand that nft's language can say. Throws for a name that is none: a programming error. */
export function chainRules(name: string, base: BaseOptions): readonly string[] {
  const chain = parseChain(name)
  if (!chain) throw new Error(`${name} is not a chain on demand`)
  if (chain.does === 'pick') return pickRules(chain, base)
  return base.family === 'ip' ? [rememberRule(chain)] : []
}

/** Of chains on demand, the rules over IPv6 that have to be appended after the transaction that makes the chains. */
export function laterRules(names: readonly string[], { family }: BaseOptions): readonly RememberRule[] {
  if (family === 'ip') return []
  return names.flatMap((name) => {
    const chain = parseChain(name)
    if (chain?.does !== 'remember') return []
    const { nodePort, protocol, seconds } = chain
    const map = nodePort ? nodePortClientsMap(protocol) : clientsMap(protocol)
    return [{ table: TABLE, chain: name, map, nodePort, seconds }]
  })
}

function pickRules({ masquerade, nodePort, affinity, protocol, endpoints, own }: PickChain, base: BaseOptions): string[] {
  const { family, podCIDR } = base
  const frontend = nodePort ? `${protocol} dport` : `${family} daddr . ${protocol} dport`
  const map = nodePort ? nodePortEndpointsMap(protocol) : endpointsMap(protocol)
  const one = (count: number, offset = ''): string =>
    `dnat ${family} to ${frontend} . numgen random mod ${count}${offset} map @${map}`
  const clients = nodePort ? nodePortClientsMap(protocol) : clientsMap(protocol)
  const kept = affinity ? [`dnat ${family} to ${family} saddr . ${frontend} map @${clients}`] : []
  if (own === undefined) return [...(masquerade ? [`jump ${MARK_FOR_MASQUERADE}`] : []), ...kept, one(endpoints)]
  return [
    `fib saddr type local jump ${MARK_FOR_MASQUERADE}`,
    ...kept,
    ...(podCIDR === undefined ? [] : [`${family} saddr ${podCIDR} ${one(endpoints)}`]),
    `fib saddr type local ${one(endpoints)}`,
    ...(own > 0 ? [one(own, ` offset ${LOCAL_SLOTS}`)] : []),
  ]
}

/** `meta l4proto` comes first because it is what tells nft 1.0.6 the type of `ct original proto-dst`. */
function rememberRule({ nodePort, protocol, seconds }: RememberChain): string {
  const frontend = nodePort ? 'ct original proto-dst' : 'ct original ip daddr . ct original proto-dst'
  const clients = nodePort ? nodePortClientsMap(protocol) : clientsMap(protocol)
  const entry = `ip saddr . ${frontend} timeout ${seconds}s : ip daddr . ${protocol} dport`
  return `meta l4proto ${protocol} update @${clients} { ${entry} }`
}
