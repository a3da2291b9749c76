/** dnsperf, Debian's package of that name: as many questions as a server takes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Loaded {
  readonly perSecond: number
  readonly completed: number
  readonly lost: number
}

/** Asks the questions in `file` at 127.0.0.1, 800 at a time from 8 addresses, for some seconds. */
export async function load(port: number, file: string, seconds: number): Promise<Loaded> {
  const report = await dnsperf(port, file, seconds)
  const figure = (name: string): number => Number(new RegExp(`${name}:\\s+([\\d.]+)`).exec(report)?.[1])
  return { perSecond: figure('Queries per second'), completed: figure('Queries completed'), lost: figure('Queries lost') }
}

/** How long each answer took under that load; milliseconds. */
export async function latencies(port: number, file: string, seconds: number): Promise<number[]> {
  const report = await dnsperf(port, file, seconds, '-v')
  return [...report.matchAll(/^> .* (\d+\.\d+)$/gm)].map(([, took]) => Number(took) * 1000)
}

async function dnsperf(port: number, file: string, seconds: number, ...more: readonly string[]): Promise<string> {
  const where = ['-s', '127.0.0.1', '-p', String(port), '-d', file]
  const child = spawn('dnsperf', [...where, '-l', String(seconds), '-c', '8', '-q', '100', ...more], { stdio: ['ignore', 'pipe', 'ignore'] }) // prettier-ignore
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  await once(child, 'close').catch((error: unknown) => {
    throw new Error('this needs dnsperf: apt-get install dnsperf', { cause: error })
  })
  return Buffer.concat(pieces).toString('utf8')
}
