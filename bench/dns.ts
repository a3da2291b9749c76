/**
 * Cluster DNS under dnsperf (Debian's package of that name), which runs beside it on the same machine: 8,000 Services,
 * and the mixture that Pods ask: names that exist, their empty AAAA, what a search path misses on its way, SRV and PTR.
 */
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SERVICES = 8_000
const PORT = 15_353

interface Ready {
  readonly ready: number
  readonly memory: number
}
interface Usage {
  readonly cpu: number
  readonly rss: number
}

function* questions(): Generator<string> {
  for (let index = 0; index < SERVICES; index++) {
    const name = `s${index}.default.svc.cluster.local`
    yield `${name} A`
    yield `${name} AAAA`
    yield `${name}.default.svc.cluster.local A`
    yield `s${index}.svc.cluster.local A`
    yield `_http._tcp.${name} SRV`
    yield `${index & 255}.${index >> 8}.96.10.in-addr.arpa PTR`
  }
}

const folder = mkdtempSync(join(tmpdir(), 'dns-bench-'))
const file = join(folder, 'questions')
writeFileSync(file, [...questions()].join('\n'))

const server = fork(new URL('./dns/serve.ts', import.meta.url), [String(PORT), String(SERVICES)], { execArgv: ['--expose-gc'] })
const [{ ready, memory }] = (await once(server, 'message')) as [Ready]
console.log(`${SERVICES} Services: ready in ${ready.toFixed(0)} ms, ${memory.toFixed(1)} MB`)

async function usage(): Promise<Usage> {
  server.send('usage')
  const [figures] = (await once(server, 'message')) as [Usage]
  return figures
}

function load(seconds: number, ...more: readonly string[]): string {
  const options = ['-s', '127.0.0.1', '-p', String(PORT), '-d', file, '-l', String(seconds), '-c', '8', '-q', '100', ...more]
  const { stdout, error } = spawnSync('dnsperf', options, { encoding: 'utf8', maxBuffer: 1 << 30 })
  if (error) throw new Error('this needs dnsperf: apt-get install dnsperf', { cause: error })
  return stdout
}

load(1) // the just-in-time compiler's share
const before = await usage()
const report = load(6)
const after = await usage()
const queries = Number(/Queries completed:\s+(\d+)/.exec(report)?.[1])
for (const line of report.split('\n'))
  if (/Queries (completed|lost|per)|Response codes|Average Latency/.test(line)) console.log(line)
console.log(
  `  Server's processor time: ${(((after.cpu - before.cpu) / queries) * 1e6).toFixed(1)} us/query, ${after.rss.toFixed(0)} MB resident`,
)

const latencies = [...load(2, '-v').matchAll(/^> .* (\d+\.\d+)$/gm)]
  .map(([, seconds]) => Number(seconds) * 1000)
  .toSorted((a, b) => a - b)
const at = (share: number): string => `${(latencies[Math.floor(latencies.length * share)] ?? NaN).toFixed(2)} ms`
console.log(`  Latency under full load: median ${at(0.5)}, 99 % ${at(0.99)}, worst ${at(0.999999)} of ${latencies.length}`)
server.disconnect()
rmSync(folder, { recursive: true })
