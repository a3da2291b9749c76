import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Pod } from '../../api/index.ts'
import { PortolanError } from '../../lib/index.ts'
import type { KubeletContext } from '../context.ts'
import { containerId } from '../layout.ts'

/** Upstream's pause runs as this user: who shares a namespace with it can't look into its files. */
const NOBODY = 65_535
/** The first process of a namespace takes leave of every orphan in it, which waiting does. */
const PROGRAM = 'trap "exit 0" TERM; while :; do sleep 1000000 & wait; done'

const folderOf = (uid: string, { layout }: KubeletContext): string => join(layout.pod(uid), 'pause')

/**
 * Starts the process that holds the process namespace of a Pod whose containers share one (`shareProcessNamespace`); its first
 * process has to stay, whoever of them ends. Every other Pod does without.
 */
export async function startPause(pod: Pod, uid: string, context: KubeletContext): Promise<void> {
  if (!pod.spec?.shareProcessNamespace) return
  const folder = folderOf(uid, context)
  await mkdir(dirname(folder), { recursive: true })
  const process = {
    user: { uid: NOBODY, gid: NOBODY },
    args: ['/bin/sh', '-c', PROGRAM],
    env: ['PATH=/usr/bin:/bin'],
    cwd: '/',
    noNewPrivileges: true,
  }
  const config = {
    ociVersion: '1.0.2',
    process,
    root: { readonly: true },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] }],
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'mount' }],
      maskedPaths: [context.dataDir, ...(context.hidden ?? [])],
    },
  }
  const id = containerId(uid, 'pause', 0)
  const options = { id, folder, config, layers: ['/'], log: `${folder}.log`, stdin: 'null' } as const
  const state = await context.kernel.containers.start(options)
  if (state.state === 'exited') throw new PortolanError('PauseFailed', `no process namespace: ${state.error}`)
}

export const removePause = (uid: string, context: KubeletContext): Promise<void> =>
  context.kernel.containers.remove(folderOf(uid, context))

/** Path of the process namespace that the Pod's containers share; undefined when each has its own. */
export async function sharedProcesses(pod: Pod, uid: string, context: KubeletContext): Promise<string | undefined> {
  if (!pod.spec?.shareProcessNamespace) return undefined
  const state = await context.kernel.containers.inspect(folderOf(uid, context))
  if (state?.state !== 'running') throw new PortolanError('PauseFailed', 'the process namespace of the Pod is gone')
  return `/proc/${state.pid}/ns/pid`
}
