import { endpointsMap, type Family, MARK_FOR_MASQUERADE, nodePortEndpointsMap, type Protocol } from './names.ts'
import type { Change } from './ledger.ts'

const PICK = /^goto ((?:external-)?(nodeport-)?pick)-(tcp|udp|sctp)-(\d+)$/

/** The pick chain a verdict goes to; undefined for every other verdict. */
const pickChainOf = (verdict: string | undefined): string | undefined =>
  verdict && PICK.test(verdict) ? verdict.slice('goto '.length) : undefined

/**
 * Which pick chains are in use. There is one for each protocol and number of endpoints that some Service has, so they are few; each
 * exists as long as an element goes to it.
 */
export class PickChains {
  readonly #uses = new Map<string, number>()

  /** Takes note of changed elements. Answers the chains that must exist from now on, and those nobody goes to any more. */
  update(changes: Iterable<Change>): { readonly added: readonly string[]; readonly removed: readonly string[] } {
    const before = new Map<string, number>()
    const count = (verdict: string | undefined, step: number): void => {
      const chain = pickChainOf(verdict)
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

/** The rules of a pick chain. Throws for a name that is none: a programming error. */
export function pickRules(chain: string, family: Family): string {
  const [, kind, nodePort, protocol, endpoints] = PICK.exec(`goto ${chain}`) ?? []
  if (!kind) throw new Error(`${chain} is not a chain that picks endpoints`)
  const key = nodePort ? `${protocol} dport` : `${family} daddr . ${protocol} dport`
  const map = nodePort ? nodePortEndpointsMap(protocol as Protocol) : endpointsMap(protocol as Protocol)
  const mark = kind.startsWith('external-') ? `jump ${MARK_FOR_MASQUERADE}; ` : ''
  return `${mark}dnat ${family} to ${key} . numgen random mod ${endpoints} map @${map}`
}
