import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Cgroups, createCgroups, noCgroups } from '../../kernel/index.ts'

/** Where the first process says how the machine's cgroups can be used: `v1`, `v2`, or why they can't. */
const SAYS = '/run/portolan-cgroups'

/** What the folders of a cluster in the host's cgroup hierarchies begin with: where its data is tells clusters apart. */
const prefixOf = (root: string): string =>
  `portolan-${basename(root).replaceAll(/[^\w.-]/g, '_')}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`

/**
 * The folder in each hierarchy for one life of a cluster, begun at `now`: all it makes is below, and nothing else of them is touched.
 * Each life has another, so that whoever tidies up after an earlier one is in nobody's way.
 */
export const cgroupFolder = (root: string, now: number): string => `${prefixOf(root)}-${now.toString(36)}`

/** The folders of every life that a cluster has had, for sh(1). */
export const cgroupFolders = (root: string): string => `${prefixOf(root)}-*`

/**
 * For sh(1), before any service: lays the cluster's own folders over /sys/fs/cgroup, and so hides the host's. Controllers that the
 * host doesn't hand down are left to it: for that it would have to be changed. Where none can be had, crun(1) still wants to see a
 * hierarchy, and finds one without limits.
 */
export const cgroupCommands = (folder: string): string => `place=/run/portolan-cgroups.new
mkdir $place
cgroups='this kernel has no cgroups for memory and cpu mounted at /sys/fs/cgroup; mount them there, cgroup2 for both'
if [ -e /sys/fs/cgroup/cgroup.subtree_control ]; then
  cgroups="the host's /sys/fs/cgroup/cgroup.subtree_control doesn't hand down cpu and memory; write '+cpu +memory' into it"
  case " $(cat /sys/fs/cgroup/cgroup.subtree_control) " in *' cpu '*' memory '*|*' memory '*' cpu '*)
    cgroups='/sys/fs/cgroup cannot be written to; mount it read-write'
    if mkdir -p /sys/fs/cgroup/${folder} 2>/dev/null; then mount --bind /sys/fs/cgroup/${folder} $place; cgroups=v2; fi ;;
  esac
elif [ -e /sys/fs/cgroup/memory/cgroup.procs ] && [ -e /sys/fs/cgroup/cpu/cgroup.procs ]; then
  cgroups='/sys/fs/cgroup cannot be written to; mount it read-write'
  if mkdir -p /sys/fs/cgroup/memory/${folder} /sys/fs/cgroup/cpu/${folder} 2>/dev/null; then
    mount -t tmpfs -o mode=755 tmpfs $place
    mkdir $place/memory $place/cpu
    for controller in memory cpu; do mount --bind /sys/fs/cgroup/$controller/${folder} $place/$controller; done
    echo $((1024 * $(nproc))) >$place/cpu/cpu.shares
    cgroups=v1
  fi
fi
while umount -l /sys/fs/cgroup 2>/dev/null; do :; done
case $cgroups in v?) mount --move $place /sys/fs/cgroup ;; *) mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || : ;; esac
rmdir $place
echo "$cgroups" >${SAYS}`

/** For sh(1): removes folders and all below them, as soon as the last process in them has ended. At most for 20 seconds. */
export const sweepCgroups = (folders: string): string => `for try in $(seq 400); do
  left=
  for place in /sys/fs/cgroup/${folders} /sys/fs/cgroup/memory/${folders} /sys/fs/cgroup/cpu/${folders}; do
    [ -d $place ] || continue
    find $place -depth -type d -exec rmdir {} \\; 2>/dev/null
    [ ! -d $place ] || left=$place
  done
  [ "$left" ] || exit 0
  sleep 0.05
done`

/** For sh(1): the same for one node that has lost its power. */
export const sweepNodeCgroups = `find /sys/fs/cgroup/$1 /sys/fs/cgroup/memory/$1 /sys/fs/cgroup/cpu/$1 -depth -type d -exec rmdir {} \\; 2>/dev/null || :`

function readSays(): string {
  try {
    return readFileSync(SAYS, 'utf8').trim()
  } catch {
    return 'an earlier version of portolan started this cluster; stop it and start it again'
  }
}

/** A node's part of the cgroups, inside the bubble. */
export function nodeCgroups(node: string): Cgroups {
  const says = readSays()
  if (says !== 'v1' && says !== 'v2') return noCgroups(says)
  return createCgroups({ version: says === 'v1' ? 1 : 2, root: '/sys/fs/cgroup', below: node })
}
