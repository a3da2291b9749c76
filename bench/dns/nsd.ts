/**
 * NSD, the name server in C that serves zones and nothing else, out of Debian's package: unpacked, not installed, so that no service
 * of the machine's begins to run.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../src/testing/index.ts'
import { ask } from './ask.ts'
import { ZONE, zones } from './cluster.ts'

/** The package and the libraries that not every machine has. */
const PACKAGES = ['nsd', 'libevent-2.1-7', 'libfstrm0', 'libprotobuf-c1']

export interface Nsd {
  /** Megabytes, of all its processes. */
  readonly memory: () => number
  readonly stop: () => Promise<void>
}

/** Serves the names of `count` Services at 127.0.0.1, with one process as ours has. Throws when the package can't be had. */
export async function startNsd(folder: string, port: number, count: number): Promise<Nsd> {
  const root = join(folder, 'nsd')
  mkdirSync(root)
  execFileSync('apt-get', ['download', '-qq', ...PACKAGES], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
  for (const file of readdirSync(root).filter((name) => name.endsWith('.deb')))
    execFileSync('dpkg', ['-x', file, '.'], { cwd: root })
  const { forward, backward } = zones(count)
  writeFileSync(join(root, 'forward'), forward)
  writeFileSync(join(root, 'backward'), backward)
  writeFileSync(join(root, 'nsd.conf'), configuration(root, port))
  const libraries = readdirSync(join(root, 'usr/lib')).map((name) => join(root, 'usr/lib', name))
  const env = { ...process.env, LD_LIBRARY_PATH: libraries.join(':') }
  const child = spawn(join(root, 'usr/sbin/nsd'), ['-d', '-c', join(root, 'nsd.conf')], { env, stdio: 'ignore' })
  await eventually(async () => void (await ask(port, `s1.default.svc.${ZONE}`)))
  return {
    memory: () => family(child.pid ?? 0).reduce((sum, pid) => sum + residentOf(pid), 0),
    stop: async () => {
      child.kill()
      await ended(child)
    },
  }
}

const ended = async (child: ChildProcess): Promise<unknown> => child.exitCode ?? child.signalCode ?? once(child, 'exit')

const configuration = (root: string, port: number): string => `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${root}"
  xfrdir: "${root}"
  database: ""
  pidfile: "${root}/pid"
  xfrdfile: "${root}/xfrd"
  zonelistfile: "${root}/zones"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${ZONE}
  zonefile: forward
zone:
  name: 96.10.in-addr.arpa
  zonefile: backward
`

/** A process and all that descend from it. */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return [pid, ...children.flatMap(family)]
}

const residentOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
