import type { Pod } from '../../api/index.ts'
import type { Trouble } from './state.ts'

/** Why a Pod may not run, or not any longer. */
export type Failure = Pick<Trouble, 'reason' | 'message'>

/** Settings that concern nobody but the Pod (pkg/kubelet/sysctl/safe_sysctls.go). */
const SAFE = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
])

/** What the node refuses a Pod for before anything of it is there; undefined for nearly all. Pure. */
export function refusalOf({ spec }: Pod): Failure | undefined {
  for (const { name } of spec?.securityContext?.sysctls ?? []) {
    const plain = name.replaceAll('/', '.')
    if (!SAFE.has(plain)) return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${name}" not allowlisted` }
    const shared =
      (plain.startsWith('net.') && spec?.hostNetwork && 'net') || (plain.startsWith('kernel.') && spec?.hostIPC && 'ipc')
    if (shared)
      return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${name}" not allowed with host ${shared} enabled` }
  }
  return undefined
}

export const DEADLINE_EXCEEDED: Failure = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
}

/** When a Pod with `activeDeadlineSeconds` has had its time, counted from its start here; milliseconds since the epoch. */
export function deadlineOf({ spec, status }: Pod): number | undefined {
  if (spec?.activeDeadlineSeconds === undefined || status?.startTime === undefined) return undefined
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000
}
