import { connect } from 'node:net'
import type { Clock } from '../lib/index.ts'

/** Milliseconds from an answer to the next question, and from a question until its answer counts as missing. */
const [INTERVAL, PATIENCE] = [100, 150]
/** So many questions without an answer, one after the other, make a node silent: less than a second in all. */
const MISSES = 3

/** Resolves to whether the machine at an address answers at all. */
export type Ask = (address: string, milliseconds: number) => Promise<boolean>

export interface Liveness {
  /** From now on these addresses are asked, and no others. */
  watch(addresses: ReadonlySet<string>): void
  /** Of the addresses that are watched, or were when they fell silent. */
  isSilent(address: string): boolean
}

/**
 * Knows within a second when a node is cut off or dead, which its status in the API shows after forty. Asks only whom it is told
 * to watch. `changed` is called when an address falls silent or answers again; silent ones are asked until they do.
 */
export function createLiveness(
  { ask, clock, changed }: { readonly ask: Ask; readonly clock: Clock; readonly changed: () => void },
  signal: AbortSignal,
): Liveness {
  let watched: ReadonlySet<string> = new Set()
  const missed = new Map<string, number>()
  const running = new Set<string>()
  const isSilent = (address: string): boolean => (missed.get(address) ?? 0) >= MISSES
  const isWanted = (address: string): boolean => !signal.aborted && (watched.has(address) || isSilent(address))

  const follow = async (address: string): Promise<void> => {
    running.add(address)
    while (isWanted(address)) {
      const before = isSilent(address)
      missed.set(address, (await ask(address, PATIENCE)) ? 0 : (missed.get(address) ?? 0) + 1)
      if (isSilent(address) !== before && !signal.aborted) changed()
      await clock.sleep(INTERVAL, signal).catch(() => {})
    }
    running.delete(address)
    missed.delete(address)
  }
  return {
    isSilent,
    watch(addresses) {
      watched = addresses
      for (const address of addresses) if (!running.has(address)) void follow(address)
    },
  }
}

/**
 * Asks a machine's kernel, and no program on it: a port that nobody listens on is refused by whoever lives. A node whose agent has
 * died still forwards what comes to its addresses, so it is no dead one.
 */
export const askKernel: Ask = (address, milliseconds) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port: 9 })
    const answer = (alive: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(alive)
    }
    socket.on('connect', () => answer(true))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => answer(code === 'ECONNREFUSED'))
    // An answer that came while this process was busy is heard before its lateness is judged.
    const timer = setTimeout(() => setImmediate(() => setImmediate(() => answer(false))), milliseconds)
  })
