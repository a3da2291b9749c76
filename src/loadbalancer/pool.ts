import { addressAt, indexIn, parseCIDR, subnetAt } from '../lib/index.ts'

/** Ranges of addresses that may be given: `['192.168.1.64/26']`. The first that has room is used first. */
export type Pool = readonly string[]

/**
 * The quarter of the nodes' network that load balancers get by default: 192.168.1.64/26 of 192.168.1.0/24. In a second network it
 * is the addresses of the same numbers: fd00:192:168:1::40/122 of fd00:192:168:1::/64.
 */
export function defaultPool(nodeCIDRs: readonly string[]): Pool {
  const [first] = nodeCIDRs.map(parseCIDR)
  if (!first) return []
  const bits = first.width - first.prefix - 2
  return nodeCIDRs.map((range) => subnetAt(range, parseCIDR(range).width - bits, 1))
}

/** Throws BadCIDR for a pool with something in it that is no range of addresses. */
export function checkPool(pool: Pool): Pool {
  pool.forEach(parseCIDR)
  return pool
}

/** Whether an address belongs to the pool; false for what is no address. */
export const inPool = (pool: Pool, ip: string): boolean => pool.some((range) => indexIn(range, ip) !== undefined)

/** The pool's first address that `isFree`; undefined when there is none. */
export function firstFree(pool: Pool, isFree: (ip: string) => boolean): string | undefined {
  for (const range of pool) {
    const { size } = parseCIDR(range)
    for (let index = 0n; index < size; index++) {
      const ip = addressAt(range, index)
      if (isFree(ip)) return ip
    }
  }
  return undefined
}

/** As people read it. */
export const poolText = (pool: Pool): string => pool.join(', ')
