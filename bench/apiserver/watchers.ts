import { CONNECTIONS, rate } from './client.ts'
import type { Bench } from './client.ts'

const WATCHERS = 100
const EVENTS = 200
const NAME = /"name":"e(\d+)"/g

/** What it took until everybody had been told of everything. */
export interface Delivered {
  readonly perSecond: number
  /** Milliseconds from the moment when the client began to write until a watcher had the event; one for each delivery. */
  readonly times: readonly number[]
}

/** 100 clients watch Secrets while 200 are made, `atOnce` at a time. */
export async function deliver({ ask, watch }: Bench, round: string, atOnce = CONNECTIONS): Promise<Delivered> {
  const begun = new Map<number, number>()
  const times: number[] = []
  const path = `/api/v1/namespaces/kube-public/secrets?watch=1&labelSelector=round%3D${round}`
  const open = Array.from({ length: WATCHERS }, () => {
    let count = 0
    return watch(path, (piece) => {
      for (const [, index] of piece.toString().matchAll(NAME)) {
        times.push(performance.now() - (begun.get(Number(index)) ?? 0))
        count++
      }
      return count >= EVENTS
    })
  })
  const watches = await Promise.all(open)
  const start = performance.now()
  const write = (index: number): Promise<unknown> => {
    begun.set(index, performance.now())
    return ask('POST', '/api/v1/namespaces/kube-public/secrets', secret(`e${index}`, round))
  }
  await rate(EVENTS, write, atOnce)
  await Promise.all(watches.map(({ done }) => done))
  const perSecond = (times.length / (performance.now() - start)) * 1000
  await ask('DELETE', '/api/v1/namespaces/kube-public/secrets')
  return { perSecond, times }
}

const secret = (name: string, round: string): object => ({
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: { name, labels: { round } },
})
