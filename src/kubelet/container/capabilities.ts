import type { SecurityContext } from '../../api/index.ts'

/** What a container may do when nobody says anything, as containerd has it. */
const DEFAULT =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
const defaults = DEFAULT.split(' ')

/** The names of a container's capabilities (capabilities(7)) with their `CAP_`. All are those that the node has itself: `all`, without it. */
export function capabilitiesOf({ privileged, capabilities }: SecurityContext, all: readonly string[]): string[] {
  const named = (names: readonly string[] = []): string[] =>
    names.flatMap((name) => (name.toUpperCase() === 'ALL' ? all : [name.toUpperCase().replace(/^CAP_/, '')]))
  const dropped = new Set(named(capabilities?.drop))
  const added = named(capabilities?.add)
  const kept = privileged ? all : defaults.filter((name) => !dropped.has(name))
  return [...new Set([...kept, ...added])].map((name) => `CAP_${name}`)
}
