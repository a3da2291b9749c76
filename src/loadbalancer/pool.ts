import { addressAt, PortolanError, parseCIDR, subnetAt } from '../lib/index.ts'

/** The quarter of the nodes' network that load balancers get by default: 192.168.1.64/26 of 192.168.1.0/24. */
export const defaultPool = (nodeCIDR: string): string => subnetAt(nodeCIDR, parseCIDR(nodeCIDR).prefix + 2, 1)

/** Whether an address belongs to the pool; false for what is no IPv4 address. */
export function inPool(pool: string, ip: string): boolean {
  try {
    const { first, size } = parseCIDR(pool)
    const { first: address } = parseCIDR(`${ip}/32`)
    return address >= first && address < first + size
  } catch (error) {
    if (error instanceof PortolanError && error.code === 'BadCIDR') return false
    throw error
  }
}

/** The pool's first address that `isFree`; undefined when there is none. */
export function firstFree(pool: string, isFree: (ip: string) => boolean): string | undefined {
  const { size } = parseCIDR(pool)
  for (let index = 0; index < size; index++) {
    const ip = addressAt(pool, index)
    if (isFree(ip)) return ip
  }
  return undefined
}
