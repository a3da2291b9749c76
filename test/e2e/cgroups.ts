import { existsSync, readFileSync } from 'node:fs'

/** Which cgroups of this machine can keep containers to their limits; undefined when none can. */
export function cgroupVersion(): 1 | 2 | undefined {
  const wanted = ['memory', 'cpu']
  if (wanted.every((name) => existsSync(`/sys/fs/cgroup/${name}/cgroup.procs`))) return 1
  const file = '/sys/fs/cgroup/cgroup.subtree_control'
  const handedDown = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : []
  return wanted.every((name) => handedDown.includes(name)) ? 2 : undefined
}
