import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod } from '../../api/index.ts'
import { messageOf, PortolanError } from '../../lib/index.ts'

/** System calls that a container has no use for, by the capability that brings them back (containerd's default profile, from its other side). */
const DENIED: Readonly<Record<string, string>> = {
  CAP_SYS_ADMIN:
    'bpf fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount open_tree perf_event_open ' +
    'pivot_root quotactl quotactl_fd setns sethostname setdomainname swapoff swapon umount umount2 unshare',
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_MODULE: 'delete_module init_module finit_module create_module query_module',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy move_pages',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp',
  CAP_SYS_RAWIO: 'iopl ioperm',
  CAP_SYS_TIME: 'settimeofday stime clock_settime clock_settime64 clock_adjtime clock_adjtime64',
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  // Nobody gets these back.
  '': 'add_key keyctl request_key kexec_file_load kexec_load nfsservctl uselib userfaultfd ustat sysfs vm86 vm86old _sysctl',
}

/** The flags of clone(2) that make a namespace, one by one. */
const NEW_NAMESPACES = [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]
const EPERM = 1
const ENOSYS = 38

/**
 * `linux.seccomp` of config.json; undefined without a profile, as upstream has it by default, and for who is privileged. Profiles of the
 * node's own are below `folder`, and are in that form already. Rejects when there is none of that name, in containerd's words.
 */
export async function seccompOf(
  pod: Pod,
  { securityContext = {} }: Container,
  { folder, capabilities }: { readonly folder: string; readonly capabilities: readonly string[] },
): Promise<object | undefined> {
  const { type, localhostProfile = '' } = securityContext.seccompProfile ?? pod.spec?.securityContext?.seccompProfile ?? {}
  if (securityContext.privileged || type === undefined || type === 'Unconfined') return undefined
  return type === 'Localhost' ? loadProfile(join(folder, localhostProfile)) : defaultProfile(capabilities)
}

async function loadProfile(file: string): Promise<object> {
  const failed = (what: string, why: string): Error =>
    new PortolanError('CreateContainerError', `failed to create containerd container: ${what} "${file}": ${why}`)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'no such file or directory' : error.message
    throw failed('cannot load seccomp profile', `open ${file}: ${why}`)
  })
  try {
    return JSON.parse(text) as object
  } catch (error) {
    throw failed('decoding seccomp profile failed', messageOf(error))
  }
}

function defaultProfile(capabilities: readonly string[]): object {
  const denied = Object.entries(DENIED).filter(([capability]) => !capabilities.includes(capability))
  const names = denied.flatMap(([, calls]) => calls.split(' '))
  const refuse = (calls: readonly string[], errnoRet: number) => ({ names: calls, action: 'SCMP_ACT_ERRNO', errnoRet })
  const clones = NEW_NAMESPACES.map((flag) => ({
    ...refuse(['clone'], EPERM),
    args: [{ index: 0, value: flag, valueTwo: flag, op: 'SCMP_CMP_MASKED_EQ' }],
  }))
  // The flags of clone3 are out of a filter's sight; libraries fall back to clone.
  const spawning = capabilities.includes('CAP_SYS_ADMIN') ? [] : [...clones, refuse(['clone3'], ENOSYS)]
  return { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [refuse(names, EPERM), ...spawning] }
}
