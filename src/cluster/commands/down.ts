import { rmSync } from 'node:fs'
import { basename } from 'node:path'
import { printKubeconfig, readKubeconfig, withoutContext } from '../../client/index.ts'
import { firstProcessOf, run } from '../../kernel/index.ts'
import { PortolanError, systemClock } from '../../lib/index.ts'
import { folderAt, forgetRunning, readRunning, readSpec, startTimeOf, writeSecret } from '../files/folder.ts'
import { forgetHostDns } from './host-dns.ts'
import { cgroupFolders, sweepCgroups } from '../bubble/cgroups.ts'
import { leaveCluster } from '../bubble/reach.ts'
import { type ClusterSpec, contextName } from '../spec.ts'

const INTERVAL = 5
/** Milliseconds for the kernel to take a bubble apart. */
const PATIENCE = 20_000

/**
 * Stops a cluster: its first process is killed, and the kernel removes every process, namespace, mount, interface and rule
 * of it. What the store holds is on disk, so `up` brings every object and address back. Answers false when none was running.
 */
export async function down(root: string): Promise<boolean> {
  const folder = folderAt(root)
  const running = readRunning(folder)
  if (!running) {
    forgetRunning(folder)
    return false
  }
  const first = firstProcessOf(running.pid)
  process.kill(running.pid, 'SIGKILL')
  const end = performance.now() + PATIENCE
  for (const pid of first === undefined ? [running.pid] : [running.pid, first]) {
    while (startTimeOf(pid) !== undefined) {
      if (performance.now() > end) throw new PortolanError('StillRunning', `process ${pid} does not end`)
      await systemClock.sleep(INTERVAL)
    }
  }
  await run('sh', ['-c', sweepCgroups(cgroupFolders(root))])
  forgetRunning(folder)
  const name = readSpec(folder)?.name ?? basename(root)
  await leaveCluster(name)
  await forgetHostDns(root)
  if (running.kubeconfig !== undefined) removeContext(running.kubeconfig, contextName(name))
  return true
}

function removeContext(file: string, context: string): void {
  const config = readKubeconfig(file)
  if (config.contexts?.some((entry) => entry.name === context))
    writeSecret(file, printKubeconfig(withoutContext(config, context)))
}

export interface ClusterStatus {
  /** Undefined when there has never been a cluster in this folder. */
  readonly spec: ClusterSpec | undefined
  /** The process that holds the bubble; undefined when the cluster is down. */
  readonly pid: number | undefined
}

export function status(root: string): ClusterStatus {
  const folder = folderAt(root)
  return { spec: readSpec(folder), pid: readRunning(folder)?.pid }
}

/** Removes everything a cluster that is down has left on disk. Throws StillRunning for one that isn't. */
export function forget(root: string): void {
  const folder = folderAt(root)
  if (readRunning(folder)) throw new PortolanError('StillRunning', 'the cluster is running; stop it first with portolan down')
  if (readSpec(folder)) rmSync(root, { recursive: true, force: true })
}
