/**
 * How long Pods take to start, beside the floor: what crun(1) alone takes for as many programs that do nothing. The image is
 * the machine itself, so nothing is pulled; a Pod counts as running when the API says so.
 */
import { type Pod, pods } from '../src/api/index.ts'
import { crunFloor } from './pods/floor.ts'
import { percentiles, table } from './report.ts'
import { benchCluster, type BenchCluster } from './services/cluster.ts'

const MANY = 100
const CROWD = 200
const SAMPLES = 30
const NAMESPACE = 'default'
/** After this long a Pod won't come any more. */
const PATIENCE = 120_000

const cluster = await benchCluster()
const end = new AbortController()
try {
  const watched = watchPods(cluster, end.signal)
  const floor = crunFloor(MANY)
  const rows = [
    [
      `crun alone, ${MANY} × /bin/true, one after the other`,
      `${floor.toFixed(0)} ms (${(floor / MANY).toFixed(1)} ms each)`,
    ] as const,
    [`one Pod, bound to running, image present`, percentiles(await oneByOne(cluster, watched))] as const,
    [
      `${MANY} Pods on two nodes, scheduled and running`,
      `${((await atOnce(cluster, watched, { count: MANY })) / 1000).toFixed(2)} s`,
    ] as const,
    [
      `${CROWD} Pods on one node, running, each with an address of its own`,
      `${((await atOnce(cluster, watched, { count: CROWD, nodeName: 'node1' })) / 1000).toFixed(2)} s`,
    ] as const,
  ]
  process.stdout.write(table(rows))
} finally {
  end.abort()
  await cluster.remove()
}

interface Watched {
  /** Resolves with the Pod when it runs. */
  running(name: string): Promise<Pod>
  /** Resolves when it is gone. */
  gone(name: string): Promise<void>
}

function watchPods({ client }: BenchCluster, signal: AbortSignal): Watched {
  const waiting = new Set<(name: string, pod: Pod | undefined) => void>()
  const follow = async (): Promise<void> => {
    for await (const { type, object } of client.watch(pods, { namespace: NAMESPACE }, signal))
      for (const tell of waiting) tell(object.metadata.name ?? '', type === 'DELETED' ? undefined : object)
  }
  follow().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  const when = (name: string, is: (pod: Pod | undefined) => boolean): Promise<Pod | undefined> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${name} did not come`)), PATIENCE)
      const tell = (other: string, pod: Pod | undefined): void => {
        if (other !== name || !is(pod)) return
        clearTimeout(late)
        waiting.delete(tell)
        resolve(pod)
      }
      waiting.add(tell)
    })
  return {
    running: async (name) => (await when(name, (pod) => pod?.status?.phase === 'Running'))!,
    gone: async (name) => void (await when(name, (pod) => pod === undefined)),
  }
}

function podOf(name: string, nodeName: string | undefined): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'host', command: ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'] }],
    },
  }
}

/** Milliseconds from the answer that binds a Pod to the event that it runs. */
async function oneByOne({ client }: BenchCluster, watched: Watched): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const name = `one-${i}`
    const running = watched.running(name)
    await client.create(pods, podOf(name, 'node1'))
    const began = performance.now()
    await running
    times.push(performance.now() - began)
    await remove(client, watched, [name])
  }
  return times
}

/** Milliseconds from the first request to the last event. Throws when two Pods have the same address. */
async function atOnce(
  { client }: BenchCluster,
  watched: Watched,
  { count, nodeName }: { readonly count: number; readonly nodeName?: string },
): Promise<number> {
  const names = Array.from({ length: count }, (_, index) => `many-${index}`)
  const running = names.map((name) => watched.running(name))
  const began = performance.now()
  await Promise.all(names.map((name) => client.create(pods, podOf(name, nodeName))))
  const all = await Promise.all(running)
  const took = performance.now() - began
  const addresses = new Set(all.map(({ status }) => status?.podIP))
  if (addresses.size !== count) throw new Error(`${count} Pods have ${addresses.size} addresses`)
  await remove(client, watched, names)
  return took
}

async function remove(client: BenchCluster['client'], watched: Watched, names: readonly string[]): Promise<void> {
  const gone = names.map((name) => watched.gone(name))
  for (const name of names) await client.delete(pods, { namespace: NAMESPACE, name })
  await Promise.all(gone)
}
