/** How soon a change that was watched is in the answers. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { ask } from './ask.ts'
import { ZONE } from './cluster.ts'
import type { Order } from './serve.ts'

export interface Freshness {
  /** From the watch event to the new answer, milliseconds each. */
  readonly times: readonly number[]
  /** Answers to questions that were asked after the event, and were as before. */
  readonly stale: number
}

/** Gives a Service one address after the other, and asks for it without a break. */
export async function freshness(server: ChildProcess, port: number, changes: number): Promise<Freshness> {
  const times: number[] = []
  let stale = 0
  for (let change = 0; change < changes; change++) {
    const address = `10.97.${change >> 8}.${change & 255}`
    const event = tell(server, { change: 1, address })
    const asked = [await ask(port, `s1.default.svc.${ZONE}`)]
    while (!asked.at(-1)!.addresses.includes(address)) asked.push(await ask(port, `s1.default.svc.${ZONE}`))
    const at = await event
    stale += asked.filter(({ sent, addresses }) => sent > at && !addresses.includes(address)).length
    times.push(Math.max(0, Number(asked.at(-1)!.came - at) / 1e6))
  }
  return { times, stale }
}

/** Milliseconds from a change of one slice of fifty to the next answer about any other Service. */
export async function changesOfThousands(server: ChildProcess, port: number, changes: number): Promise<number[]> {
  await tell(server, { big: 0 })
  await ask(port, `s1.default.svc.${ZONE}`)
  const times: number[] = []
  for (let change = 1; change <= changes; change++) {
    const at = await tell(server, { big: change })
    times.push(Number((await ask(port, `big-0.big.default.svc.${ZONE}`)).came - at) / 1e6)
  }
  return times
}

/** When the server saw it: nanoseconds of the machine's clock. */
async function tell(server: ChildProcess, order: Order): Promise<bigint> {
  server.send(order)
  const [{ at }] = (await once(server, 'message')) as [{ at: string }]
  return BigInt(at)
}
