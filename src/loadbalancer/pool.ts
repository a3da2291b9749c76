import { addressAt, parseCIDR, PortolanError, subnetAt } from '../lib/index.ts'

/** Ranges of addresses that may be given: `['192.168.1.64/26']`. The first that has room is used first. */
export type Pool = readonly string[]

/** The quarter of the nodes' network that load balancers get by default: 192.168.1.64/26 of 192.168.1.0/24. */
export const defaultPool = (nodeCIDR: string): Pool => [subnetAt(nodeCIDR, parseCIDR(nodeCIDR).prefix + 2, 1)]

/** Throws BadCIDR for a pool with something in it that is no range of IPv4 addresses. */
export function checkPool(pool: Pool): Pool {
  pool.forEach(parseCIDR)
  return pool
}

/** Whether an address belongs to the pool; false for what is no IPv4 address. */
export function inPool(pool: Pool, ip: string): boolean {
  try {
    const { first: address } = parseCIDR(`${ip}/32`)
    return pool.map(parseCIDR).some(({ first, size }) => address >= first && address < first + size)
  } catch (error) {
    if (error instanceof PortolanError && error.code === 'BadCIDR') return false
    throw error
  }
}

/** The pool's first address that `isFree`; undefined when there is none. */
export function firstFree(pool: Pool, isFree: (ip: string) => boolean): string | undefined {
  for (const range of pool) {
    const { size } = parseCIDR(range)
    for (let index = 0; index < size; index++) {
      const ip = addressAt(range, index)
      if (isFree(ip)) return ip
    }
  }
  return undefined
}

/** As people read it. */
export const poolText = (pool: Pool): string => pool.join(', ')
