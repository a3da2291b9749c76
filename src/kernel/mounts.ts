import { readFile } from 'node:fs/promises'
import { run } from './run.ts'

/** File systems in memory, in the mount namespace this process is in. */
export interface Mounts {
  /** Mounts one on a folder that exists; a folder that is a mount already stays as it is. `size` in bytes; half the memory when left out. */
  tmpfs(folder: string, options: { readonly mode: string; readonly size?: number }): Promise<void>
  /** Takes away everything that is mounted below a folder. */
  removeBelow(folder: string): Promise<void>
}

/** By mount(8) and umount(8). */
export function createMounts(): Mounts {
  return {
    async tmpfs(folder, { mode, size }) {
      if ((await mountPoints()).includes(folder)) return
      const options = [`mode=${mode}`, 'nosuid', 'nodev', ...(size === undefined ? [] : [`size=${size}`])]
      await run('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder])
    },
    async removeBelow(folder) {
      const found = (await mountPoints()).filter((point) => point.startsWith(`${folder}/`))
      if (found.length > 0) await run('umount', ['-l', ...found.toReversed()])
    },
  }
}

/** proc_pid_mountinfo(5): `36 35 98:0 /mnt1 /mnt2 rw,noatime …`; blanks in names are `\\040`. */
const mountPoints = async (): Promise<string[]> =>
  (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
