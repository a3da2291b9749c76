import type { SecurityContext } from '../../api/index.ts'

/** What a container may do when nobody says anything, as containerd has it. */
const DEFAULT =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
const MORE =
  'DAC_READ_SEARCH LINUX_IMMUTABLE NET_BROADCAST NET_ADMIN IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG LEASE AUDIT_CONTROL MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND ' +
  'AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'

const defaults = DEFAULT.split(' ')
const all = [...defaults, ...MORE.split(' ')]

/** The names of a container's capabilities (capabilities(7)) with their `CAP_`. */
export function capabilitiesOf({ privileged, capabilities }: SecurityContext = {}): string[] {
  const named = (names: readonly string[] = []): string[] =>
    names.flatMap((name) => (name.toUpperCase() === 'ALL' ? all : [name.toUpperCase().replace(/^CAP_/, '')]))
  const dropped = new Set(named(capabilities?.drop))
  const added = named(capabilities?.add)
  const kept = privileged ? all : defaults.filter((name) => !dropped.has(name))
  return [...new Set([...kept, ...added])].map((name) => `CAP_${name}`)
}
