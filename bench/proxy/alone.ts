/** Runs inside a network namespace of its own; prints a report as JSON. Arguments: Services, endpoints of each, changes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { endpointSlices, services } from '../../src/api/index.ts'
import { accessOf, type Client, connectHttp2, createClient } from '../../src/client/index.ts'
import { folderAt } from '../../src/cluster/files/folder.ts'
import { adminKubeconfig, makePki } from '../../src/cluster/files/pki.ts'
import { DEFAULT_RANGES } from '../../src/cluster/addresses.ts'
import { eventually } from '../../src/testing/index.ts'
import { podAddresses, serviceOf, sliceOf } from './objects.ts'

const PORTOLAN = join(import.meta.dirname, '../../src/cli/main.ts')
const API_PORT = 6443
/** The namespace's own address, where real servers stand. */
const HERE = '192.168.1.2'
const [OLD_PORT, NEW_PORT, UNTRANSLATED] = [8080, 8081, 80]
const WRITERS = 32
/** Milliseconds after which the proxy counts as idle, and for which its CPU time is counted. */
const [SETTLED, OBSERVED] = [12_000, 4_000]
const [many, each, samples] = process.argv.slice(2).map(Number) as [number, number, number]

const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'))
const children: ChildProcess[] = []
try {
  const wire = `ip link add wire type veth peer name far; ip addr add ${HERE}/24 dev wire; ip link set wire up; ip link set far up`
  // What no Service has taken is answered here as well, so that every state of the rules has an answer at once.
  execFileSync('sh', ['-ec', `ip link set lo up; ${wire}; ip route add local ${DEFAULT_RANGES.serviceCIDR} dev lo`])
  for (const port of [OLD_PORT, NEW_PORT, UNTRANSLATED]) createServer((socket) => socket.end(String(port))).listen(port)
  process.stdout.write(JSON.stringify(await measure()))
} finally {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
process.exit()

async function measure() {
  const data = folderAt(folder)
  await makePki(
    data,
    { name: 'bench', nodes: [{ name: 'node1', ip: HERE }], port: API_PORT, wayOut: false, ...DEFAULT_RANGES },
    Date.now(),
  )
  const kubeconfig = adminKubeconfig(data)
  portolan('apiserver', '--data', folder, '--port', String(API_PORT), '--advertise-address', '192.168.1.1')
  const client = createClient(connectHttp2(accessOf(kubeconfig)).handler)
  await eventually(() => client.raw('/readyz'), { within: 20_000 })
  await fill(client)
  const last = await addService(client, 'last')
  const began = performance.now()
  const proxy = portolan('proxy', '--kubeconfig', kubeconfig, '--node-name', 'node1', '--cluster-cidr', DEFAULT_RANGES.podCIDR)
  await whenSays(last, OLD_PORT)
  const coldMillis = performance.now() - began
  await delay(SETTLED)
  const before = cpuMillis(proxy.pid!)
  await delay(OBSERVED)
  const idleMillisPerSecond = (cpuMillis(proxy.pid!) - before) / (OBSERVED / 1000)
  const changes = await change(client)
  return { coldMillis, idleMillisPerSecond, residentMB: residentMB(proxy.pid!), ...changes }
}

function portolan(...args: string[]): ChildProcess {
  const options = ['--disable-warning=ExperimentalWarning', PORTOLAN, ...args]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'ignore', 'inherit'], env: process.env })
  children.push(child)
  return child
}

async function fill(client: Client): Promise<void> {
  let next = 0
  const write = async (): Promise<void> => {
    for (let i = next++; i < many; i = next++) {
      await client.create(services, serviceOf(`many-${i}`))
      await client.create(endpointSlices, sliceOf(`many-${i}`, podAddresses(each, i * each)))
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, write))
}

async function addService(client: Client, name: string): Promise<string> {
  await client.create(endpointSlices, sliceOf(name, [HERE], OLD_PORT))
  return (await client.create(services, serviceOf(name))).spec?.clusterIP ?? ''
}

async function change(client: Client) {
  const [added, switched, removed]: number[][] = [[], [], []]
  for (let i = 0; i < samples; i++) {
    const name = `added-${i}`
    const ip = await addService(client, name)
    added!.push(await timed(() => whenSays(ip, OLD_PORT)))
    const { metadata } = sliceOf(name, [])
    await client.update(endpointSlices, { ...sliceOf(name, [HERE], NEW_PORT), metadata })
    switched!.push(await timed(() => whenSays(ip, NEW_PORT)))
    await client.delete(services, { namespace: 'default', name })
    removed!.push(await timed(() => whenSays(ip, UNTRANSLATED)))
    await client.delete(endpointSlices, { namespace: 'default', name: metadata.name! })
  }
  return { added, switched, removed }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Connects again and again until it is `port` that answers. */
async function whenSays(ip: string, port: number): Promise<void> {
  while ((await ask(ip)) !== String(port)) await delay(1)
}

async function ask(ip: string): Promise<string> {
  let words = ''
  const socket = connect({ host: ip, port: 80 })
  socket.on('data', (piece) => (words += String(piece)))
  socket.on('error', () => {})
  await new Promise((resolve) => socket.on('close', resolve))
  return words
}

function residentMB(pid: number): number {
  return Number(/^Rss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024
}

/** User and system time, fields 14 and 15 of /proc/PID/stat, in hundredths of a second. */
function cpuMillis(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
