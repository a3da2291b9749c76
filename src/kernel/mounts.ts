import { readFile, realpath } from 'node:fs/promises'
import { run } from './run.ts'

/** What is mounted, in the mount namespace this process is in. */
export interface Mounts {
  /** Mounts one on a folder that exists; a folder that is a mount already stays as it is. `size` in bytes; half the memory when left out. */
  tmpfs(folder: string, options: { readonly mode: string; readonly size?: number }): Promise<void>
  /** From now on, what is mounted below a folder that exists is seen by whoever has bound the folder to follow it, and the other way round. */
  share(folder: string): Promise<void>
  /** Takes away everything that is mounted below a folder. */
  removeBelow(folder: string): Promise<void>
}

/** By mount(8) and umount(8). */
export function createMounts(): Mounts {
  let last = Promise.resolve()
  return {
    async tmpfs(folder, { mode, size }) {
      if ((await mountPoints()).includes(folder)) return
      const options = [`mode=${mode}`, 'nosuid', 'nodev', ...(size === undefined ? [] : [`size=${size}`])]
      await run('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder])
    },
    async share(folder) {
      const path = await realpath(folder)
      // One at a time: a folder that is bound twice is two mounts.
      const sharing = last.then(() => share(path))
      last = sharing.catch(() => {})
      return sharing
    },
    async removeBelow(folder) {
      const found = (await mountPoints()).filter((point) => point.startsWith(`${folder}/`))
      if (found.length > 0) await run('umount', ['-l', ...found.toReversed()])
    },
  }
}

/** Only a mount can be shared. The root is left alone: everything of the machine's own lies on it. */
async function share(path: string): Promise<void> {
  if (path === '/') return
  if (!(await mountPoints()).includes(path)) await run('mount', ['--rbind', path, path])
  await run('mount', ['--make-shared', path])
}

/** proc_pid_mountinfo(5): `36 35 98:0 /mnt1 /mnt2 rw,noatime …`; blanks in names are `\\040`. */
const mountPoints = async (): Promise<string[]> =>
  (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
