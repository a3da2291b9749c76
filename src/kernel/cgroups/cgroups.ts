import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemClock } from '../../lib/index.ts'
import { type Controller, CONTROLLERS, type Limits, type Setting, settingsOf, type Version } from './plan.ts'

/** Control groups: what processes may use together. All of them lie below one folder of each hierarchy. */
export interface Cgroups {
  /** Why nothing can be limited here; empty when it can. The other functions do nothing then. */
  readonly missing: string
  /** Makes the cgroup with those above it, or changes one that is there. */
  set(path: string, limits: Limits): Promise<void>
  /** Names of the cgroups right below; empty for one that doesn't exist. */
  list(path: string): Promise<readonly string[]>
  /** How a process comes into the cgroup; undefined where there are none. */
  place(path: string): Place | undefined
  /** Removes the cgroup with those below it; one that has processes after a second stays. One that doesn't exist is no error. */
  remove(path: string): Promise<void>
}

export interface Place {
  /** Files into which a process writes 0 to belong to the cgroup, absolute. */
  readonly procs: readonly string[]
  /** The file in which the kernel counts whom it killed for want of memory, see `killsIn`. */
  readonly kills: string
}

export interface CgroupsOptions {
  readonly version: Version
  /** With a folder for each controller in version 1; the one hierarchy in version 2. `/sys/fs/cgroup` */
  readonly root: string
  /** Below which everything lies, `node1`. */
  readonly below: string
}

/** By the kernel's own files. */
export function createCgroups({ version, root, below }: CgroupsOptions): Cgroups {
  const folderOf = (controller: Controller, path: string): string =>
    version === 1 ? join(root, controller, below, path) : join(root, below, path)
  const folders = (path: string): string[] => [...new Set(CONTROLLERS.map((controller) => folderOf(controller, path)))]

  return {
    missing: '',
    async set(path, limits) {
      if (version === 2) await handDown(root, folderOf('cpu', path))
      await Promise.all(folders(path).map((folder) => mkdir(folder, { recursive: true })))
      for (const setting of settingsOf(version, limits)) await write(folderOf(setting.controller, path), setting)
    },
    async list(path) {
      const found = await Promise.all(folders(path).map((folder) => readdir(folder, { withFileTypes: true }).catch(() => [])))
      return [...new Set(found.flat().flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])))]
    },
    place: (path) => ({
      procs: folders(path).map((folder) => join(folder, 'cgroup.procs')),
      kills: join(folderOf('memory', path), version === 1 ? 'memory.oom_control' : 'memory.events'),
    }),
    async remove(path) {
      await Promise.all(folders(path).map(removeBelow))
    },
  }
}

/** Where nothing can be limited, for the reason given. */
export const noCgroups = (missing: string): Cgroups => ({
  missing,
  async set() {},
  list: async () => [],
  place: () => undefined,
  async remove() {},
})

/** In version 2 a cgroup has the controllers that the one above hands down; so each of them is told, from the top. */
async function handDown(root: string, folder: string): Promise<void> {
  const above = dirname(folder)
  if (above !== root) await handDown(root, above)
  await mkdir(above, { recursive: true })
  await writeFile(join(above, 'cgroup.subtree_control'), CONTROLLERS.map((name) => `+${name}`).join(' '))
}

async function write(folder: string, { file, value, optional }: Setting): Promise<void> {
  try {
    await writeFile(join(folder, file), value, { flag: 'r+' })
  } catch (error) {
    if (!optional) throw error
  }
}

/** Processes that have been killed are in their cgroup until they are gone: so often is looked again, this far apart; milliseconds. */
const [TRIES, INTERVAL] = [50, 20]

/** Folders of a cgroup go by rmdir(2) alone, its files with them. */
async function removeBelow(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeBelow(join(folder, entry.name))
  for (let tries = 0; tries < TRIES && !(await isGone(folder)); tries++) await systemClock.sleep(INTERVAL)
}

const isGone = (folder: string): Promise<boolean> =>
  rmdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EBUSY') return false
      if (error.code === 'ENOENT') return true
      throw error
    },
  )
