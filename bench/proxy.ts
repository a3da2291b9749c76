/**
 * The service proxy alone, from process start: an API server and a proxy in a network namespace of their own, connected by
 * nothing but the API. Cold start, changes among many, memory, idle.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { percentiles, table } from './report.ts'

interface Report {
  readonly coldMillis: number
  readonly residentMB: number
  readonly idleMillisPerSecond: number
  readonly added: readonly number[]
  readonly switched: readonly number[]
  readonly removed: readonly number[]
}

const SIZES = [
  { services: 10_000, endpoints: 10, samples: 200 },
  { services: 44_000, endpoints: 1, samples: 0 },
]

for (const { services, endpoints, samples } of SIZES) {
  const script = join(import.meta.dirname, 'proxy/alone.ts')
  const args = ['--net', '--mount', process.execPath, '--disable-warning=ExperimentalWarning', script]
  const { stdout, status } = spawnSync('unshare', [...args, String(services), String(endpoints), String(samples)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the bench of ${services} Services failed`)
  const report: Report = JSON.parse(stdout)
  process.stdout.write(table(rowsOf(report, `${services} Services of ${endpoints}`)))
}

function rowsOf(report: Report, size: string): (readonly [string, string])[] {
  const { coldMillis, residentMB, idleMillisPerSecond, added, switched, removed } = report
  const changes: (readonly [string, string])[] =
    added.length === 0
      ? []
      : [
          ["… one added, from the API's answer to a connection", percentiles(added)],
          ['… its endpoint replaced', percentiles(switched)],
          ['… removed, to a connection that is not translated', percentiles(removed)],
        ]
  return [
    [`${size}: from process start to a connection`, `${coldMillis.toFixed(0)} ms`],
    ['… resident memory', `${residentMB.toFixed(0)} MB`],
    ['… CPU when nothing happens', `${idleMillisPerSecond.toFixed(1)} ms in a second`],
    ...changes,
  ]
}
