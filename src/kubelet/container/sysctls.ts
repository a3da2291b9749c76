import type { Pod } from '../../api/index.ts'
import type { Failure } from '../pod/limits.ts'

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

/** Why the node refuses a Pod its sysctls; undefined for nearly all. Pure. */
export function refusedSysctl({ spec }: Pod): Failure | undefined {
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
