import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** As `linux.devices` of config.json has it. */
export interface Device {
  readonly path: string
  readonly type: 'b' | 'c'
  readonly major: number
  readonly minor: number
  readonly fileMode: number
  readonly uid: number
  readonly gid: number
}

/** What every container has of its own. */
const OWN = ['pts', 'shm', 'fd', 'mqueue', 'console', '.lxc', '.lxd-mounts', '.udev']

/** The machine's devices, which a privileged container sees (getDevices of containerd's oci package); those that go meanwhile are left out. */
export async function hostDevices(folder = '/dev'): Promise<Device[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !OWN.includes(name))
  const found = await Promise.all(names.map((name) => devicesAt(join(folder, name))))
  return found.flat()
}

async function devicesAt(path: string): Promise<Device[]> {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isDirectory()) return hostDevices(path)
  const type = found?.isCharacterDevice() ? 'c' : found?.isBlockDevice() ? 'b' : undefined
  if (!found || !type) return []
  const { rdev, mode, uid, gid } = found
  return [{ path, type, ...numbersOf(rdev), fileMode: mode & 0o7777, uid, gid }]
}

/** makedev(3), from the other side. */
const numbersOf = (rdev: number): Pick<Device, 'major' | 'minor'> => ({
  major: (rdev >>> 8) & 0xfff,
  minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00),
})
