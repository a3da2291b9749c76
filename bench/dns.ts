/**
 * Cluster DNS under dnsperf, which runs beside it on the same machine: 8,000 Services, and the mixture that Pods ask. Then
 * NSD with the same names in zone files, in the same run: what a server in C, for which nothing ever changes, does on this
 * machine. Beside each figure what is wanted, and what CoreDNS did on such a machine.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { questions } from './dns/cluster.ts'
import { changesOfThousands, freshness } from './dns/fresh.ts'
import { latencies, load, type Loaded } from './dns/load.ts'
import { startNsd } from './dns/nsd.ts'
import type { Order, Ready, Usage } from './dns/serve.ts'
import { percentiles, table } from './report.ts'

const SERVICES = 8_000
const MORE_SERVICES = 10_000
const [PORT, NSD_PORT] = [15_353, 15_354]
/** Seconds. */
const DURATION = 6
const CHANGES = 500

const folder = mkdtempSync(join(tmpdir(), 'dns-bench-'))
const file = join(folder, 'questions')
writeFileSync(file, [...questions(SERVICES)].join('\n'))
const rows: [string, string][] = []
const row = (name: string, figure: string, wanted: string): void => void rows.push([name, `${figure.padEnd(62)} ${wanted}`])
const perSecond = ({ perSecond: figure, lost }: Loaded): string => `${Math.round(figure).toLocaleString('en')}/s, ${lost} lost`

try {
  await indexing()
  const ours = await answering()
  await beside(ours)
  process.stdout.write(table(rows))
} finally {
  rmSync(folder, { recursive: true })
}

async function start(count: number): Promise<{ server: ChildProcess; ready: number; stop: () => Promise<unknown> }> {
  const server = fork(new URL('./dns/serve.ts', import.meta.url), [String(PORT), String(count)])
  const [{ ready }] = (await once(server, 'message')) as [Ready]
  const stop = async (): Promise<unknown> => {
    server.disconnect()
    return once(server, 'exit')
  }
  return { server, ready, stop }
}

async function usage(server: ChildProcess): Promise<Usage> {
  server.send({ usage: true } satisfies Order)
  const [figures] = (await once(server, 'message')) as [Usage]
  return figures
}

async function indexing(): Promise<void> {
  const { ready, stop } = await start(MORE_SERVICES)
  row(`index of ${MORE_SERVICES.toLocaleString('en')} Services with three endpoints each`, `${ready.toFixed(0)} ms`, '≤ 1,000 ms')
  await stop()
}

async function answering(): Promise<number> {
  const { server, stop } = await start(SERVICES)
  await load(PORT, file, 1) // the just-in-time compiler's share
  const before = await usage(server)
  const loaded = await load(PORT, file, DURATION)
  const after = await usage(server)
  row(`answers, ${SERVICES.toLocaleString('en')} Services`, perSecond(loaded), '≥ 45,000/s [31,400 to 33,700]')
  row('  time of a processor for each', `${(((after.cpu - before.cpu) / loaded.completed) * 1e6).toFixed(1)} µs`, '')
  row('  under this load, each took', percentiles(await latencies(PORT, file, 2)), 'p99 ≤ 5 ms')
  const [{ times, stale }] = await Promise.all([freshness(server, PORT, CHANGES), load(PORT, file, 2)])
  row('  from a watched change to the new answer, same load', percentiles(times), 'p99 ≤ 5 ms')
  row('  answers older than the change before them', String(stale), '0')
  row('  memory, resident', `${(await usage(server)).rss.toFixed(0)} MB`, '≤ 150 MB [131]')
  const thousands = await changesOfThousands(server, PORT, 100)
  row('  one endpoint of 5,000 changes, and the next answer', percentiles(thousands), '')
  await stop()
  return loaded.perSecond
}

/** With a loud word where there is no NSD to compare with. */
async function beside(ours: number): Promise<void> {
  const nsd = await startNsd(folder, NSD_PORT, SERVICES).catch((error: unknown) => String(error))
  if (typeof nsd === 'string') return row('NSD', `NOT COMPARED: ${nsd.split('\n')[0]}`, '')
  await load(NSD_PORT, file, 1)
  const loaded = await load(NSD_PORT, file, DURATION)
  row('NSD, the same names in zone files', perSecond(loaded), `ours: ${(ours / loaded.perSecond).toFixed(2)} of it`)
  row('  under this load, each took', percentiles(await latencies(NSD_PORT, file, 2)), '')
  row('  memory, resident', `${nsd.memory().toFixed(0)} MB`, '')
  await nsd.stop()
}
