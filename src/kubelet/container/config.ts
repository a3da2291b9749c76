import type { Container, Pod } from '../../api/index.ts'
import type { Image } from '../../images/index.ts'
import type { Device } from './devices.ts'
import { ConfigError } from './env.ts'
import { expand } from './expand.ts'
import type { LinuxUser } from './user.ts'

export interface ConfigFacts {
  readonly image: Image
  readonly user: LinuxUser
  readonly env: Readonly<Record<string, string>>
  readonly hostname: string
  /** Paths of namespaces to join. */
  readonly namespaces: { readonly ipc?: string; readonly uts?: string; readonly network?: string; readonly pid?: string }
  /** Beside what every container has: volumes and the Pod's own files. */
  readonly mounts: readonly Mount[]
  /** What it may do as root, names of capabilities(7). */
  readonly capabilities: readonly string[]
  /** `linux.seccomp`; undefined for none. */
  readonly seccomp: object | undefined
  /** Of the machine's devices, those that it sees beside what every container has. */
  readonly devices: readonly Device[]
  /** The profile of AppArmor that it runs under; undefined for none. */
  readonly appArmorProfile: string | undefined
  /** How soon the kernel kills the program when the machine has no memory left, -1000 to 1000. */
  readonly oomScoreAdj: number
  /** Whether the container has a cgroup, which it sees as the root of all. */
  readonly hasCgroup: boolean
  /** Folders of the host that no container has any business in. */
  readonly hidden: readonly string[]
}

/** As config.json of the OCI runtime specification has it. */
export interface Mount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

const mount = (destination: string, type: string, options: string): Mount => ({
  destination,
  type,
  source: type,
  options: options.split(','),
})

const MOUNTS: readonly Mount[] = [
  mount('/proc', 'proc', 'nosuid,noexec,nodev'),
  mount('/dev', 'tmpfs', 'nosuid,strictatime,mode=755,size=65536k'),
  mount('/dev/pts', 'devpts', 'nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5'),
  mount('/dev/shm', 'tmpfs', 'nosuid,noexec,nodev,mode=1777,size=65536k'),
  mount('/dev/mqueue', 'mqueue', 'nosuid,noexec,nodev'),
]
const SYS_READ_ONLY = mount('/sys', 'sysfs', 'nosuid,noexec,nodev,ro')
const CGROUP = mount('/sys/fs/cgroup', 'cgroup', 'nosuid,noexec,nodev,relatime,ro')
const SYS = mount('/sys', 'sysfs', 'nosuid,noexec,nodev')

const MASKED = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/scsi',
  '/sys/firmware',
]
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** A container's config.json; throws a {@link ConfigError} when there is nothing to run. Pure. */
export function ociConfig(pod: Pod, container: Container, facts: ConfigFacts): Record<string, unknown> {
  const { securityContext = {} } = container
  const { privileged = false, readOnlyRootFilesystem = false } = securityContext
  const { seccomp, devices } = facts
  const open = privileged || securityContext.procMount === 'Unmasked'
  return {
    ociVersion: '1.0.2',
    process: processOf(container, facts),
    root: { readonly: readOnlyRootFilesystem },
    hostname: facts.hostname,
    mounts: [...MOUNTS, privileged ? SYS : SYS_READ_ONLY, ...(facts.hasCgroup ? [CGROUP] : []), ...facts.mounts],
    linux: {
      namespaces: namespacesOf(pod, facts),
      ...propagationOf(facts.mounts),
      maskedPaths: [...(open ? [] : MASKED), ...facts.hidden],
      readonlyPaths: open ? [] : READ_ONLY,
      ...(seccomp && { seccomp }),
      ...(devices.length > 0 && { devices }),
      ...(facts.namespaces.network !== undefined && { sysctl: sysctlsOf(pod) }),
    },
  }
}

/** What is mounted in a container or on its node can only reach the other side through a root that lets it. */
function propagationOf(mounts: readonly Mount[]): object {
  const rootfsPropagation = ['rshared', 'rslave'].find((kind) => mounts.some(({ options }) => options.includes(kind)))
  return rootfsPropagation === undefined ? {} : { rootfsPropagation }
}

function processOf(container: Container, { image, env, user, capabilities, oomScoreAdj, appArmorProfile }: ConfigFacts): object {
  const { securityContext = {}, tty = false } = container
  const command = (container.command ?? image.entrypoint).map((word) => expand(word, env))
  // The image's own arguments belong to its own entry point.
  const fallback = container.command ? [] : image.command
  const args = [...command, ...(container.args ?? fallback).map((word) => expand(word, env))]
  if (args.length === 0) throw new ConfigError('no command specified')
  const { uid, gid, supplementalGroups: additionalGids } = user
  const effective = uid === 0 ? capabilities : []
  return {
    terminal: tty,
    user: { uid, gid, additionalGids },
    args,
    env: Object.entries(tty ? { TERM: 'xterm', ...env } : env).map(([name, value]) => `${name}=${value}`),
    cwd: container.workingDir ?? (image.workingDir || '/'),
    capabilities: { bounding: capabilities, effective, permitted: effective },
    noNewPrivileges: securityContext.allowPrivilegeEscalation === false,
    oomScoreAdj,
    ...(appArmorProfile !== undefined && { apparmorProfile: appArmorProfile }),
  }
}

function namespacesOf(pod: Pod, { namespaces, hasCgroup }: ConfigFacts): object[] {
  const joined = Object.entries(namespaces).map(([type, path]) => ({ type, path }))
  const ownProcesses = !pod.spec?.hostPID && namespaces.pid === undefined
  const own = ['mount', ...(ownProcesses ? ['pid'] : []), ...(hasCgroup ? ['cgroup'] : [])]
  return [...own.map((type) => ({ type })), ...joined]
}

/**
 * Any user may listen on any port and ping: the Pod's address is nobody else's (containerd's defaults). Timestamps without
 * an offset per destination, so that a server takes a connection by its Service for newer than one by its own address:
 * docs/decisions/timestamps-without-offsets.md.
 */
const sysctlsOf = (pod: Pod): Record<string, string> => ({
  'net.ipv4.ip_unprivileged_port_start': '0',
  'net.ipv4.ping_group_range': '0 2147483647',
  'net.ipv4.tcp_timestamps': '2',
  ...Object.fromEntries((pod.spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
})
